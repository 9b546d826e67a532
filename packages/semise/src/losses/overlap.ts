// Soft counts of agreement between probabilities and masks: what overlap losses are made of.

import { mul, slice, sub, sum, type Tensor } from '@semise/autograd';

export interface OverlapOptions {
  /** Over which pixels overlap is counted: those of the batch, or of each image by itself. */
  readonly over?: 'batch' | 'image';
  /** Added to numerator and denominator: a class that is neither there nor predicted has loss 0. */
  readonly smooth?: number;
}

/**
 * True and false positives and false negatives of each lesion class (background left out), as sums
 * of probabilities.
 * @param probabilities [N, K, H, W] @param target [N, K, H, W], shares of each class
 * @returns each [K - 1], or [N, K - 1] over images
 */
export function softCounts(
  probabilities: Tensor,
  target: Tensor,
  over: 'batch' | 'image',
): { hit: Tensor; falseAlarm: Tensor; missed: Tensor } {
  const classes = probabilities.shape[1];
  const [p, t] = [probabilities, target].map((x) => slice(x, 1, 1, classes));
  const axes = over === 'batch' ? [0, 2, 3] : [2, 3];
  const hit = sum(mul(p, t), axes);
  return { hit, falseAlarm: sub(sum(p, axes), hit), missed: sub(sum(t, axes), hit) };
}
