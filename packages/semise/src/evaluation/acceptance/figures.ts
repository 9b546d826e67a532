// The figures that acceptance limits may be set on: the metrics of a grading, those of calibration, and
// sensitivity and specificity at a grade. All of a set come from one pass, at any weighting of its images.

import { percentileInterval, subjectDraws } from '../bootstrap.js';
import {
  type Bins,
  binsOf,
  drawnError,
  rootError,
  squaredError,
  usualBins,
} from '../calibration/index.js';
import { differenceEstimate } from '../difference-interval.js';
import type { Estimate, EvaluateOptions } from '../evaluate.js';
import {
  ERRORS,
  type GradedSet,
  gradedSet,
  INFLATED,
  METRICS,
  type MetricName,
  measure,
  rangeOf,
} from '../measure.js';
import { confusionMatrix, ratio } from '../metrics/confusion.js';
import type { Prediction } from '../prediction.js';
import { type Range, scoreInterval } from '../score-interval.js';

/** `sensitivity` and `specificity` stand at a grade from 1 up; the others do not. */
export const FIGURES = [...METRICS, 'ece', 'eceDebiased', 'sensitivity', 'specificity'] as const;
export type FigureName = (typeof FIGURES)[number];

/** Figures that ask from which grade on an image counts as ill. */
export const AT_A_GRADE: ReadonlySet<FigureName> = new Set(['sensitivity', 'specificity']);

/** Those of which less is better. */
export const FIGURE_ERRORS: ReadonlySet<FigureName> = new Set<FigureName>([
  ...ERRORS,
  'ece',
  'eceDebiased',
]);

/** Those that a small set makes too large by an unknown amount. */
export const INFLATED_FIGURES: ReadonlySet<FigureName> = new Set<FigureName>([...INFLATED, 'ece']);

/** `qwk`, or `sensitivity@2`: from grade 2 up. */
export type FigureKey = `${FigureName}` | `${'sensitivity' | 'specificity'}@${number}`;

export const figureKey = (metric: FigureName, grade?: number): FigureKey =>
  (grade === undefined ? metric : `${metric}@${grade}`) as FigureKey;

/** The name and grade of a key. */
export function figureOf(key: FigureKey): { metric: FigureName; grade: number | null } {
  const [metric, grade] = key.split('@');
  return { metric: metric as FigureName, grade: grade === undefined ? null : Number(grade) };
}

/** `qwk`, `sensitivity, grade 2 up`. */
export function figureName(key: FigureKey): string {
  const { metric, grade } = figureOf(key);
  return grade === null ? metric : `${metric}, grade ${grade} up`;
}

/** Every figure of a model of K grades, in the order that tables show them. */
export function figureKeys(grades: number): FigureKey[] {
  const cuts = Array.from({ length: grades - 1 }, (_, k) => k + 1);
  return [
    ...METRICS,
    'ece',
    'eceDebiased',
    ...cuts.map((grade) => figureKey('sensitivity', grade)),
    ...cuts.map((grade) => figureKey('specificity', grade)),
  ];
}

/** A value a figure; null where it is undefined. */
export type FigureValues = Record<FigureKey, number | null>;

const BINS = 15;

/** The graded images of a list of predictions, made ready. */
export interface FigureSet {
  readonly graded: GradedSet;
  /** Bins of confidence, of equal width and of equal mass; null where the model gives no probabilities. */
  readonly bins: { readonly even: Bins; readonly full: Bins } | null;
}

/** @throws {InputError} naming the image whose grade, score or probabilities cannot be used */
export function figureSet(predictions: readonly Prediction[], grades: number): FigureSet {
  const graded = gradedSet(predictions, grades);
  const { confidence } = graded;
  return {
    graded,
    bins: confidence && {
      even: binsOf(confidence, BINS, 'width'),
      full: binsOf(confidence, usualBins(confidence.length), 'mass'),
    },
  };
}

/**
 * Every figure of the set.
 *
 * - `ece`: expected calibration error of the predicted grade, 15 bins, 0 perfect .. 1
 *   (`expectedCalibrationError`); `eceDebiased`: freed of chance (`debiasedCalibrationError`).
 * - `sensitivity@g`: share of images of expert grade g or worse that the model grades g or worse.
 * - `specificity@g`: share of images of expert grade below g that the model grades below g.
 *
 * @param weights how often each image counts; once unless told
 */
export function measureFigures(
  { graded, bins }: FigureSet,
  weights: Float64Array = new Float64Array(graded.truth.length).fill(1),
): FigureValues {
  const { truth, predicted, grades } = graded;
  const confusion = confusionMatrix(truth, predicted, grades, weights);
  const squared = bins && squaredError(graded.confidence!, graded.right, bins.full, weights);
  const values = {
    ...measure(graded, weights),
    ece: bins && calibrationError(graded, bins.even.of, weights),
    eceDebiased: squared && rootError(squared.debiased),
  } as FigureValues;
  for (let cut = 1; cut < grades; cut++) {
    const counts = { ill: 0, found: 0, well: 0, cleared: 0 };
    confusion.forEach((row, grade) => {
      row.forEach((n, answer) => {
        if (grade >= cut) {
          counts.ill += n;
          if (answer >= cut) counts.found += n;
        } else {
          counts.well += n;
          if (answer < cut) counts.cleared += n;
        }
      });
    });
    values[figureKey('sensitivity', cut)] = ratio(counts.found, counts.ill);
    values[figureKey('specificity', cut)] = ratio(counts.cleared, counts.well);
  }
  return values;
}

