// The same elements under another shape.

import { node, type Shape, ShapeError, size, type Tensor } from '../graph.js';

/**
 * The elements of `x` in row-major order under `shape`; one size may be -1 and is worked out.
 * @throws ShapeError if the numbers of elements differ
 */
export function reshape(x: Tensor, shape: Shape): Tensor {
  const known = size(shape.filter((n) => n !== -1));
  const dims = shape.map((n) => (n === -1 ? size(x.shape) / known : n));
  if (size(dims) !== size(x.shape) || dims.some((n) => !Number.isInteger(n))) {
    throw new ShapeError(`reshape: [${x.shape}] does not fit [${shape}]`);
  }
  if (dims.join() === x.shape.join()) return x;
  return node({
    op: 'reshape',
    inputs: [x],
    shape: dims,
    dtype: x.dtype,
    lower: (emit, [a]) => {
      // 0 copies the leading size, so that an exported model takes a batch of any size.
      const keepsBatch = dims.length > 0 && dims[0] === x.shape[0];
      // And -1 stays open (but of nothing ONNX cannot work it out), so that several rows of each image can be rows of the batch.
      const open = size(dims) > 0 ? shape : dims;
      return emit.op('Reshape', [a, emit.ints(keepsBatch ? [0, ...dims.slice(1)] : open)]);
    },
    gradient: (dy) => [reshape(dy, x.shape)],
  });
}

/** [N, ...] as [N, the rest]. */
export const flatten = (x: Tensor): Tensor => reshape(x, [x.shape[0], size(x.shape.slice(1))]);
