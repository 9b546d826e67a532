// Random views as a graph: pixels in, views out, in the same program as the training step.

import {
  add,
  affineGrid,
  cast,
  clip,
  constant,
  conv2d,
  exp,
  gather,
  greater,
  gridSample,
  input,
  less,
  log,
  matmul,
  mul,
  reshape,
  type Shape,
  size,
  slice,
  sub,
  type Tensor,
} from '@semise/autograd';
import { random } from '../random.js';
import { NOISE_FIELDS } from './draw.js';

/** Pixel values 0..255 as numbers 0..1. @param images [N, C, H, W], uint8 */
export const toUnit = (images: Tensor): Tensor => mul(cast(images, 'float32'), 1 / 255);

/** (x - mean) / deviation along the second axis. @param x images [N, C, H, W], 0..1, or features [N, F] */
export function standardize(
  x: Tensor,
  { mean, deviation }: { mean: readonly number[]; deviation: readonly number[] },
): Tensor {
  const shape = x.shape.map((_, axis) => (axis === 1 ? mean.length : 1));
  const scale = deviation.map((d) => 1 / d);
  const shift = mean.map((m, i) => -m / deviation[i]);
  return add(mul(x, constant(scale, shape)), constant(shift, shape));
}

/**
 * A random view of each image: for several of one, give it several times. What is random comes in
 * through the inputs that `drawViews` fills.
 * @param images [N, C, S, S], 0..1 @returns [N, C, S, S], 0..1
 */
export function viewGraph(images: Tensor): Tensor {
  const [count, c, height, width] = images.shape;
  const perImage = (name: string): Tensor => reshape(input(name, [count]), [count, 1, 1, 1]);

  const grid = affineGrid(input('views.theta', [count, 2, 3]), height, width);
  const moved = gridSample(images, grid, 'zeros');

  const flat = reshape(moved, [count, c, height * width]);
  const coloured = add(
    matmul(input('views.colour', [count, c, c]), flat),
    input('views.offset', [count, c, 1]),
  );
  const shape: Shape = [count, c, height, width];
  const curved = power(clip(reshape(coloured, shape), 0.001, 1), perImage('views.gamma'));

  const softened = add(curved, mul(sub(blurred(curved), curved), perImage('views.blur')));
  const fields = gather(noiseFields([c, height, width]), input('views.field', [count], 'int32'));
  const noisy = add(softened, mul(fields, perImage('views.noise')));
  return clip(erase(noisy), 0, 1);
}

/** x to a power of its own for each image. @param x > 0 */
const power = (x: Tensor, exponent: Tensor): Tensor => exp(mul(exponent, log(x)));

/** 5 x 5 Gaussian of one pixel's deviation, a channel at a time. Edges take only what is inside. */
function blurred(x: Tensor): Tensor {
  const [, c, height, width] = x.shape;
  const weights = [-2, -1, 0, 1, 2].map((d) => Math.exp(-(d * d) / 2));
  const kernel = Array.from({ length: c }, () => weights.flatMap((a) => weights.map((b) => a * b)));
  const sums = conv2d(x, constant(kernel.flat(), [c, 1, 5, 5]), undefined, {
    padding: 2,
    groups: c,
  });
  // What the weights that fall inside the image add up to, along one axis.
  const inside = (n: number) =>
    Array.from({ length: n }, (_, i) =>
      weights.reduce((s, w, k) => (i + k - 2 >= 0 && i + k - 2 < n ? s + w : s), 0),
    );
  const across = inside(width);
  const share = inside(height).flatMap((down) => across.map((w) => 1 / (down * w)));
  return mul(sums, constant(share, [1, 1, height, width]));
}

/** Fixed fields of standard normal noise, the same for every run. @returns [NOISE_FIELDS, C, H, W] */
function noiseFields(shape: Shape): Tensor {
  const r = random(0, 'noise fields');
  const values = Float32Array.from({ length: NOISE_FIELDS * size(shape) }, () => r.normal());
  return constant(values, [NOISE_FIELDS, ...shape]);
}

/** Mid-grey inside each view's box. */
function erase(x: Tensor): Tensor {
  const [count, , height, width] = x.shape;
  const inside = insideBox(input('views.box', [count, 4]), height, width);
  return add(x, mul(inside, sub(0.5, x)));
}

/**
 * 1 inside each box, 0 outside.
 * @param box left, right, top, bottom in [-1, 1] [N, 4]; empty where left > right @returns [N, 1, H, W]
 */
export function insideBox(box: Tensor, height: number, width: number): Tensor {
  const [count] = box.shape;
  const edge = (i: number) => reshape(slice(box, 1, i, i + 1), [count, 1, 1, 1]);
  const axis = (n: number, shape: Shape) =>
    constant(
      Array.from({ length: n }, (_, i) => (2 * i + 1) / n - 1),
      shape,
    );
  const within = (places: Tensor, low: Tensor, high: Tensor) =>
    mul(cast(greater(places, low), 'float32'), cast(less(places, high), 'float32'));
  return mul(
    within(axis(width, [1, 1, 1, width]), edge(0), edge(1)),
    within(axis(height, [1, 1, height, 1]), edge(2), edge(3)),
  );
}
