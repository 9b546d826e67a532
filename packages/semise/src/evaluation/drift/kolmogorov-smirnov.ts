// Kolmogorov-Smirnov: the largest difference between two cumulative distributions.

import { labelings, permutationP, type Statistic } from './permutation.js';
import { type Pooled, pool, type Sample } from './sample.js';

/**
 * The distance for any labeling, 0 to 1; values are sorted once. Each subject counts once (an image
 * of m by 1/m); with one image a subject it is the usual statistic.
 */
export function ksStatistic({
  values,
  subjectOf,
  weights,
  first,
  second,
}: Pooled<number>): Statistic {
  const order = Int32Array.from(values.keys()).sort((a, b) => values[a] - values[b]);
  const subjects = Int32Array.from(order, (i) => subjectOf[i]);
  const steps = [-1 / first, 1 / second].map((step) =>
    Float64Array.from(order, (i) => step * weights[i]),
  );
  /** Whether the next value is another: only there the distributions are compared. */
  const ends = Uint8Array.from(order, (i, at) => Number(values[order[at + 1]] !== values[i]));
  return (chosen) => {
    let difference = 0;
    let most = 0;
    for (let at = 0; at < subjects.length; at++) {
      difference += steps[chosen[subjects[at]]][at];
      if (ends[at] === 1) most = Math.max(most, difference, -difference);
    }
    return most;
  };
}

/**
 * @param options `draws` permutations of subjects, 1,000 unless told
 * @returns the distance, 0 to 1, and the p of the permutation test by subject
 */
export function kolmogorovSmirnov(
  reference: Sample<number>,
  other: Sample<number>,
  { draws = 1000, seed }: { draws?: number; seed: number },
): { statistic: number; p: number } {
  const pooled = pool(reference, other);
  const distance = ksStatistic(pooled);
  const statistics = Array.from(labelings(pooled, draws, seed), distance);
  return { statistic: statistics[0], p: permutationP(statistics) };
}
