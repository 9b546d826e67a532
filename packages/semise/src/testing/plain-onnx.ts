// For tests: a model in ONNX Runtime as anyone would run it, with nothing of ours in between.

import * as ort from 'onnxruntime-node';

export interface PlainAnswers {
  /** Output by name, numbers in row-major order. */
  readonly [output: string]: number[];
}

/** @param images raw pixels [C, S, S], 0..255, all run as one batch */
export async function runPlain(
  model: Uint8Array,
  images: readonly Uint8Array[],
  [channels, side]: readonly [channels: number, side: number],
): Promise<PlainAnswers> {
  const session = await ort.InferenceSession.create(model);
  const pixels = Uint8Array.from(images.flatMap((image) => [...image]));
  const image = new ort.Tensor('uint8', pixels, [images.length, channels, side, side]);
  const outputs = await session.run({ image });
  await session.release();
  return Object.fromEntries(
    Object.entries(outputs).map(([name, { data }]) => [
      name,
      Array.from(data as Float32Array, Number),
    ]),
  );
}
