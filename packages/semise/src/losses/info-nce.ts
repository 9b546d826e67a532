// InfoNCE against keys of other images, of this batch and of a queue of earlier ones (MoCo, arXiv
// 1911.05722, eq. 1; v2: 2003.04297), and the queue itself.

import {
  add,
  argMax,
  concat,
  constant,
  cosineMatrix,
  gather,
  logSoftmax,
  minimum,
  mul,
  neg,
  normalize,
  reshape,
  slice,
  square,
  stopGradient,
  sub,
  sum,
  type Tensor,
} from '@semise/autograd';

/**
 * The mean of -log( exp(cos(q_i, k_i)/tau) / sum over all keys of exp(cos(q_i, k)/tau) ).
 * @param queries [N, D] @param keys [N, D], the i-th belongs to the i-th query; no gradient is stopped
 * @param queue [Q, D], further negatives; rows of zeros are not there yet @param tau temperature, > 0
 */
export function infoNce(queries: Tensor, keys: Tensor, tau: number, queue?: Tensor): Tensor {
  const [n] = queries.shape;
  const own = mul(cosineMatrix(queries, keys), 1 / tau);
  const logits = queue
    ? concat([own, add(mul(cosineMatrix(queries, queue), 1 / tau), missing(queue))], 1)
    : own;
  const diagonal = new Float32Array(n * logits.shape[1]);
  for (let i = 0; i < n; i++) diagonal[i * logits.shape[1] + i] = 1;
  const chosen = mul(logSoftmax(logits), constant(diagonal, logits.shape));
  return neg(mul(sum(chosen), 1 / n));
}

/** 0 for each row of a queue that is there, far below for those still empty. @returns [1, Q] */
function missing(queue: Tensor): Tensor {
  const there = minimum(mul(sum(square(queue), [1]), 1e6), 1);
  return mul(sub(reshape(there, [1, queue.shape[0]]), 1), 1e9);
}

/** The queue after this batch: its keys, of unit length, in front, the oldest gone. */
export function nextQueue(queue: Tensor, keys: Tensor): Tensor {
  const [q] = queue.shape;
  const fresh = stopGradient(normalize(keys));
  const [n] = keys.shape;
  return n >= q ? slice(fresh, 0, 0, q) : concat([fresh, slice(queue, 0, 0, q - n)]);
}

/**
 * The row of a queue that is nearest to each embedding: a positive that is another image (NNCLR, arXiv
 * 2104.14548). Of an empty queue a row of zeros. @param z [N, D] @returns [N, D], no gradient
 */
export function nearest(z: Tensor, queue: Tensor): Tensor {
  const closeness = add(cosineMatrix(z, queue), missing(queue));
  return gather(stopGradient(queue), argMax(stopGradient(closeness)));
}
