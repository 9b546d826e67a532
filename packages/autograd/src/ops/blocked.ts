// What several ops do with images in the blocked layout (see layout.ts): elementwise arithmetic, and
// the passes over all pixels of a channel, as depthwise convolutions.

import type { BlockedForm, Value } from '../blocked-form.js';
import type { Emitter } from '../emitter.js';
import { type Shape, size } from '../graph.js';
import { fits, NCHWC, view } from '../layout.js';

/** The shape that an image [N, C, H, W] has in memory. */
export const inMemory = ([n, c, h, w]: Shape, block: number): Shape => [n, c / block, h, w, block];

/**
 * An elementwise op: computed in the layout of its operands, or in the one that its users want.
 * @param emitOp emits it for operands of one layout
 * @param byChannel a faster form for an image and a vector [1, C, 1, 1]
 */
export const pointwise = (
  shape: Shape,
  operands: readonly Shape[],
  emitOp: (emit: Emitter, names: readonly string[]) => string,
  byChannel?: (emit: Emitter, image: string, vector: string) => string,
): BlockedForm => {
  const perChannel = [1, shape[1], 1, 1].join();
  const vector = byChannel ? operands.findIndex((s) => s.join() === perChannel) : -1;
  const whole = operands.map((s) => s.join() === shape.join());
  return {
    flexible: true,
    layout: (layouts, block) => {
      const found = layouts.find((l, i) => l !== 'plain' && whole[i]);
      return found && fits(found, shape, block) ? found : 'plain';
    },
    lower: (emit, inputs, layout) => {
      if (inputs.every((v, i) => whole[i] || size(v.shape) === 1)) {
        return emitOp(
          emit,
          inputs.map((v, i) => {
            const name = v.in(whole[i] ? layout : 'plain');
            return layout === 'filter' && !whole[i] && v.shape.length > 1
              ? view(emit, name, [1])
              : name;
          }),
        );
      }
      if (layout === 'filter') return;
      if (byChannel && vector >= 0) {
        return byChannel(emit, inputs[1 - vector].in('image'), inputs[vector].in('plain'));
      }
      const names = inputs.map((v, i) =>
        whole[i] ? view(emit, v.in('image'), inMemory(shape, emit.block)) : spread(emit, v),
      );
      if (names.some((name) => name === undefined)) return;
      return view(emit, emitOp(emit, names as string[]), shape);
    },
  };
};

/** An operand that is broadcast to images, under the rank that they have in memory. */
export function spread(emit: Emitter, v: Value): string | undefined {
  const [n, c, h, w] = [1, 1, 1, 1, ...v.shape].slice(-4);
  if (c === 1) return view(emit, v.in('plain'), [n, 1, h, w, 1]);
  if (h * w > 1) return;
  return view(emit, v.in('plain'), inMemory([n, c, 1, 1], emit.block));
}

const depthwise = (channels: number, kernel: readonly number[]) => ({
  group: channels,
  kernel_shape: kernel,
  strides: [1, 1],
  pads: [0, 0, 0, 0],
  dilations: [1, 1],
});

/**
 * Images with zeros around them, [top, left, bottom, right], and of those only every stride-th row and
 * column: a convolution a channel by 1. On two cores it takes 0.09 ms for 2 MB, ONNX's Pad 0.19.
 */
export function resampled(
  emit: Emitter,
  x: string,
  channels: number,
  pads: readonly number[],
  strides: readonly number[] = [1, 1],
): string {
  const ones = emit.constant(new Float32Array(channels).fill(1), [channels, 1, 1, 1], 'float32');
  return emit.op('Conv', [x, ones], { ...depthwise(channels, [1, 1]), pads, strides }, NCHWC);
}

/** The sum of each window of `side` x `side` pixels: 0.5 ms for 17 MB, ONNX's ReduceSum 3.3. */
export function windowSumsBlocks(emit: Emitter, x: string, channels: number, side: number): string {
  const shape = [channels, 1, side, side];
  const ones = emit.constant(new Float32Array(size(shape)).fill(1), shape, 'float32');
  const attributes = { ...depthwise(channels, [side, side]), strides: [side, side] };
  return emit.op('Conv', [x, ones], attributes, NCHWC);
}

/** x * scale + shift, a channel each, of images in blocks: 0.08 ms for 2 MB, as long as a product. */
export const affineBlocks = (
  emit: Emitter,
  x: string,
  channels: number,
  scale: string,
  shift?: string,
): string =>
  emit.op(
    'Conv',
    [x, view(emit, scale, [channels, 1, 1, 1]), ...(shift === undefined ? [] : [shift])],
    depthwise(channels, [1, 1]),
    NCHWC,
  );

/**
 * The sum of a * b over the pixels of each image's channel, [N, C]: a convolution a channel whose
 * kernel is the other image. One pass that writes nothing: 0.07 ms for twice 2 MB.
 */
export function dotBlocks(emit: Emitter, a: string, b: string, [n, c, h, w]: Shape): string {
  const channels = n * c;
  const image = view(emit, a, [1, channels, h, w]);
  const kernel = view(emit, b, [channels, 1, h, w]);
  const sums = emit.op('Conv', [image, kernel], depthwise(channels, [h, w]), NCHWC);
  return view(emit, sums, [n, c]);
}

/** The mean over the pixels of each image's channel, [N, C]. */
export const meanBlocks = (emit: Emitter, x: string, [n, c]: Shape): string =>
  view(emit, emit.op('GlobalAveragePool', [x], {}, NCHWC), [n, c]);
