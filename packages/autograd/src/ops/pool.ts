// Pooling: largest or mean value of each window.

import type { Emitter } from '../emitter.js';
import { node, type Shape, ShapeError, type Tensor } from '../graph.js';
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
    lower: (emit, inputs) =>
      emit.provider === 'webgpu'
        ? emit.op('MaxPool', inputs, attributes(options))
        : emit.ops('MaxPool', inputs, 2, attributes(options))[0],
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
      if (emit.provider === 'webgpu') {
        return maxPoolGradientByTaps(emit, image, grad, x.shape, dy.shape, options);
      }
      const [, indices] = emit.ops('MaxPool', [image], 2, attributes(options));
      const flat = emit.ints([-1]);
      // The size is asked for at the run: in an exported model the batch is open.
      const places = emit.op('Size', [image]);
      const length = emit.op('Reshape', [places, emit.ints([1])]);
      const zero = emit.op('Expand', [emit.scalar(0), length]);
      const sum = emit.op(
        'ScatterElements',
        [zero, emit.op('Reshape', [indices, flat]), emit.op('Reshape', [grad, flat])],
        { axis: 0, reduction: 'add' },
      );
      return emit.op('Reshape', [sum, emit.ints([-1, ...x.shape.slice(1)])]);
    },
  });
}

/**
 * The same where MaxPool gives no indices (the WebGPU provider of onnxruntime 1.30): each place of the
 * window is compared with its largest value, and the first that equals it is where dy goes.
 */
function maxPoolGradientByTaps(
  emit: Emitter,
  image: string,
  grad: string,
  [n, c, h, w]: Shape,
  [, , ho, wo]: Shape,
  options: PoolOptions,
): string {
  const { kernel, stride = kernel, padding: p = 0 } = options;
  const largest = emit.op('MaxPool', [image], attributes(options));
  const lowest = emit.scalar(-3.4028234e38);
  // Rows and columns enough for every window, also where the last one begins near the border.
  const [bottom, right] = [
    [h, ho],
    [w, wo],
  ].map(([length, out]) => Math.max(0, (out - 1) * stride + kernel - length - p));
  const pads = emit.ints([0, 0, p, p, 0, 0, bottom, right]);
  const padded = p + bottom + right > 0 ? emit.op('Pad', [image, pads, lowest]) : image;
  let from = emit.scalar(0);
  for (let tap = kernel * kernel - 1; tap >= 0; tap--) {
    const [u, v] = [Math.floor(tap / kernel), tap % kernel];
    const values = emit.op('Slice', [
      padded,
      emit.ints([u, v]),
      emit.ints([u + (ho - 1) * stride + 1, v + (wo - 1) * stride + 1]),
      emit.ints([2, 3]),
      emit.ints([stride, stride]),
    ]);
    const pixels = Float32Array.from({ length: ho * wo }, (_, i) => {
      const [row, column] = [Math.floor(i / wo) * stride - p + u, (i % wo) * stride - p + v];
      return row * w + column;
    });
    const place = emit.constant(pixels, [1, 1, ho, wo], 'float32');
    from = emit.op('Where', [emit.op('Equal', [values, largest]), place, from]);
  }
  const planes = [n * c, ho * wo];
  const sum = emit.op(
    'ScatterElements',
    [
      emit.op('Expand', [emit.scalar(0), emit.ints([n * c, h * w])]),
      emit.op('Reshape', [emit.op('Cast', [from], { to: 6 }), emit.ints(planes)]),
      emit.op('Reshape', [grad, emit.ints(planes)]),
    ],
    { axis: 1, reduction: 'add' },
  );
  return emit.op('Reshape', [sum, emit.ints([n, c, h, w])]);
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
