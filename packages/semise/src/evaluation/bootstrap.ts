// The bootstrap over subjects: images of one patient rise and fall together, so whole subjects are
// drawn with replacement, never single images.

import jStat from 'jstat';
import { random } from '../random.js';
import { quantile } from './quantile.js';

/** A metric and its 95 % interval. */
export interface Estimate {
  /** Null where the metric is undefined for these images, e.g. an AUROC with one grade alone. */
  value: number | null;
  /** Null where the value is, with fewer than 2 subjects, or undefined in over half of the draws. */
  ci95: [number, number] | null;
}

/** The share of draws in which a metric must be defined for its interval to mean anything. */
const DEFINED_SHARE = 0.5;

/** The 97.5 % point of Student's t with so many degrees of freedom. */
export const studentT = (freedom: number): number => jStat.studentt.inv(0.975, freedom);

/**
 * Gives each subject a number, in alphabetical order: draws by a seed do not hang on the order of images.
 *
 * @param subjects of each image
 * @returns of each image its subject's number in 0..subjects-1
 */
export function numberSubjects(subjects: readonly string[]): {
  subjectOf: Int32Array;
  subjects: number;
} {
  const names = [...new Set(subjects)].sort();
  const number = new Map(names.map((name, i) => [name, i]));
  return { subjectOf: Int32Array.from(subjects, (s) => number.get(s)!), subjects: names.length };
}

/**
 * For every draw the number of times each image counts (its subject's multiplicity). One array is
 * filled anew for each draw: read it before asking for the next.
 *
 * @param subjectOf number of each image's subject in 0..subjects-1
 * @param taken how many subjects a draw takes, as many as there are unless told
 */
export function* subjectDraws(
  subjectOf: Int32Array,
  subjects: number,
  draws: number,
  seed: number,
  taken = subjects,
): Generator<Float64Array> {
  const stream = random(seed, 'bootstrap');
  const times = new Float64Array(subjects);
  const weights = new Float64Array(subjectOf.length);
  for (let draw = 0; draw < draws; draw++) {
    times.fill(0);
    for (let s = 0; s < taken; s++) times[stream.integer(subjects)]++;
    for (let i = 0; i < weights.length; i++) weights[i] = times[subjectOf[i]];
    yield weights;
  }
}

/** The draws in which a metric is defined; null where those are half or fewer, or where there are no draws. */
export function definedDraws(values: readonly (number | null)[]): number[] | null {
  const defined = values.filter((value) => value !== null);
  return defined.length === 0 || defined.length < DEFINED_SHARE * values.length ? null : defined;
}

/**
 * The expanded percentile interval of 95 % (Hesterberg, The American Statistician 69:371, 2015, section 5.1):
 * percentiles at a = Phi(-sqrt(n / (n - 1)) t) and 1 - a, with t the 97.5 % point of Student's t with n - 1
 * degrees of freedom, since draws of n subjects vary less than samples of n do, and by how much is itself an
 * estimate. Of B draws the percentile a is the (B + 1) a th, linear between two (Davison & Hinkley, 1997,
 * section 5.2.1). For what has no range of its own; a figure that has takes the `scoreInterval`.
 *
 * @param values the metric in every draw, null where undefined: those are left out
 * @param subjects n, of the smaller side where two are compared
 * @returns null with fewer than 2 subjects, or where {@link definedDraws} are
 */
export function percentileInterval(
  values: readonly (number | null)[],
  subjects: number,
): [number, number] | null {
  const defined = definedDraws(values);
  if (subjects < 2 || defined === null) return null;
  const sorted = Float64Array.from(defined).sort();
  const t = studentT(subjects - 1);
  const tail: number = jStat.normal.cdf(-Math.sqrt(subjects / (subjects - 1)) * t, 0, 1);
  const last = sorted.length - 1;
  const at = last === 0 ? 0 : Math.max(0, (tail * (sorted.length + 1) - 1) / last);
  return [quantile(sorted, at), quantile(sorted, 1 - at)];
}
