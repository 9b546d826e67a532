// A list of predictions becomes `metrics.json`: every metric with its 95 % interval, and two lists
// become the interval of their difference.

import { InputError } from '../errors.js';
import { type Estimate, percentileInterval, subjectDraws } from './bootstrap.js';
import { type CalibrationErrors, calibrationErrors } from './calibration/error.js';
import {
  gradedSet,
  INFLATED,
  METRICS,
  type MetricName,
  type MetricValues,
  measure,
  rangeOf,
} from './measure.js';
import { confusionMatrix, type GradeRow, perClass } from './metrics/confusion.js';
import type { Prediction } from './prediction.js';
import { scoreInterval } from './score-interval.js';

export type { Estimate } from './bootstrap.js';

/** `metrics.json`. */
export interface Metrics extends Record<MetricName, Estimate>, Partial<CalibrationErrors> {
  /** Counts of images, rows = the expert's grade, columns = the predicted grade. */
  confusion: number[][];
  /** Graded images. */
  n: number;
  /** Subjects they come from. */
  subjects: number;
  perClass: GradeRow[];
}

export interface EvaluateOptions {
  /** K, the number of grades 0..K-1. */
  grades: number;
  seed: number;
  /** Bootstrap draws, 1,000 unless told; 0 gives values without intervals, at once. */
  draws?: number;
}

/**
 * All metrics of the graded images among the predictions, with 95 % intervals by a bootstrap over
 * subjects (`scoreInterval`; none for those that are {@link INFLATED}). The caller chooses the split. Without a graded image every value is null and n is 0.
 *
 * @throws {InputError} naming an image whose grade, score or probabilities cannot be used
 */
export function evaluate(
  predictions: readonly Prediction[],
  { grades, seed, draws = 1000 }: EvaluateOptions,
): Metrics {
  const set = gradedSet(predictions, grades);
  const resampled: MetricValues[] = [];
  if (set.subjects > 1) {
    for (const weights of subjectDraws(set.subjectOf, set.subjects, draws, seed)) {
      resampled.push(measure(set, weights));
    }
  }
  const confusion = confusionMatrix(set.truth, set.predicted, grades);
  return {
    ...estimates(measure(set), resampled, (metric, value, drawn) =>
      INFLATED.has(metric)
        ? null
        : scoreInterval(value, drawn, set.subjects, rangeOf(metric, grades)),
    ),
    ...(set.confidence &&
      calibrationErrors(set.confidence, set.right, set.subjectOf, set.subjects, { seed, draws })),
    confusion,
    n: set.truth.length,
    subjects: set.subjects,
    perClass: perClass(confusion),
  };
}

/**
 * Every metric of `a` less that of `b`, with the 95 % interval of the difference. Each draw takes
 * the same subjects from both, so that what makes an image hard for both cancels: an interval
 * without 0 is a difference these subjects can tell (expanded percentiles).
 *
 * @throws {InputError} where the two do not grade the same images
 */
export function pairedDifferences(
  a: readonly Prediction[],
  b: readonly Prediction[],
  { grades, seed, draws = 1000 }: EvaluateOptions,
): Record<MetricName, Estimate> {
  const first = gradedSet(a, grades);
  const second = gradedSet(inTheOrderOf(a, b), grades);
  const difference = (weights?: Float64Array): MetricValues => {
    const [left, right] = [measure(first, weights), measure(second, weights)];
    return byMetric((metric) =>
      left[metric] === null || right[metric] === null ? null : left[metric] - right[metric],
    );
  };
  const resampled: MetricValues[] = [];
  if (first.subjects > 1) {
    for (const weights of subjectDraws(first.subjectOf, first.subjects, draws, seed)) {
      resampled.push(difference(weights));
    }
  }
  return estimates(difference(), resampled, (_, __, drawn) =>
    percentileInterval(drawn, first.subjects),
  );
}

/** {@link pairedDifferences} of one metric. */
export function pairedDifference(
  a: readonly Prediction[],
  b: readonly Prediction[],
  metric: MetricName,
  options: EvaluateOptions,
): Estimate {
  return pairedDifferences(a, b, options)[metric];
}

function estimates(
  values: MetricValues,
  resampled: readonly MetricValues[],
  interval: (
    metric: MetricName,
    value: number,
    drawn: readonly (number | null)[],
  ) => Estimate['ci95'],
): Record<MetricName, Estimate> {
  return byMetric((metric) => {
    const value = values[metric];
    const drawn = resampled.map((draw) => draw[metric]);
    return { value, ci95: value === null ? null : interval(metric, value, drawn) };
  });
}

function byMetric<T>(make: (metric: MetricName) => T): Record<MetricName, T> {
  return Object.fromEntries(METRICS.map((metric) => [metric, make(metric)])) as Record<
    MetricName,
    T
  >;
}

function inTheOrderOf(a: readonly Prediction[], b: readonly Prediction[]): Prediction[] {
  const graded = a.filter((p) => p.grade !== null);
  const others = new Map(b.filter((p) => p.grade !== null).map((p) => [p.image, p]));
  const ordered = graded.map((p) => {
    const other = others.get(p.image);
    if (other === undefined || other.grade !== p.grade || other.subject !== p.subject) {
      throw new InputError(
        `${p.image}: not with the same subject and grade in both lists; compare predictions of the same images`,
      );
    }
    return other;
  });
  if (others.size !== graded.length) {
    throw new InputError(
      `${graded.length} graded images in one list and ${others.size} in the other; compare predictions of the same images`,
    );
  }
  return ordered;
}
