// Softmax and log-softmax along one axis.

import type { Emitter } from '../emitter.js';
import { axisOf, node, type Tensor } from '../graph.js';
import { exp, mul, sub } from './elementwise.js';
import { sum } from './reduce.js';

/** exp(x) / sum(exp(x)) along `axis`. */
export function softmax(x: Tensor, axis = -1): Tensor {
  const a = axisOf('softmax', axis, x.shape);
  return node({
    op: 'softmax',
    inputs: [x],
    shape: x.shape,
    dtype: x.dtype,
    lower: (emit, inputs) => emit.op('Softmax', inputs, { axis: a }),
    gradient: (dy, y) => [mul(y, sub(dy, sum(mul(dy, y), [a], { keepDims: true })))],
  });
}

/** log(softmax(x)) along `axis`, without overflow. */
export function logSoftmax(x: Tensor, axis = -1): Tensor {
  const a = axisOf('logSoftmax', axis, x.shape);
  return node({
    op: 'logSoftmax',
    inputs: [x],
    shape: x.shape,
    dtype: x.dtype,
    lower: (emit, inputs) =>
      emit.provider === 'webgpu'
        ? logSoftmaxByParts(emit, inputs[0], a)
        : emit.op('LogSoftmax', inputs, { axis: a }),
    gradient: (dy, y) => [sub(dy, mul(exp(y), sum(dy, [a], { keepDims: true })))],
  });
}

/** The WebGPU provider has no LogSoftmax (onnxruntime 1.30). */
function logSoftmaxByParts(emit: Emitter, x: string, axis: number): string {
  const top = emit.op('ReduceMax', [x], { axes: [axis], keepdims: 1 });
  const below = emit.op('Sub', [x, top]);
  const total = emit.op('ReduceSum', [emit.op('Exp', [below]), emit.ints([axis])], { keepdims: 1 });
  return emit.op('Sub', [below, emit.op('Log', [total])]);
}
