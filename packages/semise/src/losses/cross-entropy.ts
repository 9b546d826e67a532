// Cross-entropy with label smoothing (arXiv 1512.00567) and logit adjustment (arXiv 2007.07314).

import {
  add,
  constant,
  div,
  logSoftmax,
  maximum,
  mul,
  neg,
  oneHot,
  sum,
  type Tensor,
} from '@semise/autograd';

export interface CrossEntropyOptions {
  /** Share of the target spread evenly over all grades, in [0, 1). */
  readonly smoothing?: number;
  /** log of each grade's share among the labels, added to the logits in training (logit adjustment). */
  readonly logPriors?: readonly number[];
}

/**
 * The weighted mean of -sum(target * log softmax(logits)).
 * @param logits [N, K] @param grades [N], int32 in [0, K) @param weights [N], >= 0
 */
export function crossEntropy(
  logits: Tensor,
  grades: Tensor,
  weights: Tensor,
  options: CrossEntropyOptions = {},
): Tensor {
  const { smoothing = 0, logPriors } = options;
  const [, k] = logits.shape;
  const adjusted = logPriors ? add(logits, constant(logPriors, [1, k])) : logits;
  const target = add(mul(oneHot(grades, k), 1 - smoothing), smoothing / k);
  const loss = neg(sum(mul(target, logSoftmax(adjusted)), [1]));
  return div(sum(mul(loss, weights)), maximum(sum(weights), 1e-6));
}
