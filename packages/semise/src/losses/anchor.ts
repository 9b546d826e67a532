// The normality anchor: severity as the distance from health, D(z, z_h) / T (SEMISE and ConPrO).
// Two forms: one anchor for all, the moving average of healthy embeddings, or a healthy image of the
// batch for each row.

import {
  add,
  cast,
  cosineDistance,
  div,
  equal,
  gather,
  maximum,
  minimum,
  mul,
  normalize,
  reshape,
  stopGradient,
  sub,
  sum,
  type Tensor,
} from '@semise/autograd';

/**
 * The anchor after this batch: decay * anchor + (1 - decay) * mean of the healthy rows' unit
 * embeddings; unchanged where the batch has none.
 * @param anchor [D] @param z [N, D] @param grades [N], int32 @param weights [N], >= 0
 */
export function nextAnchor(
  anchor: Tensor,
  z: Tensor,
  grades: Tensor,
  weights: Tensor,
  decay: number,
): Tensor {
  const healthy = mul(weights, cast(equal(cast(grades, 'float32'), 0), 'float32'));
  const total = sum(healthy);
  const unit = stopGradient(normalize(z));
  const centre = div(sum(mul(unit, reshape(healthy, [-1, 1])), [0]), maximum(total, 1e-6));
  const rate = mul(minimum(total, 1), 1 - decay);
  return add(mul(anchor, sub(1, rate)), mul(centre, rate));
}

/** D(z, anchor) / T. @param z [N, D] @param anchor [D], no gradient flows into it @returns [N] */
export const distanceToAnchor = (z: Tensor, anchor: Tensor, temperature: number): Tensor =>
  mul(cosineDistance(z, reshape(stopGradient(anchor), [1, -1])), 1 / temperature);

/**
 * D(z_i, z_h(i)) / T with a sampled healthy row for each.
 * @param z [N, D] @param healthyRow [N], int64: a healthy row of z for each row @returns [N]
 */
export const distanceToSampled = (z: Tensor, healthyRow: Tensor, temperature: number): Tensor =>
  mul(cosineDistance(z, stopGradient(gather(z, healthyRow))), 1 / temperature);
