// CORN: ordinal regression by conditional binary tasks (Shi et al., arXiv 2111.08851, eq. 5-6).

import {
  add,
  constant,
  div,
  logSigmoid,
  matmul,
  maximum,
  mul,
  neg,
  oneHot,
  reshape,
  sub,
  sum,
  type Tensor,
} from '@semise/autograd';

/**
 * Task k asks "grade > k?" of the images with grade >= k: the weighted mean over all asked questions
 * of the binary cross-entropy.
 * @param logits [N, K - 1] @param grades [N], int32 in [0, K) @param weights [N], >= 0
 */
export const corn = (logits: Tensor, grades: Tensor, weights: Tensor): Tensor =>
  softCorn(logits, oneHot(grades, logits.shape[1] + 1), weights);

/**
 * The same of images that hold a share of each grade: each share asks its own questions.
 * @param logits [N, K - 1] @param shares [N, K], rows sum to 1 @param weights [N], >= 0
 */
export function softCorn(logits: Tensor, shares: Tensor, weights: Tensor): Tensor {
  const [n, tasks] = logits.shape;
  /** The share of grades g for which `holds(g, k)`. [N, K - 1] */
  const shareWhere = (holds: (grade: number, k: number) => boolean): Tensor => {
    const chosen = Array.from({ length: (tasks + 1) * tasks }, (_, i) =>
      holds(Math.floor(i / tasks), i % tasks) ? 1 : 0,
    );
    return matmul(shares, constant(chosen, [tasks + 1, tasks]));
  };
  const weight = reshape(weights, [n, 1]);
  const asked = mul(
    shareWhere((grade, k) => grade >= k),
    weight,
  );
  const yes = mul(
    shareWhere((grade, k) => grade > k),
    weight,
  );
  const loss = neg(
    add(mul(yes, logSigmoid(logits)), mul(sub(asked, yes), logSigmoid(neg(logits)))),
  );
  return div(sum(loss), maximum(sum(asked), 1e-6));
}
