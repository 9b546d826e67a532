// How the grades of two sets are mixed: a model can look better or worse on another set by this alone.

import { random } from '../../random.js';
import { subjectDraws } from '../bootstrap.js';
import { differenceEstimate } from '../difference-interval.js';
import type { Estimate } from '../evaluate.js';
import { gradedSet } from '../measure.js';
import type { Prediction } from '../prediction.js';
import { scoreEstimate } from '../score-interval.js';

export interface GradeMixRow {
  readonly grade: number;
  /** Graded images of each set. */
  readonly internal: number;
  readonly external: number;
  /** Share of the external set less that of the internal one, with the interval by subjects of both. */
  readonly difference: Estimate;
}

export interface GradeMix {
  readonly rows: readonly GradeMixRow[];
  /** Half the sum of the absolute differences: the share of images that would have to change grade, 0..1. */
  readonly totalVariation: number;
  /**
   * How much an internal image of each grade counts for its set to have the external mix; null where a grade of
   * the external set is not in the internal one.
   */
  readonly weights: readonly number[] | null;
}

/** @returns null where either set has no graded image */
export function gradeMix(
  internal: readonly Prediction[],
  external: readonly Prediction[],
  { grades, seed, draws = 1000 }: { grades: number; seed: number; draws?: number },
): GradeMix | null {
  const other = random(seed, 'grade mix').integer(2 ** 31);
  const [a, b] = [
    sharesOf(internal, grades, seed, draws),
    sharesOf(external, grades, other, draws),
  ];
  if (a.n === 0 || b.n === 0) return null;
  const rows = a.shares.map((_, grade): GradeMixRow => {
    const [ours, theirs] = [a, b].map(({ shares, drawn, subjects }) => {
      const values = drawn.map((of) => of[grade]);
      return scoreEstimate(shares[grade], values, subjects, [0, 1]);
    });
    return {
      grade,
      internal: a.counts[grade],
      external: b.counts[grade],
      difference: differenceEstimate(theirs, ours),
    };
  });
  const missing = a.counts.some((n, grade) => n === 0 && b.counts[grade] > 0);
  return {
    rows,
    totalVariation: rows.reduce((sum, row) => sum + Math.abs(row.difference.value ?? 0), 0) / 2,
    weights: missing
      ? null
      : a.shares.map((share, grade) => (share > 0 ? b.shares[grade] / share : 0)),
  };
}

function sharesOf(predictions: readonly Prediction[], grades: number, seed: number, draws: number) {
  const { truth, subjectOf, subjects } = gradedSet(predictions, grades);
  const tally = (weights?: Float64Array) => {
    const counts = new Array<number>(grades).fill(0);
    truth.forEach((grade, i) => {
      counts[grade] += weights?.[i] ?? 1;
    });
    return counts;
  };
  const shares = (counts: readonly number[]) => {
    const total = counts.reduce((sum, n) => sum + n, 0);
    return counts.map((n) => n / total);
  };
  const counts = tally();
  const drawn =
    subjects > 1
      ? Array.from(subjectDraws(subjectOf, subjects, draws, seed), (w) => shares(tally(w)))
      : [];
  return { n: truth.length, subjects, counts, shares: shares(counts), drawn };
}
