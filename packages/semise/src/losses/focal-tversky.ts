// The focal Tversky loss (Abraham & Khan, arXiv 1810.07842, eq. 3-4): for lesions of a few pixels,
// misses cost more than false alarms, and classes that are segmented badly more than others.

import { add, div, maximum, mean, mul, pow, sub, type Tensor } from '@semise/autograd';
import { type OverlapOptions, softCounts } from './overlap.js';

export interface FocalTverskyOptions extends OverlapOptions {
  /** Weight of missed pixels; that of false alarms is 1 - alpha. */
  readonly alpha?: number;
  /** Focus: the exponent is 1 / gamma. */
  readonly gamma?: number;
}

/** Below this the loss is taken for this: its slope, a root's, has no bound at 0. */
const LEAST = 1e-6;

/**
 * The mean over lesion classes of (1 - T)^(1 / gamma), T = (TP + s) / (TP + alpha FN + (1 - alpha) FP
 * + s). Empty masks as in the Dice loss.
 * @param probabilities [N, K, H, W], of each pixel sum 1 @param target [N, K, H, W], one-hot
 */
export function focalTversky(
  probabilities: Tensor,
  target: Tensor,
  { alpha = 0.7, gamma = 4 / 3, over = 'batch', smooth = 1 }: FocalTverskyOptions = {},
): Tensor {
  const { hit, falseAlarm, missed } = softCounts(probabilities, target, over);
  const right = add(hit, smooth);
  const wrong = add(mul(missed, alpha), mul(falseAlarm, 1 - alpha));
  const tversky = div(right, add(right, wrong));
  return mean(pow(maximum(sub(1, tversky), LEAST), 1 / gamma));
}
