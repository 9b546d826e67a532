// How often the score orders two images as their grades do.

import { ratio } from './confusion.js';
import type { Ranking } from './ranking.js';

/**
 * The share of pairs of images with different grades in which the worse one has the larger score,
 * equal scores counting half, 0..1 (0.5 chance): (1 + Somers' D) / 2, Harrell's concordance.
 * Null where all images have one grade.
 *
 * @param truth the expert's grades, integers in 0..K-1
 * @param grades K
 * @param scores the ranking of the images by severity score
 * @param weights how often each image counts
 */
export function pairAccuracy(
  truth: ArrayLike<number>,
  grades: number,
  { order, ends }: Ranking,
  weights: ArrayLike<number>,
): number | null {
  const below = new Float64Array(grades);
  const tied = new Float64Array(grades);
  let concordant = 0;
  let at = 0;
  for (const end of ends) {
    tied.fill(0);
    for (; at < end; at++) tied[truth[order[at]]] += weights[order[at]];
    let milder = 0;
    for (let k = 0; k < grades; k++) {
      concordant += tied[k] * milder;
      milder += below[k] + tied[k] / 2;
    }
    for (let k = 0; k < grades; k++) below[k] += tied[k];
  }
  let pairs = 0;
  let milder = 0;
  for (let k = 0; k < grades; k++) {
    pairs += below[k] * milder;
    milder += below[k];
  }
  return ratio(concordant, pairs);
}
