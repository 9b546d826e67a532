// The ranked probability score: are the probabilities right, and wrong ones at least near?

/**
 * Ranked probability score of one image, 0 (certain and right) .. 1 (certain and at the far end):
 * the mean over the K-1 thresholds k of (P(grade <= k) - [y <= k])^2 (Epstein, J. Appl. Meteorol.
 * 8:985, 1969, divided by K-1). A proper score: only honest probabilities minimise its mean.
 *
 * @param probabilities of the grades 0..K-1, K at least 2
 * @param grade the expert's grade y
 */
export function rankedProbabilityScore(probabilities: ArrayLike<number>, grade: number): number {
  let cumulative = 0;
  let sum = 0;
  for (let k = 0; k < probabilities.length - 1; k++) {
    cumulative += probabilities[k];
    sum += (cumulative - (grade <= k ? 1 : 0)) ** 2;
  }
  return sum / (probabilities.length - 1);
}
