// A convolution of images so small that each of its outputs sees all of them: one matrix product.

import type { Emitter } from '../emitter.js';
import type { Shape } from '../graph.js';
import type { Conv } from './conv.js';

/**
 * Emits x [N, C, H, W] times the weight laid out as a matrix [C H W, O Ho Wo], which ONNX Runtime does
 * once, as it loads the model. Its convolution is slow at the ends of rows, and here is nothing else:
 * a ResNet-18 of 64 px, 32 images: 54 ms against 75, one image 5.0 against 6.3 (AVX2). Loading
 * takes 0.2 s and 150 MB more.
 * @returns undefined where an output does not see the whole image
 */
export function denseConv(
  emit: Emitter,
  [x, weight]: readonly string[],
  [, channels, ...image]: Shape,
  [out, , ...kernel]: Shape,
  spatial: Shape,
  c: Conv,
): string | undefined {
  if (c.groups > 1) return;
  const taps = [0, 1].map((axis) => tapsOf(image[axis], spatial[axis], kernel[axis], c, axis));
  const [rows, columns] = taps;
  if (taps.flat(2).includes(-1)) return;
  const order = rows.flatMap((down) =>
    columns.flatMap((across) => down.flatMap((v) => across.map((u) => v * kernel[1] + u))),
  );
  const [from, to] = [image, spatial].map(([h, w]) => h * w);
  const flat = emit.op('Reshape', [weight, emit.ints([out, channels * kernel[0] * kernel[1]])]);
  const turned = emit.op('Transpose', [flat], { perm: [1, 0] });
  const apart = emit.op('Reshape', [turned, emit.ints([channels, kernel[0] * kernel[1], out])]);
  const picked = emit.op('Gather', [apart, emit.ints(order)], { axis: 1 });
  const matrix = emit.op('Reshape', [picked, emit.ints([channels * from, to * out])]);
  const vectors = emit.op('Reshape', [x, emit.ints([-1, channels * from])]);
  const pixels = emit.op('Reshape', [
    emit.op('MatMul', [vectors, matrix]),
    emit.ints([-1, to, out]),
  ]);
  const planes = emit.op('Transpose', [pixels], { perm: [0, 2, 1] });
  return emit.op('Reshape', [planes, emit.ints([-1, out, ...spatial])]);
}

/** Through which place of the kernel each input [row] reaches each output [column]; -1: none. */
const tapsOf = (inputs: number, outputs: number, kernel: number, c: Conv, axis: number) =>
  Array.from({ length: inputs }, (_, i) =>
    Array.from({ length: outputs }, (_, o) => {
      const tap = (i + c.padding[axis] - o * c.stride[axis]) / c.dilation[axis];
      return Number.isInteger(tap) && tap >= 0 && tap < kernel ? tap : -1;
    }),
  );
