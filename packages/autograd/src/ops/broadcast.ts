// Broadcasting: shapes of different rank or with sizes of one meet as in NumPy and ONNX.

import { node, type Shape, ShapeError, size, type Tensor } from '../graph.js';
import { shapeIn, view } from '../layout.js';
import { inMemory, spread } from './blocked.js';
import { sum } from './reduce.js';
import { reshape } from './reshape.js';

/** The shape that `a` and `b` broadcast to. @throws ShapeError where they do not fit. */
export function broadcastShapes(op: string, a: Shape, b: Shape): number[] {
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, i) => {
    const m = a[i - rank + a.length] ?? 1;
    const n = b[i - rank + b.length] ?? 1;
    if (m !== n && m !== 1 && n !== 1) {
      throw new ShapeError(`${op}: shapes [${a}] and [${b}] do not broadcast`);
    }
    return m === 1 ? n : m;
  });
}

/** Sums a gradient back to the shape its input had before broadcasting. */
export function sumTo(x: Tensor, shape: Shape): Tensor {
  if (x.shape.join() === shape.join()) return x;
  const lead = x.shape.length - shape.length;
  const axes = x.shape.flatMap((n, i) =>
    i < lead || (shape[i - lead] === 1 && n !== 1) ? [i] : [],
  );
  return reshape(sum(x, axes), shape);
}

/** Repeats sizes of one (and missing leading axes) up to `shape`. */
export function broadcastTo(x: Tensor, shape: Shape): Tensor {
  if (x.shape.join() === shape.join()) return x;
  if (broadcastShapes('broadcastTo', x.shape, shape).join() !== shape.join()) {
    throw new ShapeError(`broadcastTo: [${x.shape}] does not broadcast to [${shape}]`);
  }
  return node({
    op: 'broadcastTo',
    inputs: [x],
    shape,
    dtype: x.dtype,
    // Sizes that stay are left to the run: in an exported model the batch is open.
    lower: (emit, [a]) =>
      emit.op('Expand', [
        a,
        emit.ints(shape.map((n, i) => (n === x.shape[i - shape.length + x.shape.length] ? 1 : n))),
      ]),
    blocked: {
      flexible: true,
      layout: () => 'plain',
      lower: (emit, [a], layout) => {
        if (size(a.shape) === 1) {
          const one = view(emit, a.in('plain'), [1]);
          return emit.op('Expand', [one, emit.ints(shapeIn(layout, shape))]);
        }
        const part = layout === 'image' && spread(emit, a);
        if (!part) return;
        const whole = emit.op('Expand', [part, emit.ints(inMemory(shape, emit.block))]);
        return view(emit, whole, shape);
      },
    },
    gradient: (dy) => [sumTo(dy, x.shape)],
  });
}

/** How many elements of `shape` share one value of `part` broadcast to it. */
export const repeats = (shape: Shape, part: Shape): number => size(shape) / size(part);
