// NT-Xent, the self-supervised loss of SimCLR (arXiv 2002.05709, eq. 1; SEMISE's L_NT-Xent).

import {
  add,
  constant,
  cosineMatrix,
  logSoftmax,
  mean,
  mul,
  neg,
  ShapeError,
  sum,
  type Tensor,
} from '@semise/autograd';

/**
 * The mean over the 2N views of -log( exp(cos(z_i, z_j)/tau) / sum over k != i of exp(cos(z_i, z_k)/tau) ).
 * @param z [2N, D]: the first views of N images, then their second views @param tau temperature, > 0
 */
export function ntXent(z: Tensor, tau: number): Tensor {
  const [views] = z.shape;
  if (z.shape.length !== 2 || views % 2 !== 0) {
    throw new ShapeError(`ntXent: embeddings [${z.shape}], expected two views of each image`);
  }
  const n = views / 2;
  const self = new Float32Array(views * views);
  const other = new Float32Array(views * views);
  for (let i = 0; i < views; i++) {
    self[i * views + i] = -1e9; // a view is never its own candidate
    other[i * views + ((i + n) % views)] = 1;
  }
  const similarity = mul(cosineMatrix(z, z), 1 / tau);
  const logP = logSoftmax(add(similarity, constant(self, [views, views])));
  return neg(mean(sum(mul(logP, constant(other, [views, views])), [1])));
}
