// Distance to a pool of healthy images: severity as the median distance to many of them
// (Li et al., npj Digital Medicine 3:48, 2020).

import {
  add,
  cast,
  constant,
  cosineMatrix,
  equal,
  less,
  mul,
  reshape,
  sub,
  sum,
  type Tensor,
} from '@semise/autograd';

/**
 * The median of the cosine distances to the pool; of an even number, the lower of the two in the middle.
 * @param z [N, D] @param pool [M, D], M >= 1 @returns [N], in [0, 2]
 */
export function distanceToPool(z: Tensor, pool: Tensor): Tensor {
  const [m] = pool.shape;
  const distances = sub(1, cosineMatrix(z, pool));
  // The place of each distance among those of its row, equal ones in the order of the pool.
  const own = reshape(distances, [-1, m, 1]);
  const others = reshape(distances, [-1, 1, m]);
  const earlier = constant(
    Array.from({ length: m * m }, (_, i) => (i % m < Math.floor(i / m) ? 1 : 0)),
    [1, m, m],
  );
  const below = cast(less(others, own), 'float32');
  const level = mul(cast(equal(others, own), 'float32'), earlier);
  const place = sum(add(below, level), [2]);
  const middle = cast(equal(place, Math.floor((m - 1) / 2)), 'float32');
  return sum(mul(distances, middle), [1]);
}
