// An encoder from elsewhere, in an ONNX file: a public network such as DINOv2. It is not trained; each image
// goes through it once, without random views, and what it makes of them is what methods learn from.

import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import {
  type Engine,
  type ModelDescription,
  openEngine,
  type Shape,
  type ValueDescription,
} from '@semise/autograd';
import { InputError } from '../errors.js';
import { type Dataset, fingerprint } from './dataset.js';

/** Mean and deviation of ImageNet's colours: what networks trained on it are fed. */
const IMAGENET = { mean: [0.485, 0.456, 0.406], deviation: [0.229, 0.224, 0.225] };
const LUMA = [0.299, 0.587, 0.114];

/** Pixels a side where the file leaves them open. */
const SIZE = 224;
const BATCH = 16;

export interface FrozenEncoder {
  /** Pixels a side; the file's own, or 224 where it leaves them open. */
  readonly size: number;
  /** Images [C, S, S], 0..255, to features [F]. */
  features(images: readonly Uint8Array[]): Promise<Float32Array[]>;
}

/** What an encoder file takes and gives. */
interface Layout {
  readonly input: string;
  readonly shape: Shape;
  readonly dtype: 'float32' | 'uint8';
  readonly output: string;
}

/**
 * Opens an encoder: one image input [N, 1 or 3, S, S], float32 (pixels as ImageNet's are standardised) or
 * uint8 (0..255), and an output of features: [N, F], tokens [N, T, F] of which the first is taken, or maps
 * [N, F, H, W] which are averaged. Grey images are repeated for three channels, colours become grey for one.
 * @param side pixels a side, where the file leaves them open; 224 unless told
 * @throws InputError if the file is not such a model, or not for that size; it tells what the file takes
 */
export async function openFrozenEncoder(
  engine: Engine,
  file: string,
  side?: number,
): Promise<FrozenEncoder> {
  const model = await readFile(file).catch((error: NodeJS.ErrnoException) => {
    throw new InputError(`--encoder ${file}: cannot be read (${error.code}); check the path`);
  });
  const described = await engine.describe(model).catch((error: Error) => {
    throw new InputError(
      `--encoder ${file}: is not an ONNX model that runs here (${error.message.trim().split('\n')[0]})`,
    );
  });
  const { input, shape, dtype, output } = layoutOf(file, described);
  const [count, channels, height] = shape;
  const size = height > 0 ? height : (side ?? SIZE);
  if (side !== undefined && side !== size) {
    throw new InputError(
      `--image-size ${side}: the encoder ${file} takes images of ${size} pixels; leave the option out`,
    );
  }
  const runnable = await engine.load({
    model,
    inputs: { [input]: { shape: [-1, channels, size, size], dtype } },
    outputs: { [output]: { shape: [-1], dtype: 'float32' } },
    variables: {},
    updates: {},
    provider: engine.provider,
  });
  const together = count > 0 ? count : BATCH;
  return {
    size,
    features: async (images) => {
      const all: Float32Array[] = [];
      for (let start = 0; start < images.length; start += together) {
        const part = images.slice(start, start + together);
        // A model for a fixed number of images gets the last one again and again.
        const full = count > 0 ? count : part.length;
        const fed = Array.from({ length: full }, (_, i) => part[Math.min(i, part.length - 1)]);
        const values = prepared(fed, channels, size, dtype);
        const { [output]: result } = await runnable.run({ [input]: values });
        const each = result.length / full;
        part.forEach((_, i) => {
          const own = (result as Float32Array).slice(i * each, (i + 1) * each);
          all.push(pooled(own, described.outputs[output].shape));
        });
      }
      return all;
    },
  };
}

