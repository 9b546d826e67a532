// Sampling an image at given places, and the grid of places of an affine map: together they crop,
// flip, turn and scale a batch inside the graph. Reference: Jaderberg et al., Spatial Transformer
// Networks (arXiv 1506.02025). Coordinates as in PyTorch with align_corners = false: (-1, -1) is the
// outer corner of the first pixel, (1, 1) that of the last.

import { constant, node, ShapeError, type Tensor } from '../graph.js';
import { add, cast, clip, equal, floor, mul, sub } from './elementwise.js';
import { gather, scatterAdd } from './gather.js';
import { matmul } from './matmul.js';
import { sum } from './reduce.js';
import { reshape } from './reshape.js';
import { concat, slice } from './slice.js';
import { transpose } from './transpose.js';

/** Outside the image: black, or the nearest border pixel. */
export type GridPadding = 'zeros' | 'border';

/** The places that theta maps the pixels of an output image to. @param theta [N, 2, 3] @returns [N, height, width, 2], (x, y) */
export function affineGrid(theta: Tensor, height: number, width: number): Tensor {
  if (theta.shape.length !== 3 || theta.shape[1] !== 2 || theta.shape[2] !== 3) {
    throw new ShapeError(`affineGrid: theta [${theta.shape}], expected [N, 2, 3]`);
  }
  const base = new Float32Array(height * width * 3);
  for (let i = 0; i < height * width; i++) {
    base[3 * i] = (2 * (i % width) + 1) / width - 1;
    base[3 * i + 1] = (2 * Math.floor(i / width) + 1) / height - 1;
    base[3 * i + 2] = 1;
  }
  const places = matmul(constant(base, [height * width, 3]), transpose(theta, [0, 2, 1]));
  return reshape(places, [theta.shape[0], height, width, 2]);
}

/**
 * Bilinear samples of an image.
 * @param x [N, C, H, W] @param grid [N, Ho, Wo, 2], (x, y) in [-1, 1] @returns [N, C, Ho, Wo]
 */
export function gridSample(x: Tensor, grid: Tensor, padding: GridPadding = 'zeros'): Tensor {
  return node({
    op: 'gridSample',
    inputs: [x, grid],
    shape: sampledShape('gridSample', x, grid),
    dtype: x.dtype,
    lower: (emit, inputs) =>
      emit.op('GridSample', inputs, {
        mode: 'bilinear',
        padding_mode: padding,
        align_corners: 0,
      }),
    gradient: (dy) => gridSampleGradient(x, grid, dy, padding),
  });
}

/**
 * The nearest pixel of each place, halves to the even one: for masks, whose values must not mix.
 * Outside the image 0. No gradient flows.
 * @param x [N, C, H, W] @param grid [N, Ho, Wo, 2], (x, y) in [-1, 1] @returns [N, C, Ho, Wo]
 */
export function gridSampleNearest(x: Tensor, grid: Tensor): Tensor {
  return node({
    op: 'gridSampleNearest',
    inputs: [x, grid],
    shape: sampledShape('gridSampleNearest', x, grid),
    dtype: x.dtype,
    lower: (emit, inputs) =>
      emit.op('GridSample', inputs, { mode: 'nearest', padding_mode: 'zeros', align_corners: 0 }),
  });
}

function sampledShape(op: string, x: Tensor, grid: Tensor): number[] {
  const [n, c] = x.shape;
  const [gridN, ho, wo, two] = grid.shape;
  if (x.shape.length !== 4 || grid.shape.length !== 4 || n !== gridN || two !== 2) {
    throw new ShapeError(`${op}: image [${x.shape}] at grid [${grid.shape}]`);
  }
  return [n, c, ho, wo];
}

/** ONNX has no gradient of GridSample: the four neighbours of each place, by gather and scatter-add. */
function gridSampleGradient(x: Tensor, grid: Tensor, dy: Tensor, padding: GridPadding) {
  const [n, c, h, w] = x.shape;
  const [, ho, wo] = grid.shape;
  const places = n * ho * wo;
  const pixel = (axis: 0 | 1, length: number) =>
    sub(mul(add(reshape(slice(grid, 3, axis, axis + 1), [places]), 1), length / 2), 0.5);
  const unclipped = [pixel(0, w), pixel(1, h)];
  const lengths = [w, h];
  const at = unclipped.map((v, i) => (padding === 'border' ? clip(v, 0, lengths[i] - 1) : v));
  const low = at.map(floor);
  // Added as whole numbers: float32 holds the pixels of one image exactly, not those of a batch.
  const image = constant(
    Int32Array.from({ length: places }, (_, i) => Math.floor(i / (ho * wo)) * h * w),
  );
  const pixels = reshape(transpose(x, [0, 2, 3, 1]), [n * h * w, c]);
  const rows = reshape(transpose(dy, [0, 2, 3, 1]), [places, c]);

  let dx: Tensor | undefined;
  const dPlace: [Tensor | undefined, Tensor | undefined] = [undefined, undefined];
  for (const corner of [
    [0, 0],
    [1, 0],
    [0, 1],
    [1, 1],
  ]) {
    const position = low.map((v, i) => add(v, corner[i]));
    const held = position.map((v, i) => clip(v, 0, lengths[i] - 1));
    const inside = mul(
      cast(equal(position[0], held[0]), 'float32'),
      cast(equal(position[1], held[1]), 'float32'),
    );
    // The share of this corner: 1 - distance along each axis.
    const share = at.map((v, i) => (corner[i] ? sub(v, low[i]) : sub(add(low[i], 1), v)));
    const index = add(image, cast(add(mul(held[1], w), held[0]), 'int32'));
    const weight = reshape(mul(inside, mul(share[0], share[1])), [places, 1]);
    const part = scatterAdd(mul(rows, weight), index, n * h * w);
    dx = dx ? add(dx, part) : part;
    const value = mul(sum(mul(gather(pixels, index), rows), [1]), inside);
    for (const axis of [0, 1] as const) {
      const slope = mul(value, mul(share[1 - axis], corner[axis] ? 1 : -1));
      const known = dPlace[axis];
      dPlace[axis] = known ? add(known, slope) : slope;
    }
  }
  const dGrid = dPlace.map((d, i) => {
    const scaled = mul(d as Tensor, lengths[i] / 2);
    const moves = cast(equal(unclipped[i], at[i]), 'float32');
    return reshape(mul(scaled, moves), [n, ho, wo, 1]);
  });
  return [transpose(reshape(dx as Tensor, [n, h, w, c]), [0, 3, 1, 2]), concat(dGrid, 3)];
}
