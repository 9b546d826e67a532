// VICReg (Bardes et al., arXiv 2105.04906): two views alike, each dimension spread out, no two dimensions
// telling the same. It needs no negatives.

import {
  add,
  constant,
  gemm,
  maximum,
  mean,
  mul,
  sqrt,
  square,
  sub,
  sum,
  type Tensor,
} from '@semise/autograd';

export interface VicregWeights {
  readonly invariance: number;
  readonly variance: number;
  readonly covariance: number;
}

/** The paper's weights (section 4.2). */
export const VICREG: VicregWeights = { invariance: 25, variance: 25, covariance: 1 };

/**
 * weights . [ mean squared difference; hinge of each dimension's deviation below 1, mean of both views;
 * squared covariances of different dimensions / D, summed over both views ] (eq. 1-6, with the halves of
 * the authors' code).
 * @param a first views [N, D] @param b second views [N, D], N >= 2
 */
export function vicreg(a: Tensor, b: Tensor, weights: VicregWeights = VICREG): Tensor {
  const spread = mul(add(hinge(a), hinge(b)), 0.5);
  const shared = add(offDiagonal(a), offDiagonal(b));
  return add(
    mul(mean(square(sub(a, b))), weights.invariance),
    add(mul(spread, weights.variance), mul(shared, weights.covariance)),
  );
}

const centred = (z: Tensor): Tensor => sub(z, mean(z, [0], { keepDims: true }));

/** Mean of max(0, 1 - deviation) over the dimensions. */
function hinge(z: Tensor): Tensor {
  const variance = mul(sum(square(centred(z)), [0]), 1 / (z.shape[0] - 1));
  return mean(maximum(sub(1, sqrt(add(variance, 1e-4))), 0));
}

/** Sum of squared covariances off the diagonal, by D. */
function offDiagonal(z: Tensor): Tensor {
  const [n, d] = z.shape;
  const c = centred(z);
  const covariance = mul(gemm(c, c, { transA: true }), 1 / (n - 1));
  const off = Array.from({ length: d * d }, (_, i) => (i % d === Math.floor(i / d) ? 0 : 1));
  return mul(sum(mul(square(covariance), constant(off, [d, d]))), 1 / d);
}
