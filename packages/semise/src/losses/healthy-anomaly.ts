// Healthy-anomaly discrimination: SEMISE's phase-1 contrast (arXiv 2501.03848, L_SupCon).

import { cast, greater, type Tensor } from '@semise/autograd';
import { alike } from './alike.js';
import { pairContrast } from './pair-contrast.js';

/**
 * The contrast of pairs with y = 1 where both are healthy (grade 0) or both are not.
 * @param z [N, D] @param grades [N], int32 @param weights [N], 0 or 1 @param margin m, in (0, 2]
 */
export const healthyAnomaly = (
  z: Tensor,
  grades: Tensor,
  weights: Tensor,
  margin: number,
): Tensor => {
  const anomalous = cast(greater(cast(grades, 'float32'), 0), 'float32');
  return pairContrast(z, alike(anomalous), weights, margin);
};
