// Passes over the channels of images, of which norms are made: scale and shift, and the product of two
// images summed up. Each is the gradient of the other.

import { node, type Tensor } from '../graph.js';
import { affineBlocks, dotBlocks } from './blocked.js';
import { mul } from './elementwise.js';
import { sum } from './reduce.js';
import { reshape } from './reshape.js';

/** x * scale + shift. @param x [N, C, H, W] @param scale [C] @param shift [C] */
export function channelAffine(x: Tensor, scale: Tensor, shift: Tensor): Tensor {
  const [, channels] = x.shape;
  return node({
    op: 'channelAffine',
    inputs: [x, scale, shift],
    shape: x.shape,
    dtype: x.dtype,
    // ONNX's batch norm of mean 0 and variance 1 does it in one pass.
    lower: (emit, [a, s, t]) => {
      const [zeros, ones] = [0, 1].map((v) =>
        emit.constant(new Float32Array(channels).fill(v), [channels], 'float32'),
      );
      return emit.op('BatchNormalization', [a, s, t, zeros, ones], { epsilon: { float: 0 } });
    },
    blocked: {
      flexible: true,
      layout: ([layout]) => layout,
      lower: (emit, [a, s, t], layout) =>
        layout === 'image'
          ? affineBlocks(emit, a.in('image'), channels, s.in('plain'), t.in('plain'))
          : undefined,
    },
    gradient: (dy) => [
      mul(dy, reshape(scale, [1, channels, 1, 1])),
      channelDot(dy, x),
      sum(dy, [0, 2, 3]),
    ],
  });
}

/** The sum of a * b over images and pixels, [C]. @param a [N, C, H, W] @param b of the same shape */
export function channelDot(a: Tensor, b: Tensor): Tensor {
  const [, channels] = a.shape;
  return node({
    op: 'channelDot',
    inputs: [a, b],
    shape: [channels],
    dtype: a.dtype,
    lower: (emit, inputs) =>
      emit.op('ReduceSum', [emit.op('Mul', inputs), emit.ints([0, 2, 3])], { keepdims: 0 }),
    blocked: {
      layout: () => 'plain',
      lower: (emit, values) => {
        const [u, v] = values.map((value) => value.in('image'));
        const perImage = dotBlocks(emit, u, v, a.shape);
        return emit.op('ReduceSum', [perImage, emit.ints([0])], { keepdims: 0 });
      },
    },
    gradient: (d) => {
      const scale = reshape(d, [1, channels, 1, 1]);
      return [mul(b, scale), mul(a, scale)];
    },
  });
}
