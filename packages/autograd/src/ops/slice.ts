// Parts of a tensor and tensors put together: slice, pad, concat.

import { axisOf, constant, node, type Shape, ShapeError, type Tensor } from '../graph.js';
import { fits, view } from '../layout.js';

/** Images in blocks of channels, as lists of blocks: parts of them are put together as they lie. */
const asBlocks = ([n, c, h, w]: Shape, block: number): Shape => [n, c / block, h * w * block];

/** Elements start, start + step, ... below `end` along `axis`. */
export function slice(x: Tensor, axis: number, start: number, end: number, step = 1): Tensor {
  const a = axisOf('slice', axis, x.shape);
  if (start < 0 || end > x.shape[a] || start >= end || step < 1) {
    throw new ShapeError(`slice: ${start}:${end}:${step} of axis ${a} of [${x.shape}]`);
  }
  const count = Math.ceil((end - start) / step);
  if (count === x.shape[a]) return x;
  return node({
    op: 'slice',
    inputs: [x],
    shape: x.shape.map((n, i) => (i === a ? count : n)),
    dtype: x.dtype,
    lower: (emit, [v]) =>
      emit.op('Slice', [
        v,
        emit.ints([start]),
        emit.ints([end]),
        emit.ints([a]),
        emit.ints([step]),
      ]),
    blocked: {
      layout: ([layout], block) =>
        layout === 'image' && a === 1 && step === 1 && start % block === 0 && count % block === 0
          ? 'image'
          : 'plain',
      lower: (emit, [image], layout) => {
        if (layout !== 'image') return;
        const [from, to] = [start / emit.block, (start + count) / emit.block];
        const blocks = view(emit, image.in('image'), asBlocks(x.shape, emit.block));
        const part = emit.op('Slice', [blocks, emit.ints([from]), emit.ints([to]), emit.ints([1])]);
        return view(emit, part, [x.shape[0], count, ...x.shape.slice(2)]);
      },
    },
    gradient: (dy) => [
      step === 1 ? pad(dy, a, start, x.shape[a] - end) : spread(dy, a, start, step, x.shape[a]),
    ],
  });
}

/** Zeros (or `value`) before and after, along one axis. */
export function pad(x: Tensor, axis: number, before: number, after: number, value = 0): Tensor {
  const a = axisOf('pad', axis, x.shape);
  if (before < 0 || after < 0) {
    throw new ShapeError(`pad: ${before} before and ${after} after axis ${a} of [${x.shape}]`);
  }
  if (before + after === 0) return x;
  return node({
    op: 'pad',
    inputs: [x, constant(value, [], x.dtype)],
    shape: x.shape.map((n, i) => (i === a ? n + before + after : n)),
    dtype: x.dtype,
    lower: (emit, [v, fill]) => {
      const pads = x.shape.map((_, i) => (i === a ? before : 0));
      pads.push(...x.shape.map((_, i) => (i === a ? after : 0)));
      return emit.op('Pad', [v, emit.ints(pads), fill]);
    },
    gradient: (dy) => [slice(dy, a, before, before + x.shape[a]), null],
  });
}

/** The inverse of a strided slice: x at start, start + step, ... of a zero axis of `length`. */
function spread(x: Tensor, axis: number, start: number, step: number, length: number): Tensor {
  const shape = x.shape.map((n, i) => (i === axis ? length : n));
  return node({
    op: 'spread',
    inputs: [x],
    shape,
    dtype: x.dtype,
    lower: (emit, [v]) => {
      // [.., n, ..] -> [.., n, 1, ..] -> zeros after each -> [.., n * step, ..] -> cut and shift.
      const n = x.shape[axis];
      const apart = emit.op('Unsqueeze', [v, emit.ints([axis + 1])]);
      const rank = x.shape.length + 1;
      const pads = Array<number>(2 * rank).fill(0);
      pads[rank + axis + 1] = step - 1;
      const zeros = emit.op('Pad', [apart, emit.ints(pads), emit.scalar(0)]);
      const flat = emit.op('Reshape', [
        zeros,
        emit.ints(x.shape.map((m, i) => (i === axis ? n * step : m))),
      ]);
      const shift = Array<number>(2 * x.shape.length).fill(0);
      shift[axis] = start;
      shift[x.shape.length + axis] = length - start - n * step; // negative pads cut
      return emit.op('Pad', [flat, emit.ints(shift), emit.scalar(0)]);
    },
    gradient: (dy) => [slice(dy, axis, start, start + (x.shape[axis] - 1) * step + 1, step)],
  });
}

/** Tensors one after another along `axis`; their other sizes must agree. */
export function concat(tensors: readonly Tensor[], axis = 0): Tensor {
  const [first] = tensors;
  if (!first) throw new ShapeError('concat: no tensors');
  const a = axisOf('concat', axis, first.shape);
  for (const t of tensors) {
    if (
      t.shape.length !== first.shape.length ||
      t.shape.some((n, i) => i !== a && n !== first.shape[i])
    ) {
      throw new ShapeError(`concat: [${first.shape}] and [${t.shape}] along axis ${a}`);
    }
  }
  if (tensors.length === 1) return first;
  return node({
    op: 'concat',
    inputs: tensors,
    shape: first.shape.map((n, i) => (i === a ? tensors.reduce((s, t) => s + t.shape[a], 0) : n)),
    dtype: first.dtype,
    lower: (emit, inputs) => emit.op('Concat', inputs, { axis: a }),
    blocked: {
      layout: (layouts, block) =>
        a === 1 && layouts.includes('image') && tensors.every((t) => fits('image', t.shape, block))
          ? 'image'
          : 'plain',
      lower: (emit, inputs, layout) => {
        if (layout !== 'image') return;
        const parts = inputs.map((v) => view(emit, v.in('image'), asBlocks(v.shape, emit.block)));
        const [n, , h, w] = first.shape;
        const channels = tensors.reduce((sum, t) => sum + t.shape[1], 0);
        return view(emit, emit.op('Concat', parts, { axis: 1 }), [n, channels, h, w]);
      },
    },
    gradient: (dy) => {
      let start = 0;
      return tensors.map((t) => {
        const part = slice(dy, a, start, start + t.shape[a]);
        start += t.shape[a];
        return part;
      });
    },
  });
}
