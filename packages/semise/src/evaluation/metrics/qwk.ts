// Quadratic weighted kappa.

import { type Confusion, columnSums, rowSums } from './confusion.js';

/**
 * Cohen's kappa with quadratic weights, -1..1 (1 perfect, 0 chance): 1 - sum w O / sum w E with
 * w = (y - k)^2, O the observed and E the expected counts under independence (Cohen, Psychological
 * Bulletin 70:213, 1968). Null where chance would never disagree: no images, or truth and
 * prediction both one and the same grade throughout.
 */
export function qwk(confusion: Confusion): number | null {
  const truth = rowSums(confusion);
  const predicted = columnSums(confusion);
  const images = truth.reduce((sum, n) => sum + n, 0);
  let observed = 0;
  let expected = 0;
  confusion.forEach((row, y) => {
    row.forEach((n, k) => {
      observed += (y - k) ** 2 * n;
      expected += (y - k) ** 2 * truth[y] * predicted[k];
    });
  });
  return expected === 0 ? null : 1 - (observed * images) / expected;
}
