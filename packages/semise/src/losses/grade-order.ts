// A comparison as the softmax head hears it: whatever grades the two images have, the worse one's is not
// the lower. Nothing is asked where both are surely of one grade, since experts compare within grades, too.

import {
  add,
  constant,
  div,
  log,
  matmul,
  maximum,
  mul,
  neg,
  softmax,
  sub,
  sum,
  type Tensor,
} from '@semise/autograd';

/** Probabilities below this give no gradient: both heads are sure, and one of them is wrong. */
const LEAST = 1e-6;

/**
 * The weighted mean of -[t log P(a >= b) + (1 - t) log P(b >= a)], the two grades drawn independently
 * from the softmax of the logits: P(a >= b) = sum over i >= j of p_a(i) p_b(j). No weight at all gives 0.
 * @param a logits of the first images [N, K] @param b of the second [N, K]
 * @param targets t in [0, 1], 1 where the first is worse [N] @param weights >= 0 [N]
 */
export function gradeOrder(a: Tensor, b: Tensor, targets: Tensor, weights: Tensor): Tensor {
  const [, k] = a.shape;
  const p = softmax(a);
  const q = softmax(b);
  /** The log of the sum of p_a(i) p_b(j) over the pairs of grades that `holds`. [N] */
  const logShare = (holds: (i: number, j: number) => boolean): Tensor => {
    const chosen = Array.from({ length: k * k }, (_, at) =>
      holds(Math.floor(at / k), at % k) ? 1 : 0,
    );
    const share = sum(mul(matmul(p, constant(chosen, [k, k])), q), [1]);
    return log(maximum(share, LEAST));
  };
  const worse = mul(
    targets,
    logShare((i, j) => i >= j),
  );
  const better = mul(
    sub(1, targets),
    logShare((i, j) => i <= j),
  );
  return div(sum(mul(weights, neg(add(worse, better)))), maximum(sum(weights), 1e-6));
}
