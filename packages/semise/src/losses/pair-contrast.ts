// The contrast of pairs (Hadsell et al., CVPR 2006): like ones are pulled together, unlike ones pushed
// apart up to a margin. What "like" means, its user says.

import {
  add,
  constant,
  cosineMatrix,
  div,
  maximum,
  mul,
  reshape,
  square,
  sub,
  sum,
  type Tensor,
} from '@semise/autograd';

/**
 * 1/(2P) * sum over the P pairs of [ y D² + (1 - y) max(0, m - D)² ], D = 1 - cos. Rows of weight 0 form
 * no pair; no pair at all gives 0.
 * @param z [N, D] @param same y, [N, N], 1 or 0 @param weights [N], 0 or 1 @param margin m, in (0, 2]
 */
export function pairContrast(z: Tensor, same: Tensor, weights: Tensor, margin: number): Tensor {
  const [n] = z.shape;
  const once = new Float32Array(n * n);
  for (let i = 0; i < n; i++) for (let j = i + 1; j < n; j++) once[i * n + j] = 1;
  const pair = mul(constant(once, [n, n]), mul(reshape(weights, [n, 1]), reshape(weights, [1, n])));
  const distance = sub(1, cosineMatrix(z, z));
  const pull = mul(same, square(distance));
  const push = mul(sub(1, same), square(maximum(sub(margin, distance), 0)));
  return div(sum(mul(pair, add(pull, push))), mul(2, maximum(sum(pair), 1)));
}
