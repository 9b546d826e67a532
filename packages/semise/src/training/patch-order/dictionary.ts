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

/** What a dictionary is of: patches of so many pixels a side, of images shrunk by so much. */
export interface Grain {
  readonly side: number;
  readonly shrink: number;
}
export const GRAINS = {
  fine: { side: 6, shrink: 1 },
  coarse: { side: 8, shrink: 2 },
} as const satisfies Record<string, Grain>;
export type GrainName = keyof typeof GRAINS;

const WORDS = 64;
/** What the dictionary is learned from, and rounds of k-means. */
const PATCHES = 20_000;
const ROUNDS = 15;
/** Added to the variance of a patch, its pixels in 0..1, and to the variances that whitening divides by. */
const LEAST_CONTRAST = 1e-3;
const LEAST_VARIANCE = 0.1;
/** Images that go through a graph together. */
export const AT_ONCE = 32;

export interface Dictionary<T = Float32Array> {
  /** Takes the D pixels of a patch to white values, before they are divided by its contrast [D, D]. */
  readonly whiten: T;
  /** The mean white patch [D]. */
  readonly center: T;
  /** White patches [words, D]. */
  readonly words: T;
}

export type Dictionaries<T = Float32Array> = Readonly<Record<GrainName, Dictionary<T>>>;

/** The shapes of a dictionary. */
export function dictionaryShapes({ side }: Grain): Dictionary<Shape> {
  const d = side ** 2;
  return { whiten: [d, d], center: [d], words: [WORDS, d] };
}

export function asConstants(dictionary: Dictionary, grain: Grain): Dictionary<Tensor> {
  const shapes = dictionaryShapes(grain);
  const of = (name: keyof Dictionary) => constant(dictionary[name], shapes[name]);
  return { whiten: of('whiten'), center: of('center'), words: of('words') };
}

/** @param x [n, 1, S, S] */
const shrunk = (x: Tensor, { shrink }: Grain): Tensor =>
  shrink > 1 ? avgPool2d(x, { kernel: shrink }) : x;

/** Filters on every patch, divided by its contrast. @param x [n, 1, S, S] @param filters [m, D] @returns [n, m, h, w] */
function onPatches(x: Tensor, filters: Tensor, { side }: Grain): Tensor {
  const padding = side / 2 - 1;
  const bank = reshape(filters, [-1, 1, side, side]);
  const averaged = (t: Tensor) => avgPool2d(t, { kernel: side, stride: 1, padding });
  const variance = maximum(sub(averaged(square(x)), square(averaged(x))), 0);
  return div(conv2d(x, bank, undefined, { padding }), sqrt(add(variance, LEAST_CONTRAST)));
}

/** Takes the mean off a patch [D, D]. */
const centring = (d: number): Matrix => Matrix.eye(d, d).sub(Matrix.ones(d, d).mul(1 / d));

/** How near each patch is to each word, 0 where it is farther than from words on the mean. @param x [n, 1, S, S] @returns [n, words, h, w] */
export function nearWords(
  x: Tensor,
  { whiten, center, words }: Dictionary<Tensor>,
  grain: Grain,
): Tensor {
  const d = grain.side ** 2;
  const white = sub(onPatches(shrunk(x, grain), whiten, grain), reshape(center, [1, d, 1, 1]));
  const filters = reshape(mul(words, -2), [WORDS, d, 1, 1]);
  const product = conv2d(white, filters, sum(square(words), [1]));
  const far = sqrt(maximum(add(product, sum(square(white), [1], { keepDims: true })), 0));
  return relu(sub(mean(far, [1], { keepDims: true }), far));
}

/**
 * @param images to draw patches from, pixels [C, S, S], 0..255 @param shape C, S, S
 * @param look images [n, C, S, S], 0..1, to the grey ones that patches are cut from
 */
