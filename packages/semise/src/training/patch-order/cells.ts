// Where in an image: means over cells of it.

import { avgPool2d, reshape, slice, type Tensor } from '@semise/autograd';

/** Means over cells, the last few rows and columns left out where they do not divide. @param x [n, c, h, h] @returns [n, c * cells²] */
export function inCells(x: Tensor, cells: number): Tensor {
  const [, channels, side] = x.shape;
  const kernel = Math.floor(side / cells);
  const kept = [2, 3].reduce((t, axis) => slice(t, axis, 0, kernel * cells), x);
  return reshape(avgPool2d(kept, { kernel }), [-1, channels * cells ** 2]);
}
