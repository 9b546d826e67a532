// Healthy-anomaly discrimination: SEMISE's phase-1 contrast (arXiv 2501.03848, L_SupCon).

import {
  add,
  cast,
  constant,
  cosineMatrix,
  div,
  equal,
  greater,
  maximum,
  mul,
  reshape,
  square,
  sub,
  sum,
  type Tensor,
} from '@semise/autograd';

/**
 * 1/(2P) * sum over the P pairs of graded images of [ y D² + (1 - y) max(0, m - D)² ], D = 1 - cos,
 * y = 1 where both are healthy (grade 0) or both are not. Rows of weight 0 form no pair; no pair at
 * all gives 0.
 * @param z [N, D] @param grades [N], int32 @param weights [N], 0 or 1 @param margin m, in (0, 2]
 */
export function healthyAnomaly(z: Tensor, grades: Tensor, weights: Tensor, margin: number): Tensor {
  const [n] = z.shape;
  const anomalous = cast(greater(cast(grades, 'float32'), 0), 'float32');
  const same = cast(equal(reshape(anomalous, [n, 1]), reshape(anomalous, [1, n])), 'float32');
  const once = new Float32Array(n * n);
  for (let i = 0; i < n; i++) for (let j = i + 1; j < n; j++) once[i * n + j] = 1;
  const pair = mul(constant(once, [n, n]), mul(reshape(weights, [n, 1]), reshape(weights, [1, n])));
  const distance = sub(1, cosineMatrix(z, z));
  const pull = mul(same, square(distance));
  const push = mul(sub(1, same), square(maximum(sub(margin, distance), 0)));
  const pairs = sum(pair);
  return div(sum(mul(pair, add(pull, push))), mul(2, maximum(pairs, 1)));
}