export async function learnDictionary(
  images: readonly Uint8Array[],
  shape: Shape,
  grain: Grain,
  look: (images: Tensor) => Tensor,
  engine: Engine,
  r: Random,
): Promise<Dictionary> {
  const d = grain.side ** 2;
  const drawn = await drawPatches(images, shape, grain, look, engine, r);
  const patches = Matrix.from1DArray(drawn.length / d, d, drawn);
  const white = whitening(await covarianceOf(drawn, d, engine), d);
  const center = Matrix.rowVector(patches.mean('column')).mmul(white).to1DArray();
  const p = input('patches', [patches.rows, d]);
  const value = sub(matmul(p, constant(white.to1DArray(), [d, d])), constant(center, [1, d]));
  const whitened = (await runOnce(engine, { value }, { patches: drawn })).value as Float32Array;
  return {
    whiten: Float32Array.from(white.mmul(centring(d)).to1DArray()),
    center: Float32Array.from(center),
    words: await kMeans(whitened, d, engine, r),
  };
}

/** Normalised patches from random places of the images. @returns [n, D] in a row */
async function drawPatches(
  images: readonly Uint8Array[],
  shape: Shape,
  grain: Grain,
  look: (images: Tensor) => Tensor,
  engine: Engine,
  r: Random,
): Promise<Float32Array> {
  const d = grain.side ** 2;
  const pixels = toUnit(input('images', [AT_ONCE, ...shape], 'uint8'));
  const centred = constant(centring(d).to1DArray(), [d, d]);
  const value = onPatches(shrunk(look(pixels), grain), centred, grain);
  const places = value.shape[2] * value.shape[3];
  const runnable = await engine.load(compile({ outputs: { value }, provider: engine.provider }));
  const batches = Math.ceil(images.length / AT_ONCE);
  const each = Math.ceil(PATCHES / (batches * AT_ONCE));
  const drawn = new Float32Array(batches * AT_ONCE * each * d);
  for (let at = 0, batch = 0; batch < batches; batch++) {
    const seen = Array.from(
      { length: AT_ONCE },
      (_, i) => images[(batch * AT_ONCE + i) % images.length],
    );
    const { value: found } = await runnable.run({ images: inARow(seen) });
    for (let i = 0; i < AT_ONCE * each; i++) {
      const first = (i % AT_ONCE) * d * places + r.integer(places);
      for (let j = 0; j < d; j++) drawn[at++] = Number(found[first + j * places]);
    }
  }
  await runnable.release();
  return drawn;
}

/** @param rows [n, D] in a row @returns [D, D] */
async function covarianceOf(rows: Float32Array, d: number, engine: Engine): Promise<Float32Array> {
  const n = rows.length / d;
  const x = input('rows', [n, d]);
  const off = sub(x, mean(x, [0], { keepDims: true }));
  const value = mul(matmul(transpose(off), off), 1 / n);
  return (await runOnce(engine, { value }, { rows })).value as Float32Array;
}

/** The symmetric (ZCA) whitening of a covariance [D, D]. */
function whitening(covariance: Float32Array, d: number): Matrix {
  const { eigenvectorMatrix: v, realEigenvalues } = new EigenvalueDecomposition(
    Matrix.from1DArray(d, d, covariance),
    { assumeSymmetric: true },
  );
  const scale = realEigenvalues.map((value) => 1 / Math.sqrt(Math.max(0, value) + LEAST_VARIANCE));
  return v.mmul(Matrix.diag(scale)).mmul(v.transpose());
}

/** Lloyd's rounds from random patches; a word without patches stays where it is. @param white [n, D] in a row */
async function kMeans(
  white: Float32Array,
  d: number,
  engine: Engine,
  r: Random,
): Promise<Float32Array> {
  const n = white.length / d;
  const p = input('patches', [n, d]);
  const w = input('words', [WORDS, d]);
  const half = mul(reshape(sum(square(w), [1]), [1, WORDS]), 0.5);
  const nearest = oneHot(argMax(sub(matmul(p, transpose(w)), half)), WORDS);
  const outputs = { sums: matmul(transpose(nearest), p), counts: sum(nearest, [0]) };
  const runnable = await engine.load(compile({ outputs, provider: engine.provider }));
  const start = r.shuffle([...Array(n).keys()]).slice(0, WORDS);
  let words = inARow(start.map((i) => white.subarray(i * d, (i + 1) * d))) as Float32Array;
  for (let round = 0; round < ROUNDS; round++) {
    const { sums, counts } = await runnable.run({ patches: white, words });
    words = words.map((v, i) => {
      const count = Number(counts[Math.floor(i / d)]);
      return count > 0 ? Number(sums[i]) / count : v;
    });
  }
  await runnable.release();
  return words;
}
