// Reductions over axes: sum, mean, max, min, log-sum-exp.

import type { BlockedForm } from '../blocked-form.js';
import { axisOf, node, type Shape, size, type Tensor } from '../graph.js';
import { view } from '../layout.js';
import { meanBlocks } from './blocked.js';
import { broadcastTo } from './broadcast.js';
import { add, cast, div, equal, exp, log, mul, sub } from './elementwise.js';
import { reshape } from './reshape.js';
import { stopGradient } from './stop-gradient.js';

export interface ReduceOptions {
  /** Keep reduced axes as sizes of one. */
  readonly keepDims?: boolean;
}

interface Reduction {
  readonly axes: readonly number[];
  readonly kept: Shape;
  readonly shape: Shape;
}

function reduction(
  op: string,
  x: Tensor,
  axes: readonly number[] | undefined,
  keep?: boolean,
): Reduction {
  const all = axes ?? x.shape.map((_, i) => i);
  const resolved = [...new Set(all.map((a) => axisOf(op, a, x.shape)))].sort((a, b) => a - b);
  const kept = x.shape.map((n, i) => (resolved.includes(i) ? 1 : n));
  return {
    axes: resolved,
    kept,
    shape: keep ? kept : x.shape.filter((_, i) => !resolved.includes(i)),
  };
}

/**
 * Sum and mean of images in blocks: over the pixels by ONNX Runtime's pooling (0.02 ms for 2 MB), then
 * over the batch. Over everything the order does not matter.
 */
function overPixels({ axes, shape }: Reduction, x: Shape, what: 'sum' | 'mean'): BlockedForm {
  const over = axes.join();
  return {
    layout: () => 'plain',
    lower: (emit, [v]) => {
      if (over === x.map((_, i) => i).join()) {
        const all = emit.op(what === 'sum' ? 'ReduceSum' : 'ReduceMean', [v.in(v.layout)], {
          keepdims: 0,
        });
        return shape.length === 0 ? all : view(emit, all, shape);
      }
      if (v.layout !== 'image' || (over !== '2,3' && over !== '0,2,3')) return;
      let result = meanBlocks(emit, v.in('image'), x);
      if (over !== '2,3') result = emit.op('ReduceMean', [result], { axes: [0], keepdims: 0 });
      const count = emit.scalar(size(x) / size(shape));
      return view(emit, what === 'sum' ? emit.op('Mul', [result, count]) : result, shape);
    },
  };
}

/** The sum over `axes` (all, unless named). */
export function sum(x: Tensor, axes?: readonly number[], options: ReduceOptions = {}): Tensor {
  const r = reduction('sum', x, axes, options.keepDims);
  if (r.axes.length === 0) return x;
  return node({
    op: 'sum',
    inputs: [x],
    shape: r.shape,
    dtype: x.dtype,
    lower: (emit, [a]) =>
      emit.op('ReduceSum', [a, emit.ints(r.axes)], { keepdims: options.keepDims ? 1 : 0 }),
    blocked: overPixels(r, x.shape, 'sum'),
    gradient: (dy) => [broadcastTo(reshape(dy, r.kept), x.shape)],
  });
}

/** The mean over `axes` (all, unless named). */
export function mean(x: Tensor, axes?: readonly number[], options: ReduceOptions = {}): Tensor {
  const r = reduction('mean', x, axes, options.keepDims);
  if (r.axes.length === 0) return x;
  const count = size(x.shape) / size(r.shape);
  return node({
    op: 'mean',
    inputs: [x],
    shape: r.shape,
    dtype: x.dtype,
    lower: (emit, [a]) =>
      emit.op('ReduceMean', [a], { axes: r.axes, keepdims: options.keepDims ? 1 : 0 }),
    blocked: overPixels(r, x.shape, 'mean'),
    gradient: (dy) => [broadcastTo(mul(reshape(dy, r.kept), 1 / count), x.shape)],
  });
}

const extremum =
  (op: 'max' | 'min', onnx: 'ReduceMax' | 'ReduceMin') =>
  (x: Tensor, axes?: readonly number[], options: ReduceOptions = {}): Tensor => {
    const r = reduction(op, x, axes, options.keepDims);
    if (r.axes.length === 0) return x;
    return node({
      op,
      inputs: [x],
      shape: r.shape,
      dtype: x.dtype,
      lower: (emit, [a]) =>
        emit.op(onnx, [a], { axes: r.axes, keepdims: options.keepDims ? 1 : 0 }),
      // Elements that tie share the gradient equally.
      gradient: (dy, y) => {
        const hit = cast(equal(x, broadcastTo(reshape(y, r.kept), x.shape)), 'float32');
        const share = div(reshape(dy, r.kept), sum(hit, r.axes, { keepDims: true }));
        return [mul(hit, share)];
      },
    });
  };

/** The largest element over `axes` (all, unless named). */
export const max = extremum('max', 'ReduceMax');
/** The smallest element over `axes` (all, unless named). */
export const min = extremum('min', 'ReduceMin');

/** log(sum(exp(x))) over `axes` (all, unless named), without overflow. */
export function logSumExp(
  x: Tensor,
  axes?: readonly number[],
  options: ReduceOptions = {},
): Tensor {
  const r = reduction('logSumExp', x, axes, options.keepDims);
  const top = stopGradient(max(x, r.axes, { keepDims: true }));
  const total = sum(exp(sub(x, top)), r.axes, { keepDims: true });
  return reshape(add(log(total), top), r.shape);
}

/** The index (int64) of the largest element along `axis`, the first of equals; no gradient. */
export function argMax(x: Tensor, axis = -1): Tensor {
  const r = reduction('argMax', x, [axis]);
  return node({
    op: 'argMax',
    inputs: [x],
    shape: r.shape,
    dtype: 'int64',
    lower: (emit, [a]) => emit.op('ArgMax', [a], { axis: r.axes[0], keepdims: 0 }),
  });
}
