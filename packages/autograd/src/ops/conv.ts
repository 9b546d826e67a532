// Two-dimensional convolution, its two gradients, and transposed convolution.
//
// The three form a closed family: the gradient of each is made of the other two, so a convolution
// can be differentiated as often as one likes. Layout NCHW, weights [out, in / groups, kh, kw], as
// in PyTorch.

import type { Emitter } from '../emitter.js';
import { node, type Shape, ShapeError, type Tensor } from '../graph.js';
import { convBlocked, inputGradientBlocked, weightGradientBlocked } from './conv-blocked.js';
import { denseConv } from './conv-dense.js';
import { depthwiseConv } from './conv-depthwise.js';
import { add } from './elementwise.js';
import { reshape } from './reshape.js';

export interface ConvOptions {
  readonly stride?: number | readonly [number, number];
  /** Zeros on each side. */
  readonly padding?: number | readonly [number, number];
  readonly dilation?: number | readonly [number, number];
  readonly groups?: number;
}

export interface Conv {
  readonly stride: readonly [number, number];
  readonly padding: readonly [number, number];
  readonly dilation: readonly [number, number];
  readonly groups: number;
}

const pair = (v: number | readonly [number, number]): readonly [number, number] =>
  typeof v === 'number' ? [v, v] : v;

const conv = ({ stride = 1, padding = 0, dilation = 1, groups = 1 }: ConvOptions): Conv => ({
  stride: pair(stride),
  padding: pair(padding),
  dilation: pair(dilation),
  groups,
});

const attributes = (c: Conv) => ({
  strides: c.stride,
  pads: [...c.padding, ...c.padding],
  dilations: c.dilation,
  group: c.groups,
});

/**
 * Convolution (cross-correlation) of a batch of images.
 * @param x [N, C, H, W] @param weight [O, C / groups, kh, kw] @param bias [O]
 * @returns [N, O, Ho, Wo], Ho = floor((H + 2 padding - dilation (kh - 1) - 1) / stride) + 1
 * @throws ShapeError if channels and groups do not fit or the kernel exceeds the padded image
 */
export function conv2d(
  x: Tensor,
  weight: Tensor,
  bias?: Tensor,
  options: ConvOptions = {},
): Tensor {
  const c = conv(options);
  const [n, channels, ...image] = x.shape;
  const [out, perGroup, ...kernel] = weight.shape;
  const spatial = image.map((s, i) =>
    Math.floor((s + 2 * c.padding[i] - c.dilation[i] * (kernel[i] - 1) - 1) / c.stride[i] + 1),
  );
  if (
    x.shape.length !== 4 ||
    weight.shape.length !== 4 ||
    channels !== perGroup * c.groups ||
    out % c.groups !== 0 ||
    !spatial.every((s) => s >= 1 && Number.isFinite(s))
  ) {
    throw new ShapeError(
      `conv2d: image [${x.shape}] with weight [${weight.shape}], groups ${c.groups}, stride [${c.stride}], padding [${c.padding}], dilation [${c.dilation}]`,
    );
  }
  const y = node({
    op: 'conv2d',
    inputs: [x, weight],
    shape: [n, out, ...spatial],
    dtype: x.dtype,
    lower: (emit, inputs) =>
      (emit.isConstant(inputs[1]) && denseConv(emit, inputs, x.shape, weight.shape, spatial, c)) ||
      depthwiseConv(emit, inputs, x.shape, kernel, [n, out, ...spatial], c) ||
      emit.op('Conv', inputs, { ...attributes(c), kernel_shape: kernel }),
    blocked: convBlocked(x.shape, weight.shape, c),
    gradient: (dy) => [
      convInputGradient(dy, weight, x.shape, c),
      convWeightGradient(x, dy, weight.shape, c),
    ],
  });
  return bias ? add(y, reshape(bias, [1, out, 1, 1])) : y;
}

/** What reaches the input of a convolution: dy spread over the pixels each output was made from. */
const convInputGradient = (dy: Tensor, weight: Tensor, shape: Shape, c: Conv): Tensor =>
  inputGradientOf([{ dy, weight, conv: c }], shape);

/** A convolution by which gradients reach an image. */
interface Branch {
  readonly dy: Tensor;
  readonly weight: Tensor;
  readonly conv: Conv;
}
const branches = new WeakMap<Tensor, readonly Branch[]>();

