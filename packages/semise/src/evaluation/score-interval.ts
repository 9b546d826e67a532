// The interval of a figure that has a least and a largest value: of most of what the tool shows.

import jStat from 'jstat';
import { definedDraws, type Estimate, studentT } from './bootstrap.js';
import { wilsonInterval } from './wilson.js';

/**
 * The least and the largest value that a figure can have; and how many independent cases one subject can stand for
 * at most, as many as its variance says unless told.
 */
export type Range = readonly [low: number, high: number, casesASubject?: number];

/**
 * Cases that a subject stands for in a share of pairs (AUROC, pair accuracy): two to three as a rule. A sample that
 * has a single pair in the wrong order says several times that by luck, and an interval that believes it misses an
 * AUROC of 0.998 in 11 of 100 sets of 100 subjects; with this bound in 3, and where fewer pairs are right nothing
 * changes (`bench/validation-coverage.mjs`).
 */
export const PAIR_CASES = 5;

/**
 * The 95 % score interval of a figure within a range: Wilson's of a share, with the number of independent cases
 * that the bootstrap's variance speaks for (Dean & Pagano, J. Surv. Stat. Methodol. 3:484, 2015), and with
 * Student's t of n - 1 degrees of freedom for the normal, as that variance is an estimate, too (Korn & Graubard,
 * Survey Methodology 24:193, 1998). A figure x in low..high is taken as the share (x - low) / (high - low): as a
 * share's does, its variance falls where it comes near an end, and so the interval is longer towards the middle.
 * Where nothing varies (no error was met, say), each subject is one case: percentiles would say that there is
 * none, on however few subjects. That it holds 95 % is measured: docs/validation-coverage.md.
 *
 * @param value of the figure
 * @param draws the figure in every bootstrap draw of whole subjects, null where undefined
 * @param subjects n, of those that the figure speaks of
 * @returns within the range; null with fewer than 2 subjects, or where `definedDraws` are
 */
export function scoreInterval(
  value: number,
  draws: readonly (number | null)[],
  subjects: number,
  [low, high, casesASubject = Infinity]: Range,
): [number, number] | null {
  const defined = definedDraws(draws);
  if (subjects < 2 || defined === null) return null;
  // Draws of n subjects vary by (n - 1) / n of what samples of n do.
  const variance = (jStat.variance(defined) * subjects) / (subjects - 1) / (high - low) ** 2;
  const share = Math.min(1, Math.max(0, (value - low) / (high - low)));
  const most = share * (1 - share);
  const cases =
    variance > 0 && most > 0 ? Math.min(most / variance, casesASubject * subjects) : subjects;
  const [from, to] = wilsonInterval(share * cases, cases, studentT(subjects - 1))!;
  return [low + from * (high - low), low + to * (high - low)];
}

/** The figure with its {@link scoreInterval}; both null where it is undefined. */
export const scoreEstimate = (
  value: number | null,
  draws: readonly (number | null)[],
  subjects: number,
  range: Range,
): Estimate => ({
  value,
  ci95: value === null ? null : scoreInterval(value, draws, subjects, range),
});
