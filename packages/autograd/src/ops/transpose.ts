// Axes in another order.

import { node, ShapeError, type Tensor } from '../graph.js';

/** Axis i of the result is axis `order[i]` of `x`; by default the order is reversed. */
export function transpose(x: Tensor, order?: readonly number[]): Tensor {
  const perm = order ?? x.shape.map((_, i) => x.shape.length - 1 - i);
  if ([...perm].sort((a, b) => a - b).join() !== x.shape.map((_, i) => i).join()) {
    throw new ShapeError(`transpose: order [${perm}] of a tensor of shape [${x.shape}]`);
  }
  if (perm.every((axis, i) => axis === i)) return x;
  return node({
    op: 'transpose',
    inputs: [x],
    shape: perm.map((axis) => x.shape[axis]),
    dtype: x.dtype,
    lower: (emit, [a]) => emit.op('Transpose', [a], { perm }),
    gradient: (dy) => [
      transpose(
        dy,
        perm.map((_, i) => perm.indexOf(i)),
      ),
    ],
  });
}
