// Abstention: the model answers where it is sure, and sends the rest to a human. What that costs and saves, and the
// point at which the answers that are kept are as good as was asked for.

import jStat from 'jstat';
import { InputError } from '../errors.js';
import { oneASubject } from './one-a-subject.js';
import type { Prediction } from './prediction.js';

type Answer = Pick<Prediction, 'grade' | 'predicted' | 'probabilities'>;

/**
 * How sure the model is that its grade is no more than `tolerance` grades off, 0..1: the sum of the
 * probabilities of those grades.
 */
export function certainty(
  { probabilities, predicted }: Pick<Prediction, 'probabilities' | 'predicted'>,
  tolerance = 0,
): number {
  const near = probabilities.slice(Math.max(0, predicted - tolerance), predicted + tolerance + 1);
  return Math.min(
    1,
    near.reduce((sum, p) => sum + p, 0),
  );
}

/** Whether the model's grade is more than `tolerance` grades off the expert's. */
export const isWrong = ({ grade, predicted }: Answer, tolerance = 0): boolean =>
  Math.abs(predicted - grade!) > tolerance;

export interface RiskCoverage {
  /** Where certainties change: the share of images kept, and the share of wrong answers among those. */
  points: { kept: number; risk: number; certainty: number }[];
  /** Area under the curve, 0..1: the mean risk over all shares kept; less is better. */
  area: number;
  /** The area if the wrong answers were exactly the least certain: the best possible for this model. */
  best: number;
}

/**
 * The risk-coverage curve (El-Yaniv & Wiener, JMLR 11:1605, 2010) and its area (Geifman, Uziel & El-Yaniv,
 * arXiv 1805.08206, section 2): the risk of the i surest answers, averaged over i = 1..n. Equally certain
 * answers count as if in random order.
 *
 * @param certainties how sure of each answer, larger = surer
 * @param wrong whether it is wrong
 * @returns null without answers
 */
export function riskCoverage(
  certainties: readonly number[],
  wrong: readonly boolean[],
): RiskCoverage | null {
  const n = certainties.length;
  if (n === 0) return null;
  const order = [...certainties.keys()].sort((a, b) => certainties[b] - certainties[a]);
  const points: RiskCoverage['points'] = [];
  let errors = 0;
  let area = 0;
  for (let start = 0, end = 0; start < n; start = end) {
    while (end < n && certainties[order[end]] === certainties[order[start]]) end++;
    const tied = order.slice(start, end).filter((i) => wrong[i]).length;
    for (let kept = start + 1; kept <= end; kept++) {
      area += (errors + (tied * (kept - start)) / (end - start)) / kept / n;
    }
    errors += tied;
    points.push({ kept: end / n, risk: errors / end, certainty: certainties[order[start]] });
  }
  let best = 0;
  for (let kept = n - errors + 1; kept <= n; kept++) best += (kept - (n - errors)) / kept / n;
  return { points, area, best };
}

/**
 * The upper end of Clopper and Pearson's one-sided interval of a share (Biometrika 26:404, 1934).
 *
 * @param errors of `n` independent cases
 * @param miss the probability at which the true share may lie above it
 */
export function upperBound(errors: number, n: number, miss: number): number {
  return errors >= n ? 1 : jStat.beta.inv(1 - miss, errors + 1, n - errors);
}

export interface ReferralOptions {
  /** The share of wrong answers among those kept that must not be passed, above 0 and below 1. */
  maxError: number;
  /** How sure that must be, above 0.5 and below 1; 0.95 unless told. */
  confidence?: number;
  /** Grades that an answer may be off without being wrong; 0 unless told. */
  tolerance?: number;
  seed: number;
}

/** From which certainty on an answer is kept; everything else goes to a human. */
export interface WorkingPoint {
  /** Least certainty of an answer that is kept; null = none may be kept. */
  threshold: number | null;
  /** Subjects, one image each, that it was found on; how many of those are kept, and wrong among them. */
  subjects: number;
  kept: number;
  errors: number;
}

/** How many starts the search has. Each costs confidence; one alone would stop at the first unlucky error. */
const STARTS = 3;

/** Fewest kept subjects that can show an error below the limit: those without any error. */
export function keptNeeded(maxError: number, confidence = 0.95): number {
  return Math.ceil(Math.log((1 - confidence) / STARTS) / Math.log(1 - maxError) - 1e-9);
}

/**
 * The working point that keeps the most answers while the share of wrong ones among those kept is below the limit
 * with the stated confidence. With that confidence a statement on new subjects, whatever the model: learn then test
 * (Angelopoulos et al., arXiv 2110.01052, section 2 and appendix on fixed sequences) with exact binomial bounds at
 * thresholds in the order of certainty (Geifman & El-Yaniv, arXiv 1705.08500). From each of three starts (as few
 * as can show it, half, and all) the search keeps more, one subject at a time, until a
 * bound passes the limit; the starts share the error probability.
 *
 * @param predictions graded; one image of each subject is drawn by the seed, as cases must be independent
 * @throws {InputError} with fewer subjects than {@link keptNeeded}, or a limit that is none
 */
export function workingPoint(
  predictions: readonly Prediction[],
  { maxError, confidence = 0.95, tolerance = 0, seed }: ReferralOptions,
): WorkingPoint {
  if (!(maxError > 0 && maxError < 1)) {
    throw new InputError(`a largest error of ${maxError}: give a share above 0 and below 1`);
  }
  if (!(confidence > 0.5 && confidence < 1)) {
    throw new InputError(`a confidence of ${confidence}: give one above 0.5 and below 1`);
  }
  const cases = oneASubject(
    predictions.filter((p) => p.grade !== null),
    seed,
  )
    .map((p) => ({ certainty: certainty(p, tolerance), wrong: isWrong(p, tolerance) }))
    .sort((a, b) => b.certainty - a.certainty);
  const n = cases.length;
  const fewest = keptNeeded(maxError, confidence);
  if (n < fewest) {
    throw new InputError(
      `${n} graded subjects: to show with ${percent(confidence)} confidence that fewer than ${percent(maxError)} of the answers are wrong takes ${fewest} or more; allow a larger error, or calibrate on more subjects`,
    );
  }
  // Cut only between different certainties: a threshold cannot tell equal ones apart.
  const ends = cases.flatMap((_, i) =>
    i + 1 >= fewest && cases[i].certainty !== cases[i + 1]?.certainty ? [i + 1] : [],
  );
  const errors = cases.map(() => 0);
  cases.forEach(({ wrong }, i) => {
    errors[i] = (errors[i - 1] ?? 0) + Number(wrong);
  });
  const passes = (kept: number) =>
    upperBound(errors[kept - 1], kept, (1 - confidence) / STARTS) <= maxError;
  let most = 0;
  for (let start = 0; start < STARTS; start++) {
    let at = Math.round((start / (STARTS - 1)) * (ends.length - 1));
    for (; at < ends.length && passes(ends[at]); at++) most = Math.max(most, ends[at]);
  }
  return {
    threshold: most === 0 ? null : most === n ? 0 : cases[most - 1].certainty,
    subjects: n,
    kept: most,
    errors: most === 0 ? 0 : errors[most - 1],
  };
}

const percent = (share: number): string => `${Number((100 * share).toFixed(2))} %`;
