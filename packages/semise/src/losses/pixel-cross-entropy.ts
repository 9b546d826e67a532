// Cross-entropy of every pixel.

import { logSoftmax, mean, mul, neg, sum, type Tensor } from '@semise/autograd';

/**
 * The mean over pixels of -weight * sum over classes of target * log softmax(logits).
 * @param logits [N, K, H, W] @param target [N, K, H, W], shares of each class, a pixel's sum 1
 * @param weights [N, 1, H, W], >= 0; 1, unless given. They do not enter the mean's denominator: where
 *   few pixels are trusted, few teach
 */
export function pixelCrossEntropy(logits: Tensor, target: Tensor, weights?: Tensor): Tensor {
  const loss = neg(sum(mul(target, logSoftmax(logits, 1)), [1], { keepDims: true }));
  return mean(weights ? mul(weights, loss) : loss);
}
