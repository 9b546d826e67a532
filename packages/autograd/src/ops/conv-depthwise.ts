// A convolution of each channel by itself, where tensors are plain.

import type { Emitter } from '../emitter.js';
import { type Shape, size } from '../graph.js';
import { NCHWC, view } from '../layout.js';
import type { Conv } from './conv.js';

/**
 * Emits it as ONNX Runtime's blocked one, on the channels of all images as those of a single image.
 * With 64 images of 3 x 64 x 64 and 5 x 5 places: 0.9 ms, turning included, against 4.0 (AVX2).
 * @param y shape of the result
 * @returns undefined where channels are mixed, or images do not fill blocks
 */
export function depthwiseConv(
  emit: Emitter,
  [x, weight]: readonly string[],
  [n, channels, h, w]: Shape,
  kernel: Shape,
  y: Shape,
  c: Conv,
): string | undefined {
  const b = emit.block;
  const planes = n * channels;
  if (b === 1 || c.groups !== channels || y[1] !== channels || planes % b !== 0) return;
  const turn = (name: string, shape: Shape) =>
    emit.op('ReorderInput', [view(emit, name, shape)], {}, NCHWC);
  const taps = size(kernel);
  const each = view(emit, weight, [1, channels, taps]);
  const all = emit.op('Expand', [each, emit.ints([n, channels, taps])]);
  const filter = view(emit, turn(all, [planes / b, b, taps, 1]), [planes, 1, ...kernel]);
  const attributes = {
    group: planes,
    kernel_shape: kernel,
    strides: c.stride,
    dilations: c.dilation,
    pads: [...c.padding, ...c.padding],
  };
  const blocked = emit.op('Conv', [turn(x, [1, planes, h, w]), filter], attributes, NCHWC);
  return view(emit, emit.op('ReorderOutput', [blocked], { channels: planes }, NCHWC), y);
}