/** What reaches an image that several convolutions of one stride read: where a network becomes coarser. */
function inputGradientOf(all: readonly Branch[], shape: Shape): Tensor {
  const made = node({
    op: 'convInputGradient',
    inputs: all.flatMap(({ dy, weight }) => [dy, weight]),
    shape,
    dtype: all[0].dy.dtype,
    lower: (emit, inputs) =>
      all
        .map((b, i) => plainInputGradient(emit, inputs[2 * i], inputs[2 * i + 1], b, shape))
        .reduce((a, b) => emit.op('Add', [a, b])),
    blocked: inputGradientBlocked(
      all.map(({ dy, weight, conv }) => ({ dy: dy.shape, weight: weight.shape, conv })),
      shape,
    ),
    gradient: (d) =>
      all.flatMap(({ dy, weight, conv }) => [
        conv2d(d, weight, undefined, conv),
        convWeightGradient(d, dy, weight.shape, conv),
      ]),
    plus: (other) => {
      const more = branches.get(other) ?? [];
      const strides = new Set([...all, ...more].map(({ conv }) => conv.stride.join()));
      const apart = all[0].conv.stride.every((s) => s === 1);
      return more.length === 0 || strides.size > 1 || apart
        ? undefined
        : inputGradientOf([...all, ...more], shape);
    },
  });
  branches.set(made, all);
  return made;
}

const plainInputGradient = (
  emit: Emitter,
  grad: string,
  w: string,
  { dy, weight, conv: c }: Branch,
  shape: Shape,
): string =>
  isFlippable(dy.shape, weight.shape, c)
    ? flippedConv(emit, grad, w, weight.shape, c)
    : emit.op('ConvTranspose', [grad, w], {
        ...attributes(c),
        kernel_shape: weight.shape.slice(2),
        // Rows and columns that the strided forward pass never reached.
        output_padding: [0, 1].map(
          (i) =>
            shape[i + 2] -
            ((dy.shape[i + 2] - 1) * c.stride[i] -
              2 * c.padding[i] +
              c.dilation[i] * (weight.shape[i + 2] - 1) +
              1),
        ),
      });

/**
 * Whether the input gradient is a plain convolution with the kernel turned round, and a faster one:
 * at 64 images, 32 channels of 32 x 32 it takes 10 ms against 17 ms of ConvTranspose, at 64 channels
 * of 16 x 16 4.6 against 6.9, at 8 x 8 the same, and below that it is slower.
 */
function isFlippable(dy: Shape, weight: Shape, c: Conv): boolean {
  const simple = c.groups === 1 && c.stride.every((s) => s === 1);
  const fits = [0, 1].every((i) => c.dilation[i] * (weight[i + 2] - 1) >= c.padding[i]);
  return simple && fits && dy[2] * dy[3] >= 256;
}

function flippedConv(emit: Emitter, grad: string, w: string, [, , kh, kw]: Shape, c: Conv): string {
  const swapped = emit.op('Transpose', [w], { perm: [1, 0, 2, 3] });
  const flipped = emit.op('Slice', [
    swapped,
    emit.ints([kh - 1, kw - 1]),
    emit.ints([-kh - 1, -kw - 1]),
    emit.ints([2, 3]),
    emit.ints([-1, -1]),
  ]);
  const pads = [kh, kw].map((k, i) => c.dilation[i] * (k - 1) - c.padding[i]);
  return emit.op('Conv', [grad, flipped], {
    pads: [...pads, ...pads],
    dilations: c.dilation,
    kernel_shape: [kh, kw],
  });
}

/** What reaches the weights: the correlation of the input with dy. */
function convWeightGradient(x: Tensor, dy: Tensor, shape: Shape, c: Conv): Tensor {
  return node({
    op: 'convWeightGradient',
    inputs: [x, dy],
    shape,
    dtype: x.dtype,
    lower: (emit, [image, grad]) =>
      c.groups === 1
        ? weightGradientByTaps(emit, image, grad, dy.shape, shape, c)
        : weightGradientByConv(emit, image, grad, x.shape, dy.shape, shape, c),
    blocked: weightGradientBlocked(x.shape, dy.shape, shape, c),
    gradient: (d) => [convInputGradient(dy, d, x.shape, c), conv2d(x, d, undefined, c)],
  });
}

/**
 * One Gemm for each place in the kernel, on a shifted slice of the image with its channels last:
 * [N Ho Wo, O]ᵀ x [N Ho Wo, C]. Measured at 64 images: 32 channels of 32 x 32 11.6 ms against 25 ms
 * of one convolution, 64 of 16 x 16 6.6 against 15, 256 of 4 x 4 4.2 against 9. (Concatenating the
 * slices for a single Gemm costs more than it saves: 16, 10 and 6 ms.)
 */
