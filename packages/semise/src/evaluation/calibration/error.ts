// Calibration error: how far the probabilities that a model gives are from how often it is right. Plain (ECE),
// and freed of the bias by which a finite sample makes even perfect probabilities look wrong.

import { type Estimate, percentileInterval, subjectDraws } from '../bootstrap.js';
import { ratio } from '../metrics/confusion.js';
import { type Binning, type Bins, binsOf } from './reliability.js';

type Happened = ArrayLike<boolean | number>;

/**
 * Expected calibration error, 0 perfect .. 1 (Guo et al., arXiv 1706.04599, equation 3): the images
 * in bins of equal width by the probability of the predicted grade, and the mean over images of
 * |share right - mean probability| of their bin. A probability on a border belongs to the bin below.
 * Too large by chance where bins hold few images. Null without images.
 *
 * @param confidences the probability of the predicted grade, each in 0..1
 * @param right whether the predicted grade is the expert's
 */
export function expectedCalibrationError(
  confidences: ArrayLike<number>,
  right: Happened,
  bins = 15,
): number | null {
  const { of } = binsOf(confidences, bins, 'width');
  const surplus = new Float64Array(bins);
  for (let i = 0; i < of.length; i++) surplus[of[i]] += Number(right[i]) - confidences[i];
  return ratio(
    surplus.reduce((sum, each) => sum + Math.abs(each), 0),
    of.length,
  );
}

/**
 * Calibration error without the bias of small bins, 0 perfect .. 1: the root of the mean over images
 * of (share right - mean probability)^2 of their bin, from which in each bin the part that chance alone
 * brings, s (1 - s) / (n - 1) with s the share and n the images, is taken away (Bröcker, Clim. Dyn.
 * 39:655, 2012; Ferro & Fricker, Q. J. R. Meteorol. Soc. 138:1954, 2012; Kumar, Liang & Ma, arXiv
 * 1909.10155, section 5). Under the root an unbiased estimate of the squared error between bins; 0
 * where chance explains more than is seen. A root mean square, it is comparable with the
 * {@link expectedCalibrationError} and, for the same truth, not below it. Null without images.
 *
 * @param confidences the probability of what was said, each in 0..1
 * @param right whether it came true
 * @param bins equal in mass unless told; as many as leave 10 images in each, at most 15, unless told
 */
export function debiasedCalibrationError(
  confidences: ArrayLike<number>,
  right: Happened,
  { bins = usualBins(confidences.length), binning = 'mass' as Binning } = {},
): number | null {
  const squared = squaredError(confidences, right, binsOf(confidences, bins, binning));
  return squared === null ? null : Math.sqrt(Math.max(0, squared.debiased));
}

/** Both calibration errors of a grading. */
export interface CalibrationErrors {
  /** Without an interval: what is biased upwards by an unknown amount has none that can be trusted. */
  ece: Estimate;
  eceDebiased: Estimate;
}

/**
 * Both calibration errors, the debiased one with its 95 % interval by a bootstrap over subjects: expanded
 * percentiles of the squared error, each draw freed of the bootstrap's own bias ({@link drawnError}).
 *
 * @param subjectOf number of each image's subject in 0..subjects-1
 */
export function calibrationErrors(
  confidences: ArrayLike<number>,
  right: Happened,
  subjectOf: Int32Array,
  subjects: number,
  { seed, draws = 1000 }: { seed: number; draws?: number },
): CalibrationErrors {
  const ece = { value: expectedCalibrationError(confidences, right), ci95: null };
  const bins = binsOf(confidences, usualBins(confidences.length), 'mass');
  const squared = squaredError(confidences, right, bins);
  if (squared === null) return { ece, eceDebiased: { value: null, ci95: null } };
  const drawn: number[] = [];
  if (subjects > 1) {
    for (const weights of subjectDraws(subjectOf, subjects, draws, seed)) {
      drawn.push(drawnError(squared, squaredError(confidences, right, bins, weights)));
    }
  }
  return {
    ece,
    eceDebiased: {
      value: rootError(squared.debiased),
      ci95: percentileInterval(drawn, subjects),
    },
  };
}

/** The root of a squared error, within 0..1. */
export const rootError = (squared: number): number => Math.sqrt(Math.min(1, Math.max(0, squared)));

/**
 * The debiased error in a bootstrap draw, less the bootstrap's own bias: a drawn sample looks less calibrated
 * than the sample it is drawn from by what chance brings, as that sample does than the truth. Percentiles of
 * these, not the pivotal interval: the error varies more the larger it is, and a pivotal interval has that the
 * wrong way about, its upper end too low. Measured in `docs/validation-coverage.md`.
 *
 * @param whole of the set itself
 * @param drawn of the draw; null where it holds no image
 */
export const drawnError = (whole: SquaredError, drawn: SquaredError | null): number =>
  rootError((drawn?.debiased ?? 0) - (whole.plain - whole.debiased));

/** Bins of equal mass: as many as leave 10 images in each, at most 15. */
export const usualBins = (images: number): number =>
  Math.min(15, Math.max(1, Math.floor(images / 10)));

/** Mean squared calibration error, plain and freed of what chance brings. */
export interface SquaredError {
  readonly plain: number;
  readonly debiased: number;
}

/** Null without images. */
export function squaredError(
  confidences: ArrayLike<number>,
  right: Happened,
  { of, borders }: Bins,
  weights?: ArrayLike<number>,
): SquaredError | null {
  const bins = borders.length - 1;
  const n = new Float64Array(bins);
  const hits = new Float64Array(bins);
  const said = new Float64Array(bins);
  for (let i = 0; i < of.length; i++) {
    const weight = weights?.[i] ?? 1;
    n[of[i]] += weight;
    hits[of[i]] += weight * Number(right[i]);
    said[of[i]] += weight * confidences[i];
  }
  const images = n.reduce((sum, each) => sum + each, 0);
  if (images === 0) return null;
  let plain = 0;
  let chance = 0;
  for (let bin = 0; bin < bins; bin++) {
    if (n[bin] === 0) continue;
    const share = hits[bin] / n[bin];
    plain += (n[bin] / images) * (share - said[bin] / n[bin]) ** 2;
    // A single image tells nothing of chance; its share, 0 or 1, makes the term vanish.
    if (n[bin] > 1) chance += ((n[bin] / images) * share * (1 - share)) / (n[bin] - 1);
  }
  return { plain, debiased: plain - chance };
}
