// Area under the receiver operating characteristic.

import { ratio } from './confusion.js';
import type { Ranking } from './ranking.js';

/**
 * Macro one-vs-rest AUROC, 0..1 (0.5 chance): for each grade the chance that an image of the grade
 * has a larger probability of it than an image of another, ties counting half (Mann-Whitney), then
 * the unweighted mean over grades present in the truth. Null where fewer than two grades are present.
 *
 * @param truth the expert's grades
 * @param probabilities for each grade the ranking of the images by its probability
 * @param weights how often each image counts
 */
export function auroc(
  truth: ArrayLike<number>,
  probabilities: readonly Ranking[],
  weights: ArrayLike<number>,
): number | null {
  let sum = 0;
  let classes = 0;
  probabilities.forEach((ranked, grade) => {
    const area = oneVersusRest(truth, grade, ranked, weights);
    if (area === null) return;
    sum += area;
    classes++;
  });
  return ratio(sum, classes);
}

function oneVersusRest(
  truth: ArrayLike<number>,
  grade: number,
  { order, ends }: Ranking,
  weights: ArrayLike<number>,
): number | null {
  let wins = 0;
  let positives = 0;
  let negatives = 0;
  let at = 0;
  for (const end of ends) {
    let tiedPositives = 0;
    let tiedNegatives = 0;
    for (; at < end; at++) {
      if (truth[order[at]] === grade) tiedPositives += weights[order[at]];
      else tiedNegatives += weights[order[at]];
    }
    wins += tiedPositives * (negatives + tiedNegatives / 2);
    positives += tiedPositives;
    negatives += tiedNegatives;
  }
  return ratio(wins, positives * negatives);
}
