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
      return emit.op('Reshape', [a, emit.ints(keepsBatch ? [0, ...dims.slice(1)] : dims)]);
    },
    gradient: (dy) => [reshape(dy, x.shape)],
  });
}

/** [N, ...] as [N, the rest]. */
export const flatten = (x: Tensor): Tensor => reshape(x, [x.shape[0], size(x.shape.slice(1))]);
