// Calibration: whether the probability that a model gives to its answer is how often it is right.

import { ratio } from './confusion.js';

/**
 * Expected calibration error, 0 perfect .. 1 (Guo et al., arXiv 1706.04599, equation 3): the images
 * in bins of equal width by the probability of the predicted grade, and the mean over images of
 * |share right - mean probability| of their bin. A probability on a border belongs to the bin below.
 * Null without images.
 *
 * @param confidences the probability of the predicted grade, each in 0..1
 * @param right whether the predicted grade is the expert's
 */
export function expectedCalibrationError(
  confidences: readonly number[],
  right: readonly boolean[],
  bins = 15,
): number | null {
  const surplus = new Float64Array(bins);
  confidences.forEach((confidence, i) => {
    const bin = Math.min(bins - 1, Math.max(0, Math.ceil(confidence * bins) - 1));
    surplus[bin] += Number(right[i]) - confidence;
  });
  const total = surplus.reduce((sum, of) => sum + Math.abs(of), 0);
  return ratio(total, confidences.length);
}
