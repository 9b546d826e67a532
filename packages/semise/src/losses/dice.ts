// The soft Dice loss (Milletari et al., arXiv 1606.04797, with plain sums in the denominator as
// Drozdzal et al., arXiv 1608.04117).

import { add, div, mean, mul, sub, type Tensor } from '@semise/autograd';
import { type OverlapOptions, softCounts } from './overlap.js';

/**
 * The mean over lesion classes of 1 - (2 TP + s) / (2 TP + FP + FN + s). A class that neither the
 * masks nor the probabilities hold costs 0; one that only the probabilities hold, P / (P + s), which
 * teaches an empty mask to stay empty.
 * @param probabilities [N, K, H, W], of each pixel sum 1 @param target [N, K, H, W], one-hot
 */
export function softDice(
  probabilities: Tensor,
  target: Tensor,
  { over = 'batch', smooth = 1 }: OverlapOptions = {},
): Tensor {
  const { hit, falseAlarm, missed } = softCounts(probabilities, target, over);
  const twice = add(mul(hit, 2), smooth);
  return mean(sub(1, div(twice, add(twice, add(falseAlarm, missed)))));
}
