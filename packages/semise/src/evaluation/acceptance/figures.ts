// The figures that acceptance limits may be set on: the metrics of a grading, those of calibration, and
// sensitivity and specificity at a grade. All of a set come from one pass, at any weighting of its images.

import { percentileInterval, subjectDraws } from '../bootstrap.js';
import { type Bins, binsOf, squaredError, usualBins } from '../calibration/index.js';
import type { Estimate, EvaluateOptions } from '../evaluate.js';
import { ERRORS, type GradedSet, gradedSet, METRICS, measure } from '../measure.js';
import { confusionMatrix, ratio } from '../metrics/confusion.js';
import type { Prediction } from '../prediction.js';
import { wilsonInterval } from '../wilson.js';

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
    eceDebiased: squared && root(squared.debiased),
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

const root = (value: number): number => Math.sqrt(Math.min(1, Math.max(0, value)));

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
      // Mirrored, so that its percentiles are the pivotal interval (`calibrationErrors`).
      drawn.eceDebiased =
        whole && root(whole.debiased + whole.plain - (error(weights)?.debiased ?? 0));
      resampled.push(drawn);
    }
  }
  const values = measureFigures(set, own);
  if (gradeWeights) values.eceDebiased = null;
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
  return { values, draws: resampled, n: truth.length, subjects, counted };
}

/**
 * Every figure with its 95 % percentile interval (pivotal for `eceDebiased`). A drawn sample looks less
 * calibrated than the sample it is drawn from, so that of `ece` lies too high: an upper limit on its upper end
 * errs on the careful side. Sensitivity and specificity have Wilson's interval at the number of independent
 * images that the bootstrap's variance speaks for (Dean & Pagano, J. Surv. Stat. Methodol. 3:484, 2015): where no
 * error was met, percentiles would say that there is none, on however few subjects.
 */
export const figureEstimates = (drawn: FigureDraws): Record<FigureKey, Estimate> =>
  byFigure(drawn.values, (key) => {
    const { values, draws, counted } = drawn;
    const value = values[key];
    if (value === null) return { value, ci95: null };
    const resampled = draws.map((draw) => draw[key]);
    const of = counted[key];
    return {
      value,
      ci95: of ? shareInterval(value, resampled, of) : percentileInterval(resampled),
    };
  });

/** Null where percentiles would give none. */
function shareInterval(
  share: number,
  draws: readonly (number | null)[],
  { n, subjects }: Counted,
): [number, number] | null {
  if (percentileInterval(draws) === null) return null;
  const defined = draws.filter((draw) => draw !== null);
  const mean = defined.reduce((sum, draw) => sum + draw, 0) / defined.length;
  // Draws of m subjects vary by (m - 1) / m of what samples of m do.
  const correction = subjects > 1 ? subjects / (subjects - 1) : 1;
  const variance =
    (correction * defined.reduce((sum, draw) => sum + (draw - mean) ** 2, 0)) / defined.length;
  const independent =
    variance > 0 && share > 0 && share < 1
      ? Math.min(n, (share * (1 - share)) / variance)
      : subjects;
  return wilsonInterval(share * independent, independent);
}

/**
 * Every figure of `a` less that of `b`, two sets that share no subject, with the 95 % interval of the
 * difference: each draw takes subjects from both, independently, so draw the two with different seeds
 * (Efron & Tibshirani, 1993, section 8.3: the two-sample problem). None for `ece`, whose bias is another in
 * sets of another size.
 */
export const figureDifferences = (a: FigureDraws, b: FigureDraws): Record<FigureKey, Estimate> =>
  byFigure(a.values, (key) => {
    const less = (x: number | null, y: number | null) => (x === null || y === null ? null : x - y);
    const value = less(a.values[key], b.values[key]);
    const drawn = Math.min(a.draws.length, b.draws.length);
    const differences = Array.from({ length: drawn }, (_, i) =>
      less(a.draws[i][key], b.draws[i][key]),
    );
    const none = value === null || key === 'ece';
    return { value, ci95: none ? null : percentileInterval(differences) };
  });

const byFigure = <T>(of: FigureValues, make: (key: FigureKey) => T): Record<FigureKey, T> =>
  Object.fromEntries((Object.keys(of) as FigureKey[]).map((key) => [key, make(key)])) as Record<
    FigureKey,
    T
  >;
