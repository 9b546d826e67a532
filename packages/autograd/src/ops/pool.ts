// Pooling: largest or mean value of each window.

import { node, type Shape, ShapeError, size, type Tensor } from '../graph.js';
import { mean } from './reduce.js';

export interface PoolOptions {
  readonly kernel: number;
  /** Defaults to the kernel: windows side by side. */
  readonly stride?: number;
  readonly padding?: number;
}

function pooledShape(op: string, x: Shape, { kernel, stride = kernel, padding = 0 }: PoolOptions) {
  const spatial = x.slice(2).map((s) => Math.floor((s + 2 * padding - kernel) / stride) + 1);
  if (x.length !== 4 || !(stride >= 1) || spatial.some((s) => s < 1) || padding * 2 > kernel) {
    throw new ShapeError(
      `${op}: image [${x}], kernel ${kernel}, stride ${stride}, padding ${padding}`,
    );
  }
  return [x[0], x[1], ...spatial];
}

const attributes = ({ kernel, stride = kernel, padding = 0 }: PoolOptions) => ({
  kernel_shape: [kernel, kernel],
  strides: [stride, stride],
  pads: [padding, padding, padding, padding],
});

/** The largest value of each window; padding never wins. @param x [N, C, H, W] */
export function maxPool2d(x: Tensor, options: PoolOptions): Tensor {
  const shape = pooledShape('maxPool2d', x.shape, options);
  return node({
    op: 'maxPool2d',
    inputs: [x],
    shape,
    dtype: x.dtype,
    lower: (emit, inputs) => emit.ops('MaxPool', inputs, 2, attributes(options))[0],
    gradient: (dy) => [maxPoolGradient(x, dy, options)],
  });
}

/** dy added where each window's largest value came from, by the indices that MaxPool gives. */
function maxPoolGradient(x: Tensor, dy: Tensor, options: PoolOptions): Tensor {
  return node({
    op: 'maxPoolGradient',
    inputs: [x, dy],
    shape: x.shape,
    dtype: x.dtype,
    lower: (emit, [image, grad]) => {
      const [, indices] = emit.ops('MaxPool', [image], 2, attributes(options));
      const flat = emit.ints([-1]);
      const zero = emit.op('Expand', [emit.scalar(0), emit.ints([size(x.shape)])]);
      const sum = emit.op(
        'ScatterElements',
        [zero, emit.op('Reshape', [indices, flat]), emit.op('Reshape', [grad, flat])],
        { axis: 0, reduction: 'add' },
      );
      return emit.op('Reshape', [sum, emit.ints(x.shape)]);
    },
  });
}

/** The mean of each window, padding counted as zeros (PyTorch's default). @param x [N, C, H, W] */
export function avgPool2d(x: Tensor, options: PoolOptions): Tensor {
  const shape = pooledShape('avgPool2d', x.shape, options);
  return node({
    op: 'avgPool2d',
    inputs: [x],
    shape,
    dtype: x.dtype,
    lower: (emit, inputs) =>
      emit.op('AveragePool', inputs, { ...attributes(options), count_include_pad: 1 }),
    gradient: (dy) => [avgPoolGradient(dy, x.shape, options)],
  });
}

/** Each output's gradient spread evenly over its window: a transposed convolution a channel. */
function avgPoolGradient(dy: Tensor, shape: Shape, options: PoolOptions): Tensor {
  const { kernel, stride = kernel, padding = 0 } = options;
  const [, channels] = shape;
  return node({
    op: 'avgPoolGradient',
    inputs: [dy],
    shape,
    dtype: dy.dtype,
    lower: (emit, [grad]) => {
      const weight = emit.constant(
        new Float32Array(channels * kernel * kernel).fill(1 / (kernel * kernel)),
        [channels, 1, kernel, kernel],
        'float32',
      );
      return emit.op('ConvTranspose', [grad, weight], {
        ...attributes(options),
        group: channels,
        output_padding: [2, 3].map(
          (i) => shape[i] - ((dy.shape[i] - 1) * stride - 2 * padding + kernel),
        ),
      });
    },
    gradient: (d) => [avgPool2d(d, options)],
  });
}

/** The mean over the whole image. @param x [N, C, H, W] @returns [N, C] */
export function globalAvgPool2d(x: Tensor): Tensor {
  if (x.shape.length !== 4) throw new ShapeError(`globalAvgPool2d: image [${x.shape}]`);
  return mean(x, [2, 3]);
}
