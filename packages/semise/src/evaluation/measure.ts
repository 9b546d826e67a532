// Every metric of a set of graded predictions, at any weighting of its images. Sorting happens once
// here, so that a bootstrap draw costs one pass over the images.

import { InputError } from '../errors.js';
import { numberSubjects } from './bootstrap.js';
import { auroc } from './metrics/auroc.js';
import { brierScore } from './metrics/brier.js';
import { confusionMatrix, ratio } from './metrics/confusion.js';
import { mae, maee, worstClassMae } from './metrics/grade-error.js';
import { accuracy, macroF1, macroRecall } from './metrics/macro.js';
import { pairAccuracy } from './metrics/pair-accuracy.js';
import { qwk } from './metrics/qwk.js';
import { type Ranking, ranking } from './metrics/ranking.js';
import { rankedProbabilityScore } from './metrics/rps.js';
import { spearman } from './metrics/spearman.js';
import type { Prediction } from './prediction.js';
import { PAIR_CASES, type Range } from './score-interval.js';

/** The metrics of a grading, in the order tables show them. */
export const METRICS = [
  'macroF1',
  'macroRecall',
  'accuracy',
  'maee',
  'mae',
  'worstClassMae',
  'qwk',
  'auroc',
  'rps',
  'brier',
  'spearman',
  'pairAccuracy',
] as const;
export type MetricName = (typeof METRICS)[number];

/** Those of which less is better. */
export const ERRORS: ReadonlySet<MetricName> = new Set([
  'maee',
  'mae',
  'worstClassMae',
  'rps',
  'brier',
]);

/** The metrics that a small set makes too large by an unknown amount: a maximum picks what chance made large. */
export const INFLATED: ReadonlySet<MetricName> = new Set(['worstClassMae']);

/** The range of a metric, for its interval. @param grades K */
export function rangeOf(metric: MetricName, grades: number): Range {
  switch (metric) {
    case 'qwk':
    case 'spearman':
      return [-1, 1];
    case 'mae':
    case 'worstClassMae':
      return [0, grades - 1];
    case 'maee':
      return [1, Math.exp(grades - 1)];
    case 'brier':
      return [0, 2];
    case 'auroc':
    case 'pairAccuracy':
      return [0, 1, PAIR_CASES];
    default:
      return [0, 1];
  }
}

/** A value a metric; null where it is undefined (each metric's own comment says when). */
export type MetricValues = Record<MetricName, number | null>;

/** The graded images of a list of predictions, made ready for measuring. */
export interface GradedSet {
  /** K: grades are 0..K-1. */
  grades: number;
  truth: Int32Array;
  predicted: Int32Array;
  scores: Ranking;
  /** For each grade the images ranked by its probability; null where the model gives none. */
  probabilities: Ranking[] | null;
  /** Ranked probability score of each image. */
  rps: Float64Array | null;
  /** Brier score of each image. */
  brier: Float64Array | null;
  /** Probability of each image's predicted grade. */
  confidence: Float64Array | null;
  /** Whether each image's predicted grade is the expert's, 1 or 0. */
  right: Uint8Array;
  /** Number of each image's subject in 0..subjects-1, subjects in alphabetical order. */
  subjectOf: Int32Array;
  subjects: number;
}

/**
 * Takes the graded images out of the predictions (others are left aside).
 *
 * @param grades K, the number of grades, at least 2
 * @throws {InputError} naming the image whose grade, score or probabilities cannot be used
 */
export function gradedSet(predictions: readonly Prediction[], grades: number): GradedSet {
  if (!Number.isInteger(grades) || grades < 2) {
    throw new InputError(`${grades} grades: an evaluation needs at least 2 (healthy and not)`);
  }
  const graded = predictions.filter((p) => p.grade !== null);
  const withProbabilities = (graded[0]?.probabilities.length ?? 0) > 0;
  for (const p of graded) check(p, grades, withProbabilities);
  return {
    grades,
    truth: Int32Array.from(graded, (p) => p.grade!),
    predicted: Int32Array.from(graded, (p) => p.predicted),
    scores: ranking(graded.map((p) => p.score)),
    probabilities: withProbabilities
      ? Array.from({ length: grades }, (_, k) => ranking(graded.map((p) => p.probabilities[k])))
      : null,
    rps: withProbabilities
      ? Float64Array.from(graded, (p) => rankedProbabilityScore(p.probabilities, p.grade!))
      : null,
    brier: withProbabilities
      ? Float64Array.from(graded, (p) => brierScore(p.probabilities, p.grade!))
      : null,
    confidence: withProbabilities
      ? Float64Array.from(graded, (p) => p.probabilities[p.predicted])
      : null,
    right: Uint8Array.from(graded, (p) => Number(p.predicted === p.grade)),
    ...numberSubjects(graded.map((p) => p.subject)),
  };
}

/**
 * Every metric of the set.
 *
 * @param weights how often each image counts, e.g. in a bootstrap draw; once unless told
 */
export function measure(
  set: GradedSet,
  weights: Float64Array = new Float64Array(set.truth.length).fill(1),
): MetricValues {
  const { truth, grades, scores } = set;
  const confusion = confusionMatrix(truth, set.predicted, grades, weights);
  return {
    macroF1: macroF1(confusion),
    macroRecall: macroRecall(confusion),
    accuracy: accuracy(confusion),
    maee: maee(confusion),
    mae: mae(confusion),
    worstClassMae: worstClassMae(confusion),
    qwk: qwk(confusion),
    auroc: set.probabilities && auroc(truth, set.probabilities, weights),
    rps: set.rps && weightedMean(set.rps, weights),
    brier: set.brier && weightedMean(set.brier, weights),
    spearman: spearman(truth, grades, scores, weights),
    pairAccuracy: pairAccuracy(truth, grades, scores, weights),
  };
}

function weightedMean(values: Float64Array, weights: Float64Array): number | null {
  let sum = 0;
  let total = 0;
  for (let i = 0; i < values.length; i++) {
    sum += weights[i] * values[i];
    total += weights[i];
  }
  return ratio(sum, total);
}

function check(p: Prediction, grades: number, withProbabilities: boolean): void {
  for (const [name, grade] of [
    ['grade', p.grade],
    ['predicted grade', p.predicted],
  ] as const) {
    if (!Number.isInteger(grade) || grade! < 0 || grade! >= grades) {
      throw new InputError(
        `${p.image}: ${name} ${grade} is not one of the model's ${grades} grades 0..${grades - 1}; mend it or leave the image out`,
      );
    }
  }
  if (!Number.isFinite(p.score)) {
    throw new InputError(`${p.image}: severity score ${p.score} is not a number; predict it anew`);
  }
  if (
    p.probabilities.length !== (withProbabilities ? grades : 0) ||
    !p.probabilities.every(Number.isFinite)
  ) {
    throw new InputError(
      `${p.image}: probabilities [${p.probabilities.join(', ')}]; give ${grades} numbers for every image, or none for any`,
    );
  }
}
