// Cut points: grades read off a severity score, by the proportional-odds model of the graded images. In
// trials on validation splits it graded better than the monotone rule with the fewest errors on them
// (docs/method.md), which a handful of images moves about.

import { Matrix, solve } from 'ml-matrix';

/** How scores become grades. */
export interface CutPoints {
  /** Increasing, one fewer than there are grades: grade k lies between cuts k - 1 and k. */
  readonly cuts: readonly number[];
  /** Scale of the logistic around each cut: P(grade > k) = sigmoid((score - cut_k) / scale). */
  readonly scale: number;
}

/** Weight of the penalty on the slope, in units of the scores' deviation: finite also where grades part cleanly. */
const RIDGE = 1e-3;
/** Least slope: scores that tell nothing, or the contrary, still grade upwards. */
const LEAST_SLOPE = 1e-2;

/**
 * Fits cut points: the likeliest proportional-odds model, P(grade <= k) = sigmoid(a_k - b z) of the
 * standardised score z (P. McCullagh, J. R. Stat. Soc. B 42:109, 1980), each grade weighted the same however
 * many images have it. The log-likelihood is concave: Newton's method finds its maximum.
 *
 * A grade that no image has is never predicted: the cuts beside it coincide, or lie beyond all scores.
 *
 * @param scores of the graded images @param grades of the same, integers in [0, K) @param k K, >= 2
 */
export function fitCutPoints(
  scores: readonly number[],
  grades: readonly number[],
  k: number,
): CutPoints {
  const mean = scores.reduce((sum, x) => sum + x, 0) / scores.length;
  const square = scores.reduce((sum, x) => sum + (x - mean) ** 2, 0) / scores.length;
  const deviation = Math.sqrt(square) || 1e-6;
  const present = [...new Set(grades)].sort((a, b) => a - b);
  const counts = present.map((grade) => grades.filter((g) => g === grade).length);
  const ranks = grades.map((grade) => present.indexOf(grade));
  const data: Observation[] = scores.map((x, i) => ({
    z: (x - mean) / deviation,
    rank: ranks[i],
    weight: 1 / (present.length * counts[ranks[i]]),
  }));
  const free = likeliest(data, present.length);
  const { cuts } = free.slope >= LEAST_SLOPE ? free : likeliest(data, present.length, LEAST_SLOPE);
  const slope = Math.max(LEAST_SLOPE, free.slope);
  const between = cuts.map((cut) => cut / slope);
  const farthest = (most: number, z: number) => Math.max(most, Math.abs(z));
  const beyond = 1 + between.reduce(farthest, data.map(({ z }) => z).reduce(farthest, 0));
  const all = Array.from({ length: k - 1 }, (_, g) => {
    const lower = present.filter((grade) => grade <= g).length;
    if (lower === 0) return -beyond;
    return lower === present.length ? beyond : between[lower - 1];
  });
  return { cuts: all.map((z) => mean + deviation * z), scale: deviation / slope };
}

interface Observation {
  /** Standardised score. */
  readonly z: number;
  /** The grade's rank among those present, from 0. */
  readonly rank: number;
  /** All sum to 1. */
  readonly weight: number;
}

/** a_0 to a_(P - 2), then b. */
type Parameters = readonly number[];

/** Newton's method with step halving, which keeps the cuts in order. @param fixed slope, if it is not free */
function likeliest(
  data: readonly Observation[],
  present: number,
  fixed?: number,
): { cuts: readonly number[]; slope: number } {
  // Without any slope the best cuts are those that part the grades equally.
  let at: Parameters = [
    ...Array.from({ length: present - 1 }, (_, k) => Math.log((k + 1) / (present - 1 - k))),
    fixed ?? 0,
  ];
  const free = fixed === undefined ? present : present - 1;
  let here = likelihood(data, at);
  for (let round = 0; free > 0 && round < 100; round++) {
    const { value, gradient, hessian } = here;
    const step = solve(
      new Matrix(hessian).subMatrix(0, free - 1, 0, free - 1),
      Matrix.columnVector(gradient.slice(0, free)),
    ).to1DArray();
    let length = 1;
    let moved: Parameters;
    for (;;) {
      moved = at.map((v, i) => v - length * (step[i] ?? 0));
      here = likelihood(data, moved);
      if (here.value >= value || length <= 1e-8) break;
      length /= 2;
    }
    if (length <= 1e-8) break;
    at = moved;
    if (Math.max(...step.map(Math.abs)) < 1e-10) break;
  }
  return { cuts: at.slice(0, -1), slope: at[present - 1] };
}

/** The penalised log-likelihood with its derivatives; -Infinity where cuts are out of order. */
function likelihood(data: readonly Observation[], at: Parameters) {
  const last = at.length - 1;
  const slope = at[last];
  let value = (-RIDGE / 2) * slope ** 2;
  const gradient = at.map((_, i) => (i === last ? -RIDGE * slope : 0));
  const hessian = at.map((_, i) => at.map((_, j) => (i === last && j === last ? -RIDGE : 0)));
  for (const { z, rank, weight } of data) {
    // P(grade <= rank) and P(grade <= rank - 1), with what they hang on: a cut and the slope.
    const sides = [
      { cut: rank, sign: 1 },
      { cut: rank - 1, sign: -1 },
    ].filter(({ cut }) => cut >= 0 && cut < last);
    const curves = sides.map(({ cut, sign }) => {
      const p = 1 / (1 + Math.exp(slope * z - at[cut]));
      return { cut, sign, p, density: p * (1 - p) };
    });
    const probability =
      (rank < last ? curves[0].p : 1) - (rank > 0 ? curves[curves.length - 1].p : 0);
    if (!(probability > 0)) return { value: Number.NEGATIVE_INFINITY, gradient, hessian };
    value += weight * Math.log(probability);
    const slopes = curves.map(({ sign, density }) => (sign * density) / probability);
    curves.forEach((a, i) => {
      gradient[a.cut] += weight * slopes[i];
      gradient[last] -= weight * slopes[i] * z;
      curves.forEach((b, j) => {
        const own = i === j ? slopes[i] * (1 - 2 * a.p) : 0;
        const h = weight * (own - slopes[i] * slopes[j]);
        hessian[a.cut][b.cut] += h;
        hessian[a.cut][last] -= h * z;
        hessian[last][b.cut] -= h * z;
        hessian[last][last] += h * z * z;
      });
    });
  }
  return { value, gradient, hessian };
}

/** P(grade = k) for each k: differences of the logistic curves at the cuts. @returns [K], sums to 1 */
export function gradeProbabilities(score: number, { cuts, scale }: CutPoints): number[] {
  const above = cuts.map((cut) => 1 / (1 + Math.exp(-(score - cut) / scale)));
  return [1, ...above].map((p, k) => p - (above[k] ?? 0));
}

/** The median grade: the number of cuts below the score. */
export const gradeOf = (score: number, { cuts }: CutPoints): number =>
  cuts.filter((cut) => score > cut).length;
