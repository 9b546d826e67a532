// CORN: ordinal regression by conditional binary tasks (Shi et al., arXiv 2111.08851, eq. 5-6).

import {
  add,
  cast,
  constant,
  div,
  greater,
  greaterOrEqual,
  logSigmoid,
  maximum,
  mul,
  neg,
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
export function corn(logits: Tensor, grades: Tensor, weights: Tensor): Tensor {
  const [n, tasks] = logits.shape;
  const g = reshape(cast(grades, 'float32'), [n, 1]);
  const k = constant(
    Array.from({ length: tasks }, (_, i) => i),
    [1, tasks],
  );
  const asked = mul(cast(greaterOrEqual(g, k), 'float32'), reshape(weights, [n, 1]));
  const yes = cast(greater(g, k), 'float32');
  const loss = neg(add(mul(yes, logSigmoid(logits)), mul(sub(1, yes), logSigmoid(neg(logits)))));
  return div(sum(mul(asked, loss)), maximum(sum(asked), 1e-6));
}
