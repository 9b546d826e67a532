// How often the grade is right: overall, and with every grade counting the same.
// Macro means are over the grades present in the truth of the evaluated images (scikit-learn's
// `labels=unique(y_true)`, `zero_division=0`): a grade nobody has can be neither found nor missed.

import { type Confusion, perClass, ratio, rowSums } from './confusion.js';

/** Share of images graded right, 0..1; null without images. */
export function accuracy(confusion: Confusion): number | null {
  const right = confusion.reduce((sum, row, k) => sum + row[k], 0);
  return ratio(
    right,
    rowSums(confusion).reduce((sum, n) => sum + n, 0),
  );
}

/** Unweighted mean of the F1 of the grades present in the truth, 0..1; null without images. */
export function macroF1(confusion: Confusion): number | null {
  return meanOverPresent(confusion, 'f1');
}

/** Unweighted mean recall (balanced accuracy) of the grades present in the truth, 0..1. */
export function macroRecall(confusion: Confusion): number | null {
  return meanOverPresent(confusion, 'recall');
}

function meanOverPresent(confusion: Confusion, key: 'f1' | 'recall'): number | null {
  const present = perClass(confusion).filter(({ n }) => n > 0);
  return ratio(
    present.reduce((sum, row) => sum + (row[key] ?? 0), 0),
    present.length,
  );
}
