// Grading images with a model in an engine, a batch at a time.

import type { Runnable } from '@semise/autograd';

/** What a model says of one image. */
export interface ImageAnswer {
  readonly grade: number;
  readonly score: number;
  readonly probabilities: readonly number[];
  readonly embedding: Float32Array;
}

const BATCH = 64;

/** Runs over images in batches; `read` gives pixels [C, S, S], 0..255. */
export async function* batches(
  indices: readonly number[],
  read: (index: number) => Uint8Array,
): AsyncGenerator<{ indices: readonly number[]; image: Uint8Array }> {
  for (let start = 0; start < indices.length; start += BATCH) {
    const part = indices.slice(start, start + BATCH);
    const first = read(part[0]);
    const image = new Uint8Array(part.length * first.length);
    part.forEach((index, i) => {
      image.set(i === 0 ? first : read(index), i * first.length);
    });
    yield { indices: part, image };
  }
}

/** Grades images with an exported model. @returns answers in the order of `indices` */
export async function gradeImages(
  model: Runnable,
  indices: readonly number[],
  read: (index: number) => Uint8Array,
  onProgress?: (done: number) => void,
): Promise<ImageAnswer[]> {
  const answers: ImageAnswer[] = [];
  for await (const { indices: part, image } of batches(indices, read)) {
    const out = await model.run({ image });
    const probabilities = out.probabilities as Float32Array;
    const embedding = out.embedding as Float32Array;
    const k = probabilities.length / part.length;
    const f = embedding.length / part.length;
    part.forEach((_, i) => {
      answers.push({
        grade: Number(out.grade[i]),
        score: Number(out.score[i]),
        probabilities: [...probabilities.subarray(i * k, (i + 1) * k)],
        embedding: embedding.slice(i * f, (i + 1) * f),
      });
    });
    onProgress?.(answers.length);
  }
  return answers;
}
