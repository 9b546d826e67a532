// Cross-entropy over grades: against one grade or a share of each, with label smoothing (arXiv
// 1512.00567), soft neighbouring grades (Díaz & Marathe, CVPR 2019) and logit adjustment (2007.07314).

import {
  add,
  constant,
  div,
  logSoftmax,
  matmul,
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
export const crossEntropy = (
  logits: Tensor,
  grades: Tensor,
  weights: Tensor,
  options: CrossEntropyOptions = {},
): Tensor => softCrossEntropy(logits, oneHot(grades, logits.shape[1]), weights, options);

/**
 * The same against a share of each grade.
 * @param logits [N, K] @param shares [N, K], rows sum to 1 @param weights [N], >= 0
 */
export function softCrossEntropy(
  logits: Tensor,
  shares: Tensor,
  weights: Tensor,
  options: CrossEntropyOptions = {},
): Tensor {
  const { smoothing = 0, logPriors } = options;
  const [, k] = logits.shape;
  const adjusted = logPriors ? add(logits, constant(logPriors, [1, k])) : logits;
  const target = add(mul(shares, 1 - smoothing), smoothing / k);
  const loss = neg(sum(mul(target, logSoftmax(adjusted)), [1]));
  return div(sum(mul(loss, weights)), maximum(sum(weights), 1e-6));
}

/**
 * Shares that spill over to neighbouring grades: grade g becomes softmax over j of -|j - g| / softness.
 * @param shares [N, K] @param softness > 0; 0.3 leaves 93 % on a middle grade @returns [N, K]
 */
export function spilled(shares: Tensor, softness: number): Tensor {
  const [, k] = shares.shape;
  const rows = Array.from({ length: k }, (_, g) => {
    const powers = Array.from({ length: k }, (_, j) => Math.exp(-Math.abs(j - g) / softness));
    const total = powers.reduce((sum, power) => sum + power);
    return powers.map((power) => power / total);
  });
  return matmul(shares, constant(rows.flat(), [k, k]));
}
