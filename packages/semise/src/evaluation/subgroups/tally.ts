// What of each group is counted, so that every figure of a gap can be read off the counts: a draw of
// a bootstrap or a permutation costs one pass over the images.

import { numberSubjects } from '../bootstrap.js';
import { binsOf } from '../calibration/index.js';
import type { Prediction } from '../prediction.js';

/** Bins of the calibration error, as `expectedCalibrationError`. */
export const BINS = 15;

/** Graded images made ready for counting. */
export interface Counted {
  /** K: grades are 0..K-1. */
  grades: number;
  truth: Int32Array;
  predicted: Int32Array;
  /** Severity scores in standard deviations of images of the same grade. */
  score: Float64Array;
  /** The image's bin, and right (1 or 0) less the probability of its predicted grade. */
  calibration: { bin: Int32Array; surplus: Float64Array } | null;
  /** Number of each image's subject in 0..subjects-1. */
  subjectOf: Int32Array;
  subjects: number;
}

/** @param graded predictions that all have a grade, checked by `gradedSet` */
export function counted(graded: readonly Prediction[], grades: number): Counted {
  const truth = Int32Array.from(graded, (p) => p.grade!);
  const deviation = withinGradeDeviation(graded, grades);
  const calibrated = (graded[0]?.probabilities.length ?? 0) > 0;
  const confidence = graded.map((p) => p.probabilities[p.predicted]);
  return {
    grades,
    truth,
    predicted: Int32Array.from(graded, (p) => p.predicted),
    score: Float64Array.from(graded, (p) => (deviation > 0 ? p.score / deviation : 0)),
    calibration: calibrated
      ? {
          bin: binsOf(confidence, BINS, 'width').of,
          surplus: Float64Array.from(
            graded,
            (p, i) => Number(p.predicted === p.grade) - confidence[i],
          ),
        }
      : null,
    ...numberSubjects(graded.map((p) => p.subject)),
  };
}

/** Pooled standard deviation of the score among images of one grade. */
function withinGradeDeviation(graded: readonly Prediction[], grades: number): number {
  const [n, sum] = [new Float64Array(grades), new Float64Array(grades)];
  for (const p of graded) {
    n[p.grade!]++;
    sum[p.grade!] += p.score;
  }
  let squares = 0;
  for (const p of graded) squares += (p.score - sum[p.grade!] / n[p.grade!]) ** 2;
  const free = graded.length - n.filter((images) => images > 0).length;
  return free > 0 ? Math.sqrt(squares / free) : 0;
}

/** Where things stand in the counts of a group: K x K confusion, K score sums, the bins. */
const layout = (grades: number) => ({
  score: grades * grades,
  bins: grades * grades + grades,
  length: grades * grades + grades + BINS,
});

/** Empty counts of so many groups. */
export const countsOf = (groups: number, grades: number): Float64Array[] =>
  Array.from({ length: groups }, () => new Float64Array(layout(grades).length));

/**
 * Counts of one group after another.
 *
 * @param into counts to fill anew; what returns a figure or counts here takes such room, for speed
 */
export function tally(
  set: Counted,
  groupOf: Int32Array,
  groups: number,
  weights?: Float64Array,
  into = countsOf(groups, set.grades),
): Float64Array[] {
  const { grades, truth, predicted, score, calibration } = set;
  const at = layout(grades);
  const counts = into;
  for (const group of counts) group.fill(0);
  for (let i = 0; i < truth.length; i++) {
    if (groupOf[i] < 0) continue;
    const weight = weights ? weights[i] : 1;
    if (weight === 0) continue;
    const group = counts[groupOf[i]];
    group[truth[i] * grades + predicted[i]] += weight;
    group[at.score + truth[i]] += weight * score[i];
    if (calibration) group[at.bins + calibration.bin[i]] += weight * calibration.surplus[i];
  }
  return counts;
}

/** Counts of all groups together. */
export function together(counts: readonly Float64Array[]): Float64Array {
  const all = new Float64Array(counts[0].length);
  for (const group of counts) for (let c = 0; c < all.length; c++) all[c] += group[c];
  return all;
}

/** Counts of all but one group. */
export function without(
  all: Float64Array,
  group: Float64Array,
  into: Float64Array = new Float64Array(all.length),
): Float64Array {
  const rest = into;
  for (let c = 0; c < rest.length; c++) rest[c] = all[c] - group[c];
  return rest;
}

/** Figures of a gap: [score, error, calibration, above 0..K-2, below 0..K-2]. */
export const SCORE = 0;
export const ERROR = 1;
export const CALIBRATION = 2;
/** P(predicted > k | grade > k): the share of the sicker that is found, the true-positive rate. */
export const above = (k: number): number => 3 + k;
/** P(predicted > k | grade <= k): the share of the others called sicker, the false-positive rate. */
export const below = (k: number, grades: number): number => 2 + grades + k;
export const figuresOf = (grades: number): number => 3 + 2 * (grades - 1);

