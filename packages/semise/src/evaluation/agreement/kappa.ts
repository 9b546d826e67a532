// Cohen's kappa of two raters, weighted or not, and Fleiss' of many.

import type { Confusion } from '../metrics/confusion.js';
import { columnSums, ratio, rowSums } from '../metrics/confusion.js';

/** How much a disagreement counts: each the same, by its grades, or by their square. */
export type KappaWeights = 'none' | 'linear' | 'quadratic';

const DISAGREEMENT: Record<KappaWeights, (distance: number) => number> = {
  none: (distance) => (distance === 0 ? 0 : 1),
  linear: (distance) => Math.abs(distance),
  quadratic: (distance) => distance ** 2,
};

/**
 * Cohen's kappa, -1..1 (1 = they agree always, 0 = as often as chance would): 1 - sum v O / sum v E
 * with O the counts, E those of two raters with the same habits who do not look at the image, and v
 * the disagreement (J. Cohen, Psychological Bulletin 70:213, 1968).
 *
 * @param confusion images by the grade of the one (rows) and of the other (columns)
 * @returns null where chance would never disagree: no images, or one grade throughout
 */
export function cohenKappa(confusion: Confusion, weights: KappaWeights): number | null {
  const [rows, columns] = [rowSums(confusion), columnSums(confusion)];
  const images = rows.reduce((sum, n) => sum + n, 0);
  let observed = 0;
  let expected = 0;
  confusion.forEach((row, a) => {
    row.forEach((n, b) => {
      const v = DISAGREEMENT[weights](a - b);
      observed += v * n;
      expected += v * rows[a] * columns[b];
    });
  });
  return expected === 0 ? null : 1 - (observed * images) / expected;
}

/**
 * Fleiss' kappa, for images that all have the same number of grades, whoever gave them (J. L. Fleiss,
 * Psychological Bulletin 76:378, 1971). It knows no order of grades.
 *
 * @param counts of each image, how many raters gave each grade; all sum to the same number, 2 or more
 * @param weights how often each image counts; once unless told
 * @returns null where chance would never disagree, or images differ in their number of grades
 */
export function fleissKappa(
  counts: readonly (readonly number[])[],
  weights?: ArrayLike<number>,
): number | null {
  const raters = counts[0]?.reduce((sum, n) => sum + n, 0) ?? 0;
  if (raters < 2 || counts.some((of) => of.reduce((sum, n) => sum + n, 0) !== raters)) return null;
  let images = 0;
  let agreement = 0;
  const totals = counts[0].map(() => 0);
  counts.forEach((of, i) => {
    const weight = weights?.[i] ?? 1;
    images += weight;
    of.forEach((n, grade) => {
      agreement += (weight * n * (n - 1)) / (raters * (raters - 1));
      totals[grade] += weight * n;
    });
  });
  if (images === 0) return null;
  const observed = agreement / images;
  const chance = totals.reduce((sum, n) => sum + (n / (images * raters)) ** 2, 0);
  return ratio(observed - chance, 1 - chance);
}
