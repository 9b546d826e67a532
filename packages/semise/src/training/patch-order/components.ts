// The first principal components of many numbers, by subspace iteration in the engine: rows of 1280 numbers are
// too long for a decomposition of their covariance.
//
// Halko, Martinsson & Tropp, SIAM Review 53(2), 2011, algorithm 4.4.

import { compile, type Engine, input, matmul, transpose } from '@semise/autograd';
import { EigenvalueDecomposition, Matrix, QrDecomposition } from 'ml-matrix';
import type { Random } from '../../random.js';

/** Directions beyond those asked for, and rounds: enough for components whose variances differ by a few per cent. */
const MORE = 10;
const ROUNDS = 6;
/** Variances below this share of the squared means are rounding. */
const ROUNDING = 1e-9;
/** How far variances are levelled: 0 leaves them, 1 makes all the same. */
export const WHITENING = 0.5;

export interface Components {
  /** [D] */
  readonly center: Float32Array;
  /** Off the center, rows are multiplied with it: to components of variance 1 on the mean [D, count]. */
  readonly directions: Float32Array;
  readonly count: number;
}

/**
 * @param rows [n, D] in a row @param groups how many of the D numbers belong together: each group counts the same
 * @param asked components, fewer where rows or numbers are fewer, or do not vary
 */
export async function principalComponents(
  rows: Float32Array,
  groups: readonly number[],
  asked: number,
  engine: Engine,
  r: Random,
): Promise<Components> {
  const d = groups.reduce((sum, size) => sum + size, 0);
  const n = rows.length / d;
  const center = new Float32Array(d);
  for (let i = 0; i < rows.length; i++) center[i % d] += rows[i] / n;
  const variance = new Float64Array(d);
  for (let i = 0; i < rows.length; i++) variance[i % d] += (rows[i] - center[i % d]) ** 2 / n;
  const scale = groupScales(center, variance, groups);
  const off = rows.map((v, i) => (v - center[i % d]) * scale[i % d]);
  const q = Math.min(asked + MORE, n, d);
  const x = input('rows', [n, d]);
  const b = input('basis', [d, q]);
  const y = matmul(x, b);
  const runnable = await engine.load(
    compile({ outputs: { y, back: matmul(transpose(x), y) }, provider: engine.provider }),
  );
  let basis = orthonormal(
    Matrix.from1DArray(
      d,
      q,
      Float64Array.from({ length: d * q }, () => r.normal()),
    ),
  );
  const times = (): Promise<Record<string, ArrayLike<number | bigint>>> =>
    runnable.run({ rows: off, basis: Float32Array.from(basis.to1DArray()) });
  for (let round = 0; round < ROUNDS; round++) {
    basis = orthonormal(Matrix.from1DArray(d, q, Float64Array.from((await times()).back, Number)));
  }
  const projected = Matrix.from1DArray(n, q, Float64Array.from((await times()).y, Number));
  await runnable.release();
  const { eigenvectorMatrix, realEigenvalues } = new EigenvalueDecomposition(
    projected
      .transpose()
      .mmul(projected)
      .mul(1 / n),
    { assumeSymmetric: true },
  );
  // Smallest first.
  const largest = Math.max(1e-30, ...realEigenvalues);
  const kept = realEigenvalues
    .map((value, at) => ({ value, at }))
    .filter(({ value }) => value > 1e-6 * largest)
    .sort((a, b) => b.value - a.value)
    .slice(0, asked);
  const turned = basis.mmul(eigenvectorMatrix.subMatrixColumn(kept.map(({ at }) => at)));
  // Between components as they are and white ones.
  const shrink = kept.map(({ value }) => value ** (-WHITENING / 2));
  const left = kept.reduce((sum, { value }) => sum + value ** (1 - WHITENING), 0) / kept.length;
  const scaled = turned
    .mulColumnVector([...scale])
    .mulRowVector(shrink.map((s) => s / Math.sqrt(left)));
  return { center, directions: Float32Array.from(scaled.to1DArray()), count: kept.length };
}

/** What makes the variances of each group add up to 1; 0 for a group that does not vary. [D] */
function groupScales(
  center: Float32Array,
  variance: Float64Array,
  groups: readonly number[],
): Float64Array {
  const scale = new Float64Array(variance.length);
  let first = 0;
  for (const size of groups) {
    const own = variance.subarray(first, first + size);
    const total = own.reduce((sum, v) => sum + v, 0);
    const level = own.reduce((sum, _, i) => sum + center[first + i] ** 2, 0);
    scale.fill(total > ROUNDING * level ? 1 / Math.sqrt(total) : 0, first, first + size);
    first += size;
  }
  return scale;
}

const orthonormal = (m: Matrix): Matrix => new QrDecomposition(m).orthogonalMatrix;
