// Ordinal regression on several features: the proportional-odds model with a ridge.

import { Matrix, solve } from 'ml-matrix';

/** P(grade <= k) = sigmoid(cuts[k] - slope . x). */
export interface ProportionalOdds {
  /** K-1 numbers in ascending order; infinite beside grades that no image has. */
  readonly cuts: readonly number[];
  readonly slope: readonly number[];
}

/**
 * Fits the model that maximises the mean log-likelihood less ridge / 2 times the squared slope
 * (P. McCullagh, J. R. Stat. Soc. B 42:109, 1980). The aim is concave: Newton's method with step halving.
 *
 * @param x images x features, of like scale @param grades integers in 0..K-1, two of them at least present
 * @param k K @param ridge above 0
 */
export function fitProportionalOdds(
  x: readonly ArrayLike<number>[],
  grades: readonly number[],
  k: number,
  ridge: number,
): ProportionalOdds {
  const present = [...new Set(grades)].sort((a, b) => a - b);
  const ranks = grades.map((grade) => present.indexOf(grade));
  const last = present.length - 1;
  const width = x[0].length;
  const below = present.map((_, rank) => ranks.filter((r) => r <= rank).length / ranks.length);
  let at = [
    ...below.slice(0, last).map((share) => Math.log(share / (1 - share))),
    ...new Array<number>(width).fill(0),
  ];
  let here = likelihood(x, ranks, last, ridge, at);
  for (let round = 0; round < 50; round++) {
    const step = solve(new Matrix(here.curvature), Matrix.columnVector(here.gradient)).to1DArray();
    let length = 1;
    let moved = at;
    let next = here;
    for (; length > 1e-6; length /= 2) {
      moved = at.map((value, i) => value + length * step[i]);
      next = likelihood(x, ranks, last, ridge, moved);
      if (next.value >= here.value) break;
    }
    if (length <= 1e-6) break;
    [at, here] = [moved, next];
    if (Math.max(...step.map(Math.abs)) < 1e-8) break;
  }
  const cuts = Array.from({ length: k - 1 }, (_, grade) => {
    const seen = present.filter((g) => g <= grade).length;
    if (seen === 0) return Number.NEGATIVE_INFINITY;
    return seen > last ? Number.POSITIVE_INFINITY : at[seen - 1];
  });
  return { cuts, slope: at.slice(last) };
}

/** P(grade = k) of one image for each k. @returns K numbers that sum to 1 */
export function oddsProbabilities({ cuts, slope }: ProportionalOdds, x: ArrayLike<number>) {
  const score = slope.reduce((sum, b, j) => sum + b * x[j], 0);
  const below = [...cuts.map((cut) => sigmoid(cut - score)), 1];
  return below.map((p, k) => Math.max(0, p - (below[k - 1] ?? 0)));
}

const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));

/** The aim at (cuts, slope), its gradient, and its curvature: less the second derivatives. */
function likelihood(
  x: readonly ArrayLike<number>[],
  ranks: readonly number[],
  last: number,
  ridge: number,
  at: readonly number[],
) {
  const size = at.length;
  const slope = at.slice(last);
  const gradient = at.map((b, i) => (i < last ? 0 : -ridge * b));
  const curvature = at.map((_, i) => at.map((_, j) => (i === j && i >= last ? ridge : 0)));
  let value = (-ridge / 2) * slope.reduce((sum, b) => sum + b * b, 0);
  const share = 1 / x.length;
  for (let i = 0; i < x.length; i++) {
    const row = x[i];
    const rank = ranks[i];
    let score = 0;
    for (let j = 0; j < slope.length; j++) score += slope[j] * row[j];
    // The two curves that bound the grade; beyond the ends they are 1 and 0 and do not move.
    const [above, under] = [at[rank] - score, at[rank - 1] - score];
    const u = rank < last ? sigmoid(above) : 1;
    const l = rank > 0 ? sigmoid(under) : 0;
    // Far up both are near 1: their difference is that of their complements.
    const p = rank > 0 && under > 0 ? sigmoid(-under) - (rank < last ? sigmoid(-above) : 0) : u - l;
    if (!(p > 0)) return { value: Number.NEGATIVE_INFINITY, gradient, curvature };
    value += share * Math.log(p);
    const gu = (u * (1 - u)) / p;
    const gl = (-l * (1 - l)) / p;
    const huu = gu * (1 - 2 * u) - gu * gu;
    const hll = gl * (1 - 2 * l) - gl * gl;
    const hul = -gu * gl;
    const both = share * (huu + 2 * hul + hll);
    const [gs, hu, hl] = [share * (gu + gl), share * (huu + hul), share * (hll + hul)];
    if (rank < last) {
      gradient[rank] += share * gu;
      curvature[rank][rank] -= share * huu;
    }
    if (rank > 0) {
      gradient[rank - 1] += share * gl;
      curvature[rank - 1][rank - 1] -= share * hll;
    }
    if (rank > 0 && rank < last) {
      curvature[rank][rank - 1] -= share * hul;
      curvature[rank - 1][rank] -= share * hul;
    }
    for (let j = 0; j < slope.length; j++) {
      const v = row[j];
      gradient[last + j] -= gs * v;
      if (rank < last) curvature[rank][last + j] += hu * v;
      if (rank > 0) curvature[rank - 1][last + j] += hl * v;
      const to = curvature[last + j];
      for (let m = 0; m <= j; m++) to[last + m] -= both * v * row[m];
    }
  }
  for (let i = 0; i < size; i++) {
    for (let j = Math.max(last, i + 1); j < size; j++) {
      if (i < last) curvature[j][i] = curvature[i][j];
      else curvature[i][j] = curvature[j][i];
    }
  }
  return { value, gradient, curvature };
}
