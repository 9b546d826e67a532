// Rank-N-Contrast (Zha et al., arXiv 2210.01189): features ordered as their labels are. Against each row,
// every other one is preferred to all that are at least as far in label.

import {
  abs,
  add,
  cast,
  constant,
  div,
  exp,
  greaterOrEqual,
  log,
  matmul,
  max,
  maximum,
  mul,
  neg,
  reshape,
  sqrt,
  square,
  stopGradient,
  sub,
  sum,
  type Tensor,
} from '@semise/autograd';

/**
 * The mean over ordered pairs (i, j) of
 * -log( exp(s_ij / tau) / sum over k in S_ij of exp(s_ik / tau) ), s = -|v_i - v_j| (Euclidean), and
 * S_ij = { k != i : |y_i - y_k| >= |y_i - y_j| } (eq. 1-2).
 * @param v features [N, F], N >= 2 @param labels y, [N] @param tau temperature, > 0; 2 in the paper
 */
export function rankNContrast(v: Tensor, labels: Tensor, tau: number): Tensor {
  const [n, f] = v.shape;
  const apart = sub(reshape(v, [n, 1, f]), reshape(v, [1, n, f]));
  // A hair's breadth keeps the root's slope finite where two rows coincide.
  const logits = mul(sqrt(add(sum(square(apart), [2]), 1e-12)), -1 / tau);
  const y = cast(labels, 'float32');
  const distance = abs(sub(reshape(y, [n, 1]), reshape(y, [1, n])));
  const farther = cast(
    greaterOrEqual(reshape(distance, [n, 1, n]), reshape(distance, [n, n, 1])),
    'float32',
  );
  const others = constant(
    Array.from({ length: n * n }, (_, i) => (i % n === Math.floor(i / n) ? 0 : 1)),
    [n, n],
  );
  const top = stopGradient(max(sub(logits, mul(sub(1, others), 1e9)), [1], { keepDims: true }));
  const shifted = sub(logits, top);
  const powers = mul(exp(mul(shifted, others)), others);
  const total = reshape(matmul(farther, reshape(powers, [n, n, 1])), [n, n]);
  // j is in S_ij itself, so only the diagonal, which is not used, could be empty.
  const logP = sub(shifted, log(maximum(total, 1e-30)));
  return neg(div(sum(mul(others, logP)), n * (n - 1)));
}
