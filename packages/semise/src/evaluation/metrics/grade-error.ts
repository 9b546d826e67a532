// How far the predicted grade is from the expert's, in grades.

import { type Confusion, ratio } from './confusion.js';

/** Mean absolute error in grades, 0..K-1, smaller is better; null without images. */
export function mae(confusion: Confusion): number | null {
  return meanOf(confusion, (distance) => distance);
}

/**
 * MAEE = mean of exp(|y - y_hat|), 1 (perfect) .. exp(K-1): far errors weigh exponentially
 * (SEMISE, arXiv 2501.03848). Null without images.
 */
export function maee(confusion: Confusion): number | null {
  return meanOf(confusion, Math.exp);
}

/** The mean absolute error of the grade that fares worst, among those present in the truth. */
export function worstClassMae(confusion: Confusion): number | null {
  const errors = confusion
    .map((row, y) =>
      ratio(
        row.reduce((sum, n, k) => sum + n * Math.abs(y - k), 0),
        row.reduce((sum, n) => sum + n, 0),
      ),
    )
    .filter((error) => error !== null);
  return errors.length === 0 ? null : Math.max(...errors);
}

function meanOf(confusion: Confusion, cost: (distance: number) => number): number | null {
  let total = 0;
  let images = 0;
  confusion.forEach((row, y) => {
    row.forEach((n, k) => {
      total += n * cost(Math.abs(y - k));
      images += n;
    });
  });
  return ratio(total, images);
}
