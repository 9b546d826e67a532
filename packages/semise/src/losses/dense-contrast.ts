// Dense contrast (Wang et al., arXiv 2011.09157): places of two views are compared, not whole images. A
// lesion is a place, so what makes it one is kept where a contrast of whole images may forget it.

import {
  add,
  argMax,
  concat,
  constant,
  cosineMatrix,
  logSoftmax,
  matmul,
  mean,
  mul,
  neg,
  normalize,
  oneHot,
  reshape,
  slice,
  stopGradient,
  sum,
  type Tensor,
  transpose,
} from '@semise/autograd';

/** A feature map as places: [N, C, H, W] -> [N, H W, C]. */
export function places(map: Tensor): Tensor {
  const [n, c, h, w] = map.shape;
  return transpose(reshape(map, [n, c, h * w]), [0, 2, 1]);
}

/**
 * The mean over all places p of the first views of -log( e+ / (e+ + sum of e-) ), e = exp(cos / tau): e+
 * with its match in the second view of the image, the place whose backbone features are most alike, e-
 * with the mean place of the second view of each other image.
 * @param a, b projected places of the two views [N, P, D]
 * @param from, to backbone features of the same places [N, P, C]; no gradient flows through the match
 */
export function denseContrast(a: Tensor, b: Tensor, from: Tensor, to: Tensor, tau: number): Tensor {
  const [n, p, d] = a.shape;
  const likeness = matmul(
    stopGradient(normalize(from)),
    transpose(stopGradient(normalize(to)), [0, 2, 1]),
  );
  const matches = matmul(oneHot(argMax(likeness), p), normalize(b));
  const positive = reshape(sum(mul(normalize(a), matches), [2]), [n * p, 1]);
  const negative = cosineMatrix(reshape(a, [n * p, d]), mean(normalize(b), [1]));
  const own = Array.from({ length: n * p * n }, (_, i) =>
    Math.floor(i / (n * p)) === i % n ? -1e9 : 0,
  );
  const logits = concat(
    [mul(positive, 1 / tau), add(mul(negative, 1 / tau), constant(own, [n * p, n]))],
    1,
  );
  return neg(mean(slice(logSoftmax(logits), 1, 0, 1)));
}
