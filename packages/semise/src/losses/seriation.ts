// Seriation with labels: where the unlabelled images of a batch stand between the labelled ones, of which
// only likeness is known (generalised spectral seriation, arXiv 2512.09267; the harmonic function of Zhu
// et al., ICML 2003).

import {
  add,
  cast,
  constant,
  div,
  gemm,
  greater,
  maximum,
  mul,
  reshape,
  slice,
  stopGradient,
  sum,
  type Tensor,
} from '@semise/autograd';

/** The series of powers is summed up to 2 to this. */
const DOUBLINGS = 10;

/**
 * The values r of the unlabelled rows that solve L_uu r = -L_ul y, L = D - S the Laplacian of likeness:
 * each is the mean of all others, weighted by likeness.
 * @param similarity S, [U + L, U + L], symmetric, >= 0, unlabelled rows first, every one of them like some
 *   labelled one @param labels y, [L] @returns r, [U]; no gradient
 */
export function seriate(similarity: Tensor, labels: Tensor): Tensor {
  const [n] = similarity.shape;
  const known = labels.shape[0];
  const unknown = n - known;
  const off = Array.from({ length: n * n }, (_, i) => (i % n === Math.floor(i / n) ? 0 : 1));
  const s = mul(stopGradient(similarity), constant(off, [n, n]));
  const p = div(s, maximum(sum(s, [1], { keepDims: true }), 1e-12));
  const rows = slice(p, 0, 0, unknown);
  // r = (I - P_uu)^-1 P_ul y, and (I - P)^-1 = (I + P)(I + P²)(I + P⁴)...
  let power = slice(rows, 1, 0, unknown);
  let r = gemm(slice(rows, 1, unknown, n), reshape(cast(labels, 'float32'), [known, 1]));
  for (let i = 0; i < DOUBLINGS; i++) {
    r = add(r, gemm(power, r));
    power = gemm(power, power);
  }
  return reshape(r, [unknown]);
}

/** For each value the share of the others that are smaller. @param values [N] @returns [N], in [0, 1] */
export function rankShares(values: Tensor): Tensor {
  const [n] = values.shape;
  const below = cast(greater(reshape(values, [n, 1]), reshape(values, [1, n])), 'float32');
  return mul(sum(below, [1]), 1 / Math.max(1, n - 1));
}