function layoutOf(file: string, { inputs, outputs }: ModelDescription): Layout {
  const told = (values: ModelDescription['inputs']) =>
    Object.entries(values)
      .map(([name, { type, shape }]) => `${name} ${type} [${shape.map((n) => (n < 0 ? '?' : n))}]`)
      .join(', ');
  const refuse = (what: string): never => {
    throw new InputError(
      `--encoder ${file}: ${what}; it takes ${told(inputs)} and gives ${told(outputs)}`,
    );
  };
  const [first, ...more] = Object.entries(inputs);
  if (!first || more.length > 0) return refuse('expected one input, images [N, 3, S, S]');
  const [input, { type, shape }] = first;
  const [, channels, height, width] = shape;
  if (shape.length !== 4 || ![1, 3].includes(channels) || height !== width) {
    return refuse('its input is not square images [N, 1 or 3, S, S]');
  }
  if (type !== 'float32' && type !== 'uint8') return refuse('its images are not float32 or uint8');
  /** How many features: along the second axis, of tokens along the third. */
  const widthOf = ({ shape }: ValueDescription): number => shape[shape.length === 3 ? 2 : 1] ?? -1;
  const readable = Object.entries(outputs).filter(
    ([, o]) => o.type === 'float32' && o.shape.length <= 4 && widthOf(o) > 0,
  );
  // Vectors before tokens before maps.
  const [best] = readable.sort(([, a], [, b]) => a.shape.length - b.shape.length);
  if (!best) return refuse('none of its outputs is features, [N, F] with F known');
  return { input, shape, dtype: type, output: best[0] };
}

/** Pixels as the encoder wants them. */
function prepared(
  images: readonly Uint8Array[],
  channels: number,
  side: number,
  dtype: Layout['dtype'],
): Float32Array | Uint8Array {
  const area = side * side;
  const values = new Float32Array(images.length * channels * area);
  images.forEach((pixels, i) => {
    const given = pixels.length / area;
    for (let c = 0; c < channels; c++) {
      for (let p = 0; p < area; p++) {
        const level =
          given === 3 && channels === 1
            ? LUMA.reduce((sum, share, from) => sum + share * pixels[from * area + p], 0)
            : pixels[(given === 1 ? 0 : c) * area + p];
        values[(i * channels + c) * area + p] = level;
      }
    }
  });
  if (dtype === 'uint8') return Uint8Array.from(values, Math.round);
  return values.map((level, i) => {
    const c = channels === 3 ? Math.floor(i / area) % 3 : 1;
    return (level / 255 - IMAGENET.mean[c]) / IMAGENET.deviation[c];
  });
}

/** Features [F] of one image's output [F], [T, F] or [F, H, W]. */
function pooled(values: Float32Array, [, ...shape]: Shape): Float32Array {
  if (shape.length === 1) return values;
  if (shape.length === 2) return values.slice(0, shape[1]);
  const area = values.length / shape[0];
  return Float32Array.from({ length: shape[0] }, (_, f) => {
    let sum = 0;
    for (let p = 0; p < area; p++) sum += values[f * area + p];
    return sum / area;
  });
}

/** What a run must know of an encoder file before it reads images. */
export async function inspect(
  file: string,
  side?: number,
): Promise<{ file: string; fingerprint: string; size: number }> {
  const path = resolve(file);
  const engine = await openEngine();
  try {
    const { size } = await openFrozenEncoder(engine, path, side);
    return { file: path, fingerprint: await fingerprint(path), size };
  } finally {
    await engine.close();
  }
}

/** A data set whose images are read as features, each encoded once, with their mean and deviation. */
export async function withFeatures(dataset: Dataset, file: string): Promise<Dataset> {
  const { train, validation, test } = dataset.indices;
  const indices = [...train, ...validation, ...test];
  const features = new Map<number, Float32Array>();
  const engine = await openEngine();
  try {
    const [, side] = dataset.cache.shape;
    const encoder = await openFrozenEncoder(engine, file, side);
    for (let start = 0; start < indices.length; start += BATCH) {
      const part = indices.slice(start, start + BATCH);
      const found = await encoder.features(part.map((i) => dataset.cache.read(i)));
      found.forEach((vector, i) => {
        features.set(part[i], vector);
      });
    }
  } catch (error) {
    dataset.cache.close();
    throw error;
  } finally {
    await engine.close();
  }
  const of = (index: number): Float32Array => features.get(index) as Float32Array;
  return {
    ...dataset,
    training: { ...dataset.training, read: of },
    pixels: statistics(train.map(of)),
  };
}

/** Mean and standard deviation of each feature. */
function statistics(vectors: readonly Float32Array[]): Dataset['pixels'] {
  const width = vectors[0].length;
  const over = (value: (v: Float32Array, f: number) => number) =>
    Array.from(
      { length: width },
      (_, f) => vectors.reduce((sum, v) => sum + value(v, f), 0) / vectors.length,
    );
  const mean = over((v, f) => v[f]);
  const deviation = over((v, f) => (v[f] - mean[f]) ** 2).map((d) => Math.sqrt(Math.max(d, 1e-6)));
  return { mean, deviation };
}
