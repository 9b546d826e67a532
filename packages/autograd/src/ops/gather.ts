// Choosing by index: gather, scatter-add, one-hot.

import { axisOf, constant, node, type Shape, ShapeError, size, type Tensor } from '../graph.js';
import { reshape } from './reshape.js';
import { transpose } from './transpose.js';

/**
 * Rows of `x` along `axis` at `indices` (int64 or int32, any shape). An index may repeat.
 * @returns the shape of `x` with `axis` replaced by the shape of `indices`
 */
export function gather(x: Tensor, indices: Tensor, axis = 0): Tensor {
  const a = axisOf('gather', axis, x.shape);
  const shape = [...x.shape.slice(0, a), ...indices.shape, ...x.shape.slice(a + 1)];
  return node({
    op: 'gather',
    inputs: [x, indices],
    shape,
    dtype: x.dtype,
    lower: (emit, inputs) => emit.op('Gather', inputs, { axis: a }),
    gradient: (dy) => {
      // Bring the gathered axes to the front, add the rows up where they came from, move back.
      const before = x.shape.slice(0, a).map((_, i) => i);
      const gathered = indices.shape.map((_, i) => a + i);
      const after = x.shape.slice(a + 1).map((_, i) => a + indices.shape.length + i);
      const rows = reshape(transpose(dy, [...gathered, ...before, ...after]), [
        size(indices.shape),
        size(x.shape) / x.shape[a],
      ]);
      const front = [x.shape[a], ...x.shape.slice(0, a), ...x.shape.slice(a + 1)];
      const summed = reshape(scatterAdd(rows, reshape(indices, [-1]), x.shape[a]), front);
      const back = x.shape.map((_, i) => (i < a ? i + 1 : i === a ? 0 : i));
      return [transpose(summed, back), null];
    },
  });
}

/**
 * Adds rows into a zero matrix: result[indices[i]] += rows[i].
 * @param rows [M, D] @param indices [M], int64 or int32 @returns [count, D]
 */
export function scatterAdd(rows: Tensor, indices: Tensor, count: number): Tensor {
  const [m, d] = rows.shape;
  if (rows.shape.length !== 2 || indices.shape.join() !== `${m}`) {
    throw new ShapeError(`scatterAdd: rows [${rows.shape}] at indices [${indices.shape}]`);
  }
  return node({
    op: 'scatterAdd',
    inputs: [rows, indices],
    shape: [count, d],
    dtype: 'float32',
    lower: (emit, [r, i]) => {
      const zero = emit.op('Expand', [emit.scalar(0), emit.ints([count, d])]);
      // The WebGPU provider leaves work on 64-bit integers to the CPU (onnxruntime 1.30).
      const narrow = emit.provider === 'webgpu' ? emit.op('Cast', [i], { to: 6 }) : i;
      const column = emit.op('Reshape', [narrow, emit.ints([m, 1])]);
      const at = emit.op('Expand', [column, emit.ints([m, d])]);
      return emit.op('ScatterElements', [zero, at, r], { axis: 0, reduction: 'add' });
    },
    gradient: (dy) => [gather(dy, indices), null],
  });
}

/** 1 at each index, 0 elsewhere. An index outside [0, depth) gives a row of zeros. @returns [..., depth], float32 */
export function oneHot(indices: Tensor, depth: number): Tensor {
  return node({
    op: 'oneHot',
    inputs: [indices, constant([...Array(depth).keys()], [depth], indices.dtype)],
    shape: [...indices.shape, depth] satisfies Shape,
    dtype: 'float32',
    lower: (emit, [i, classes]) =>
      emit.op(
        'Cast',
        [emit.op('Equal', [emit.op('Unsqueeze', [i, emit.ints([indices.shape.length])]), classes])],
        { to: 1 },
      ),
  });
}
