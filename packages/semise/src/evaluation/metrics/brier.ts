// The Brier score: squared error of the probabilities, each grade on its own.

/**
 * Brier score of one image over all grades, 0 (certain and right) .. 2 (certain and wrong): the sum
 * over grades k of (p_k - [y = k])^2 (Brier, Monthly Weather Review 78:1, 1950). A proper score. It
 * does not know that grades are ordered; the ranked probability score does.
 *
 * @param probabilities of the grades 0..K-1
 * @param grade the expert's grade y
 */
export function brierScore(probabilities: ArrayLike<number>, grade: number): number {
  let sum = 0;
  for (let k = 0; k < probabilities.length; k++)
    sum += (probabilities[k] - (grade === k ? 1 : 0)) ** 2;
  return sum;
}
