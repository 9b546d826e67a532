// A dictionary of small patches, learned from training images without any grade, and how much of each word stands
// where in an image: contrast normalisation, whitening, k-means, soft ("triangle") assignment, pooling.
//
// Coates, Lee & Ng, An analysis of single-layer networks in unsupervised feature learning, AISTATS 2011.

import {
  add,
  argMax,
  avgPool2d,
  compile,
  constant,
  conv2d,
  div,
  type Engine,
  input,
  matmul,
  maximum,
  mean,
  mul,
  oneHot,
  relu,
  reshape,
  runOnce,
  type Shape,
  sqrt,
  square,
  sub,
  sum,
  type Tensor,
  transpose,
} from '@semise/autograd';
import { EigenvalueDecomposition, Matrix } from 'ml-matrix';
import type { Random } from '../../random.js';
import { toUnit } from '../../views/index.js';
import { inARow } from '../batches.js';

/** Side of a patch, pixels from one to the next, and the side that larger images are shrunk towards. */
const PATCH = 8;
const D = PATCH ** 2;
const STRIDE = 2;
const IMAGE = 64;
const WORDS = 64;
/** Words are counted in so many cells a side. */
const CELLS = 4;
/** What the dictionary is learned from, and rounds of k-means. */
const PATCHES = 20_000;
const ROUNDS = 15;
/** Added to the variance of a patch, its pixels in 0..1, and to the variances that whitening divides by. */
const LEAST_CONTRAST = 1e-3;
const LEAST_VARIANCE = 0.1;
/** Images that go through a graph together. */
export const AT_ONCE = 32;

export interface Dictionary<T = Float32Array> {
  /** Takes the pixels of a patch to white values, before they are divided by its contrast [D, D]. */
  readonly whiten: T;
  /** The mean white patch [D]. */
  readonly center: T;
  /** White patches [words, D]. */
  readonly words: T;
}

/** The shapes of a dictionary. */
export const DICTIONARY_SHAPES: Dictionary<Shape> = {
  whiten: [D, D],
  center: [D],
  words: [WORDS, D],
};

export const asConstants = ({ whiten, center, words }: Dictionary): Dictionary<Tensor> => ({
  whiten: constant(whiten, DICTIONARY_SHAPES.whiten),
  center: constant(center, DICTIONARY_SHAPES.center),
  words: constant(words, DICTIONARY_SHAPES.words),
});

/** Images as grey ones, shrunk by a whole number towards 64 pixels a side. @param images [n, C, S, S], 0..1 */
export function looked(images: Tensor): Tensor {
  const grey = mean(images, [1], { keepDims: true });
  const factor = Math.floor(images.shape[3] / IMAGE);
  return factor > 1 ? avgPool2d(grey, { kernel: factor }) : grey;
}

/** Filters on every patch, divided by its contrast. @param x [n, 1, S, S] @param filters [m, D] @returns [n, m, h, w] */
function onPatches(x: Tensor, filters: Tensor): Tensor {
  const window = { stride: STRIDE, padding: PATCH / 2 - 1 };
  const bank = reshape(filters, [-1, 1, PATCH, PATCH]);
  const averaged = (t: Tensor) => avgPool2d(t, { kernel: PATCH, ...window });
  const variance = maximum(sub(averaged(square(x)), square(averaged(x))), 0);
  return div(conv2d(x, bank, undefined, window), sqrt(add(variance, LEAST_CONTRAST)));
}

/** Takes the mean off a patch [D, D]. */
const CENTRING = Matrix.eye(D, D).sub(Matrix.ones(D, D).mul(1 / D));

/** How much of each word stands in each cell. @param x [n, 1, S, S] @returns [n, words * cells²] */
export function wordCounts(x: Tensor, { whiten, center, words }: Dictionary<Tensor>): Tensor {
  const white = sub(onPatches(x, whiten), reshape(center, [1, D, 1, 1]));
  const filters = reshape(mul(words, -2), [WORDS, D, 1, 1]);
  const product = conv2d(white, filters, sum(square(words), [1]));
  const far = sqrt(maximum(add(product, sum(square(white), [1], { keepDims: true })), 0));
  const near = relu(sub(mean(far, [1], { keepDims: true }), far));
  const counts = avgPool2d(near, { kernel: Math.floor(near.shape[2] / CELLS) });
  return reshape(counts, [-1, WORDS * CELLS ** 2]);
}

