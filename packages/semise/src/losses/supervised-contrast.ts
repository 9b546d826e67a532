// Supervised contrastive learning (Khosla et al., arXiv 2004.11362, eq. 2): every row of the same kind is
// a positive. With the images of one subject as a kind it is a contrast of subjects.

import {
  add,
  constant,
  cosineMatrix,
  div,
  logSoftmax,
  maximum,
  minimum,
  mul,
  neg,
  sum,
  type Tensor,
} from '@semise/autograd';

/**
 * The mean, over rows that have a positive, of the mean over their positives p of
 * -log( exp(cos(z_i, z_p)/tau) / sum over a != i of exp(cos(z_i, z_a)/tau) ). No positive at all gives 0.
 * @param z [N, D] @param positives [N, N], 1 where j is a positive of i, 0 elsewhere; the diagonal is not
 *   read @param tau temperature, > 0
 */
export function supervisedContrast(z: Tensor, positives: Tensor, tau: number): Tensor {
  const [n] = z.shape;
  const self = new Float32Array(n * n);
  const others = new Float32Array(n * n).fill(1);
  for (let i = 0; i < n; i++) {
    self[i * n + i] = -1e9; // a row is never its own candidate
    others[i * n + i] = 0;
  }
  const similarity = mul(cosineMatrix(z, z), 1 / tau);
  const logP = logSoftmax(add(similarity, constant(self, [n, n])));
  const chosen = mul(positives, constant(others, [n, n]));
  const count = sum(chosen, [1]);
  const each = div(sum(mul(chosen, logP), [1]), maximum(count, 1));
  return neg(div(sum(each), maximum(sum(minimum(count, 1)), 1)));
}