/**
 * How much larger each figure is in `a` than in `b`, NaN where undefined. All but the calibration
 * error are differences at equal grade: the difference of the two means within each grade, averaged
 * with the weights n_a n_b / (n_a + n_b) of the grades (Mantel and Haenszel's; the coefficient of
 * group in a least-squares regression on grade and group), so that a different mix of grades is
 * no gap. Undefined where they have no grade in common.
 */
export function gap(
  a: Float64Array,
  b: Float64Array,
  grades: number,
  into: Float64Array = new Float64Array(figuresOf(grades)),
): Float64Array {
  const at = layout(grades);
  const figures = into.fill(0);
  // Weights of the grades together, and of those above each threshold.
  let total = 0;
  const weightAbove = new Float64Array(grades - 1);
  for (let y = 0; y < grades; y++) {
    let [na, nb, ea, eb] = [0, 0, 0, 0];
    for (let k = 0; k < grades; k++) {
      const [ca, cb] = [a[y * grades + k], b[y * grades + k]];
      na += ca;
      nb += cb;
      ea += ca * Math.abs(y - k);
      eb += cb * Math.abs(y - k);
    }
    if (na <= 0 || nb <= 0) continue;
    const weight = (na * nb) / (na + nb);
    total += weight;
    figures[SCORE] += weight * (a[at.score + y] / na - b[at.score + y] / nb);
    figures[ERROR] += weight * (ea / na - eb / nb);
    let [xa, xb] = [na, nb];
    for (let k = 0; k < grades - 1; k++) {
      xa -= a[y * grades + k];
      xb -= b[y * grades + k];
      if (y > k) weightAbove[k] += weight;
      figures[y > k ? above(k) : below(k, grades)] += weight * (xa / na - xb / nb);
    }
  }
  figures[SCORE] /= total; // 0 / 0 is NaN: undefined
  figures[ERROR] /= total;
  for (let k = 0; k < grades - 1; k++) {
    figures[above(k)] /= weightAbove[k];
    figures[below(k, grades)] /= total - weightAbove[k];
  }
  figures[CALIBRATION] = calibrationError(a, grades) - calibrationError(b, grades);
  return figures;
}

/**
 * How far each figure of a group is from what its grades let one expect (the mean of all images of
 * the grade; indirect standardisation), the calibration error as it is. What "worst" and "best" go by.
 */
export function standing(
  group: Float64Array,
  all: Float64Array,
  grades: number,
  into: Float64Array = new Float64Array(figuresOf(grades)),
): Float64Array {
  const at = layout(grades);
  const figures = into.fill(0);
  let images = 0;
  const imagesAbove = new Float64Array(grades - 1);
  for (let y = 0; y < grades; y++) {
    let [n, total, error, allError] = [0, 0, 0, 0];
    for (let k = 0; k < grades; k++) {
      n += group[y * grades + k];
      total += all[y * grades + k];
      error += group[y * grades + k] * Math.abs(y - k);
      allError += all[y * grades + k] * Math.abs(y - k);
    }
    if (n <= 0) continue;
    const share = n / total;
    images += n;
    figures[SCORE] += group[at.score + y] - share * all[at.score + y];
    figures[ERROR] += error - share * allError;
    let [x, allX] = [n, total];
    for (let k = 0; k < grades - 1; k++) {
      x -= group[y * grades + k];
      allX -= all[y * grades + k];
      if (y > k) imagesAbove[k] += n;
      figures[y > k ? above(k) : below(k, grades)] += x - share * allX;
    }
  }
  figures[SCORE] /= images;
  figures[ERROR] /= images;
  for (let k = 0; k < grades - 1; k++) {
    figures[above(k)] /= imagesAbove[k];
    figures[below(k, grades)] /= images - imagesAbove[k];
  }
  figures[CALIBRATION] = calibrationError(group, grades);
  return figures;
}

/** Expected calibration error of the counted images; NaN without any. */
export function calibrationError(counts: Float64Array, grades: number): number {
  const at = layout(grades);
  let [images, error] = [0, 0];
  for (let c = 0; c < at.score; c++) images += counts[c];
  for (let c = at.bins; c < at.length; c++) error += Math.abs(counts[c]);
  return error / images;
}

/** Share of the predictions above k among grades above k (or not above k); null without such images. */
export function rate(
  counts: Float64Array,
  grades: number,
  k: number,
  side: 'above' | 'below',
): number | null {
  let [images, called] = [0, 0];
  for (let y = 0; y < grades; y++) {
    if (y > k !== (side === 'above')) continue;
    for (let p = 0; p < grades; p++) {
      images += counts[y * grades + p];
      if (p > k) called += counts[y * grades + p];
    }
  }
  return images > 0 ? called / images : null;
}