function calibrationError(
  { right, confidence }: GradedSet,
  bins: Int32Array,
  weights: Float64Array,
): number | null {
  const surplus = new Float64Array(BINS);
  let images = 0;
  for (let i = 0; i < bins.length; i++) {
    surplus[bins[i]] += weights[i] * (right[i] - (confidence as Float64Array)[i]);
    images += weights[i];
  }
  return ratio(
    surplus.reduce((sum, of) => sum + Math.abs(of), 0),
    images,
  );
}

/** Every figure, and its value in each bootstrap draw of whole subjects. */
export interface FigureDraws {
  readonly values: FigureValues;
  readonly draws: readonly FigureValues[];
  /** K. */
  readonly grades: number;
  /** Graded images. */
  readonly n: number;
  readonly subjects: number;
  /** Those that sensitivity and specificity speak of. */
  readonly counted: Partial<Record<FigureKey, Counted>>;
}

export interface Counted {
  readonly n: number;
  readonly subjects: number;
}

export interface FigureOptions extends EvaluateOptions {
  /**
   * How much an image of each grade counts, before a draw multiplies it: once unless told. So a set can be
   * measured as if it had another set's mix of grades.
   */
  readonly gradeWeights?: readonly number[];
}

/** @throws {InputError} naming the image whose grade, score or probabilities cannot be used */
export function drawFigures(
  predictions: readonly Prediction[],
  { grades, seed, draws = 1000, gradeWeights }: FigureOptions,
): FigureDraws {
  const set = figureSet(predictions, grades);
  const { truth, subjectOf, subjects } = set.graded;
  const own = Float64Array.from(truth, (grade) => gradeWeights?.[grade] ?? 1);
  const resampled: FigureValues[] = [];
  const error = (weights: Float64Array) =>
    set.bins && squaredError(set.graded.confidence!, set.graded.right, set.bins.full, weights);
  // Weights that are no counts have no chance to be freed of.
  const whole = gradeWeights ? null : error(own);
  if (subjects > 1) {
    for (const times of subjectDraws(subjectOf, subjects, draws, seed)) {
      const weights = times.map((n, i) => n * own[i]);
      const drawn = measureFigures(set, weights);
      drawn.eceDebiased = whole && drawnError(whole, error(weights));
      resampled.push(drawn);
    }
  }
  const values = measureFigures(set, own);
  if (gradeWeights) values.eceDebiased = null;
  const counted = countedBy(set.graded);
  return { values, draws: resampled, grades, n: truth.length, subjects, counted };
}

/** Whom each sensitivity and specificity speaks of. */
export function countedBy({ truth, subjectOf, grades }: GradedSet): FigureDraws['counted'] {
  const counted: Partial<Record<FigureKey, Counted>> = {};
  for (let cut = 1; cut < grades; cut++) {
    for (const [metric, speaksOf] of [
      ['sensitivity', (grade: number) => grade >= cut],
      ['specificity', (grade: number) => grade < cut],
    ] as const) {
      const images = [...truth.keys()].filter((i) => speaksOf(truth[i]));
      const of = new Set(images.map((i) => subjectOf[i])).size;
      counted[figureKey(metric, cut)] = { n: images.length, subjects: of };
    }
  }
  return counted;
}

/**
 * Every figure with its 95 % interval ({@link figureInterval}); a sensitivity has that of the ill subjects, a
 * specificity that of the others.
 */
export const figureEstimates = (drawn: FigureDraws): Record<FigureKey, Estimate> =>
  byFigure(drawn.values, (key) => {
    const { values, draws, counted, grades } = drawn;
    const value = values[key];
    if (value === null) return { value, ci95: null };
    const { subjects } = counted[key] ?? drawn;
    const resampled = draws.map((draw) => draw[key]);
    return { value, ci95: figureInterval(key, value, resampled, subjects, grades) };
  });

/**
 * The 95 % interval of a figure: its score interval; for `eceDebiased` the percentiles of `drawnError`, for
 * `ece` plain percentiles. Those of {@link INFLATED_FIGURES} lie too high (a drawn sample looks less calibrated
 * yet than the sample it is drawn from): an upper limit on their upper end errs on the careful side.
 *
 * @param subjects that the figure speaks of
 */
export function figureInterval(
  key: FigureKey,
  value: number,
  draws: readonly (number | null)[],
  subjects: number,
  grades: number,
): [number, number] | null {
  const { metric } = figureOf(key);
  if (metric === 'ece' || metric === 'eceDebiased') return percentileInterval(draws, subjects);
  const range: Range = AT_A_GRADE.has(metric) ? [0, 1] : rangeOf(metric as MetricName, grades);
  return scoreInterval(value, draws, subjects, range);
}

/**
 * Every figure of `a` less that of `b`, two sets that share no subject, with the 95 % interval of the
 * difference (`differenceEstimate`). None for {@link INFLATED_FIGURES}, whose bias is another in sets of another
 * size.
 */
export function figureDifferences(a: FigureDraws, b: FigureDraws): Record<FigureKey, Estimate> {
  const [ours, theirs] = [figureEstimates(a), figureEstimates(b)];
  return shownFigures(byFigure(a.values, (key) => differenceEstimate(ours[key], theirs[key])));
}

/** As pages and `metrics.json` have them: no interval for {@link INFLATED_FIGURES}. */
export const shownFigures = (estimates: Record<FigureKey, Estimate>): Record<FigureKey, Estimate> =>
  byFigure(estimates, (key) => {
    const { value, ci95 } = estimates[key];
    return { value, ci95: INFLATED_FIGURES.has(figureOf(key).metric) ? null : ci95 };
  });

const byFigure = <T>(
  of: Record<FigureKey, unknown>,
  make: (key: FigureKey) => T,
): Record<FigureKey, T> =>
  Object.fromEntries((Object.keys(of) as FigureKey[]).map((key) => [key, make(key)])) as Record<
    FigureKey,
    T
  >;
