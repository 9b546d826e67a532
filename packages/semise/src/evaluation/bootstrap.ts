// The bootstrap over subjects: images of one patient rise and fall together, so whole subjects are
// drawn with replacement, never single images.

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

/**
 * The percentile interval of 95 % (Efron & Tibshirani, 1993, section 13.3), with linear
 * interpolation between draws (as `numpy.percentile`). Draws in which the metric is undefined (a
 * lost grade, say) are left out; null where those are more than half, or where there are no draws.
 *
 * @param values the metric in every draw, null where undefined
 */
export function percentileInterval(values: readonly (number | null)[]): [number, number] | null {
  const sorted = Float64Array.from(values.filter((value) => value !== null)).sort();
  if (sorted.length === 0 || sorted.length < DEFINED_SHARE * values.length) return null;
  return [quantile(sorted, 0.025), quantile(sorted, 0.975)];
}
