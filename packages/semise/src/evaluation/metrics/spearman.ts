// Spearman's rank correlation of score and grade.

import type { Ranking } from './ranking.js';

/**
 * Spearman's rho, -1..1: the Pearson correlation of ranks, ties sharing their average rank
 * (as `scipy.stats.spearmanr`). Null where grades or scores are all the same.
 *
 * @param truth the expert's grades, integers in 0..K-1
 * @param grades K
 * @param scores the ranking of the images by severity score
 * @param weights how often each image counts
 */
export function spearman(
  truth: ArrayLike<number>,
  grades: number,
  { order, ends }: Ranking,
  weights: ArrayLike<number>,
): number | null {
  const counts = new Float64Array(grades);
  let total = 0;
  for (let i = 0; i < truth.length; i++) {
    counts[truth[i]] += weights[i];
    total += weights[i];
  }
  // Ranks less their mean (total + 1) / 2: items below + (tied + 1) / 2 - (total + 1) / 2.
  const gradeRank = new Float64Array(grades);
  let gradeSquares = 0;
  let below = 0;
  for (let k = 0; k < grades; k++) {
    gradeRank[k] = below + (counts[k] - total) / 2;
    gradeSquares += counts[k] * gradeRank[k] ** 2;
    below += counts[k];
  }
  let products = 0;
  let scoreSquares = 0;
  let at = 0;
  below = 0;
  for (const end of ends) {
    let tied = 0;
    let gradeRanks = 0;
    for (; at < end; at++) {
      const weight = weights[order[at]];
      tied += weight;
      gradeRanks += weight * gradeRank[truth[order[at]]];
    }
    const rank = below + (tied - total) / 2;
    products += rank * gradeRanks;
    scoreSquares += tied * rank ** 2;
    below += tied;
  }
  return gradeSquares === 0 || scoreSquares === 0
    ? null
    : products / Math.sqrt(gradeSquares * scoreSquares);
}