/** @param images to draw patches from, pixels [C, S, S], 0..255 @param shape C, S, S */
export async function learnDictionary(
  images: readonly Uint8Array[],
  shape: Shape,
  engine: Engine,
  r: Random,
): Promise<Dictionary> {
  const drawn = await drawPatches(images, shape, engine, r);
  const patches = Matrix.from1DArray(drawn.length / D, D, drawn);
  const white = whitening(await covarianceOf(drawn, engine));
  const center = Matrix.rowVector(patches.mean('column')).mmul(white).to1DArray();
  const p = input('patches', [patches.rows, D]);
  const value = sub(matmul(p, constant(white.to1DArray(), [D, D])), constant(center, [1, D]));
  const whitened = (await runOnce(engine, { value }, { patches: drawn })).value as Float32Array;
  return {
    whiten: Float32Array.from(white.mmul(CENTRING).to1DArray()),
    center: Float32Array.from(center),
    words: await kMeans(whitened, engine, r),
  };
}

/** Normalised patches from random places of the images. @returns [n, D] in a row */
async function drawPatches(
  images: readonly Uint8Array[],
  shape: Shape,
  engine: Engine,
  r: Random,
): Promise<Float32Array> {
  const pixels = toUnit(input('images', [AT_ONCE, ...shape], 'uint8'));
  const value = onPatches(looked(pixels), constant(CENTRING.to1DArray(), [D, D]));
  const places = value.shape[2] * value.shape[3];
  const runnable = await engine.load(compile({ outputs: { value }, provider: engine.provider }));
  const batches = Math.ceil(images.length / AT_ONCE);
  const each = Math.ceil(PATCHES / (batches * AT_ONCE));
  const drawn = new Float32Array(batches * AT_ONCE * each * D);
  for (let at = 0, batch = 0; batch < batches; batch++) {
    const seen = Array.from(
      { length: AT_ONCE },
      (_, i) => images[(batch * AT_ONCE + i) % images.length],
    );
    const { value: found } = await runnable.run({ images: inARow(seen) });
    for (let i = 0; i < AT_ONCE * each; i++) {
      const first = (i % AT_ONCE) * D * places + r.integer(places);
      for (let j = 0; j < D; j++) drawn[at++] = Number(found[first + j * places]);
    }
  }
  await runnable.release();
  return drawn;
}

/** @param rows [n, D] in a row @returns [D, D] */
async function covarianceOf(rows: Float32Array, engine: Engine): Promise<Float32Array> {
  const n = rows.length / D;
  const x = input('rows', [n, D]);
  const off = sub(x, mean(x, [0], { keepDims: true }));
  const value = mul(matmul(transpose(off), off), 1 / n);
  return (await runOnce(engine, { value }, { rows })).value as Float32Array;
}

/** The symmetric (ZCA) whitening of a covariance [D, D]. */
function whitening(covariance: Float32Array): Matrix {
  const { eigenvectorMatrix: v, realEigenvalues } = new EigenvalueDecomposition(
    Matrix.from1DArray(D, D, covariance),
    { assumeSymmetric: true },
  );
  const scale = realEigenvalues.map((value) => 1 / Math.sqrt(Math.max(0, value) + LEAST_VARIANCE));
  return v.mmul(Matrix.diag(scale)).mmul(v.transpose());
}

/** Lloyd's rounds from random patches; a word without patches stays where it is. @param white [n, D] in a row */
async function kMeans(white: Float32Array, engine: Engine, r: Random): Promise<Float32Array> {
  const n = white.length / D;
  const p = input('patches', [n, D]);
  const w = input('words', [WORDS, D]);
  const half = mul(reshape(sum(square(w), [1]), [1, WORDS]), 0.5);
  const nearest = oneHot(argMax(sub(matmul(p, transpose(w)), half)), WORDS);
  const outputs = { sums: matmul(transpose(nearest), p), counts: sum(nearest, [0]) };
  const runnable = await engine.load(compile({ outputs, provider: engine.provider }));
  const start = r.shuffle([...Array(n).keys()]).slice(0, WORDS);
  let words = inARow(start.map((i) => white.subarray(i * D, (i + 1) * D))) as Float32Array;
  for (let round = 0; round < ROUNDS; round++) {
    const { sums, counts } = await runnable.run({ patches: white, words });
    words = words.map((v, i) => {
      const count = Number(counts[Math.floor(i / D)]);
      return count > 0 ? Number(sums[i]) / count : v;
    });
  }
  await runnable.release();
  return words;
}