function weightGradientByTaps(
  emit: Emitter,
  image: string,
  grad: string,
  [n, , ho, wo]: Shape,
  [out, channels, kh, kw]: Shape,
  c: Conv,
): string {
  const channelsLast = { perm: [0, 2, 3, 1] };
  const [top, left] = c.padding;
  let padded = emit.op('Transpose', [image], channelsLast);
  if (top + left > 0) {
    padded = emit.op('Pad', [
      padded,
      emit.ints([0, top, left, 0, 0, top, left, 0]),
      emit.scalar(0),
    ]);
  }
  const places = n * ho * wo;
  const rows = emit.op('Reshape', [
    emit.op('Transpose', [grad], channelsLast),
    emit.ints([places, out]),
  ]);
  const taps: string[] = [];
  for (let i = 0; i < kh; i++) {
    for (let j = 0; j < kw; j++) {
      const start = [i * c.dilation[0], j * c.dilation[1]];
      const tap = emit.op('Slice', [
        padded,
        emit.ints(start),
        emit.ints([start[0] + (ho - 1) * c.stride[0] + 1, start[1] + (wo - 1) * c.stride[1] + 1]),
        emit.ints([1, 2]),
        emit.ints(c.stride),
      ]);
      const flat = emit.op('Reshape', [tap, emit.ints([places, channels])]);
      const product = emit.op('Gemm', [rows, flat], { transA: 1 });
      taps.push(emit.op('Reshape', [product, emit.ints([out, channels, 1])]));
    }
  }
  const all = taps.length === 1 ? taps[0] : emit.op('Concat', taps, { axis: 2 });
  return emit.op('Reshape', [all, emit.ints([out, channels, kh, kw])]);
}

/**
 * For groups: a convolution whose batch is the input channels of a group and whose channels are the
 * images: [C/G, G N, H, W] * [O, N, Ho, Wo] -> [C/G, O, kh, kw], stride and dilation changing places.
 */
function weightGradientByConv(
  emit: Emitter,
  image: string,
  grad: string,
  [n, , h, w]: Shape,
  [, , ho, wo]: Shape,
  [, perGroup, kh, kw]: Shape,
  c: Conv,
): string {
  const grouped = emit.op('Reshape', [image, emit.ints([n, c.groups, perGroup, h, w])]);
  const batch = emit.op('Reshape', [
    emit.op('Transpose', [grouped], { perm: [2, 1, 0, 3, 4] }),
    emit.ints([perGroup, c.groups * n, h, w]),
  ]);
  const kernel = emit.op('Transpose', [grad], { perm: [1, 0, 2, 3] });
  const wide = emit.op('Conv', [batch, kernel], {
    strides: c.dilation,
    dilations: c.stride,
    pads: [...c.padding, ...c.padding],
    group: c.groups,
    kernel_shape: [ho, wo],
  });
  // Where the stride leaves a rest, the correlation reaches further than the kernel did.
  const cut = emit.op('Slice', [wide, emit.ints([0, 0]), emit.ints([kh, kw]), emit.ints([2, 3])]);
  return emit.op('Transpose', [cut], { perm: [1, 0, 2, 3] });
}

/**
 * Transposed convolution: the input gradient of a convolution used as a layer that enlarges.
 * @param x [N, C, H, W] @param weight [C, O / groups, kh, kw] @param bias [O]
 * @returns [N, O, (H - 1) stride - 2 padding + dilation (kh - 1) + outputPadding + 1, ...]
 * @throws ShapeError if channels and groups do not fit, nothing would be left of the image, or the
 *   output padding is not below the stride
 */
export function convTranspose2d(
  x: Tensor,
  weight: Tensor,
  bias?: Tensor,
  options: ConvOptions & { readonly outputPadding?: number | readonly [number, number] } = {},
): Tensor {
  const c = conv(options);
  const extra = pair(options.outputPadding ?? 0);
  const [n, channels, ...image] = x.shape;
  const [inputs, perGroup, ...kernel] = weight.shape;
  const out = perGroup * c.groups;
  const spatial = image.map(
    (s, i) =>
      (s - 1) * c.stride[i] - 2 * c.padding[i] + c.dilation[i] * (kernel[i] - 1) + extra[i] + 1,
  );
  if (
    x.shape.length !== 4 ||
    weight.shape.length !== 4 ||
    channels !== inputs ||
    channels % c.groups !== 0 ||
    extra.some((e, i) => e < 0 || e >= c.stride[i]) ||
    spatial.some((s) => s < 1)
  ) {
    throw new ShapeError(
      `convTranspose2d: image [${x.shape}] with weight [${weight.shape}], groups ${c.groups}, stride [${c.stride}], padding [${c.padding}], dilation [${c.dilation}], outputPadding [${extra}]`,
    );
  }
  const y = convInputGradient(x, weight, [n, out, ...spatial], c);
  return bias ? add(y, reshape(bias, [1, out, 1, 1])) : y;
}
