// Whether a lesion stands anywhere in an image: what is known of it without a mask. Multiple-instance learning
// (Pinheiro & Collobert, CVPR 2015, arXiv 1411.6228, equation 6): of all pixels the most suspicious ones answer.

import { logSumExp, mean, mul, slice, softplus, sub, type Tensor } from '@semise/autograd';

/** How nearly the smooth maximum over the pixels is one; towards 0 it becomes the mean. */
const SHARPNESS = 5;

/**
 * The mean cross-entropy of P(a lesion in the image) = sigmoid(the smooth maximum over its pixels of the log odds of
 * a lesion against the background).
 * @param logits [N, K, H, W], the background first @param present [N], 1 with a lesion, 0 without
 */
export function presence(logits: Tensor, present: Tensor): Tensor {
  const [, classes, height, width] = logits.shape;
  const lesion = logSumExp(slice(logits, 1, 1, classes), [1], { keepDims: true });
  const odds = sub(lesion, slice(logits, 1, 0, 1));
  const total = logSumExp(mul(odds, SHARPNESS), [1, 2, 3]);
  const most = mul(sub(total, Math.log(height * width)), 1 / SHARPNESS);
  return mean(sub(softplus(most), mul(present, most)));
}
