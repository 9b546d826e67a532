// How strong edges of each direction are, cell by cell: unlike words of the dictionary (dictionary.ts) they see
// contrast.

import { abs, add, constant, conv2d, sqrt, type Tensor } from '@semise/autograd';
import { inCells } from './cells.js';

const DIRECTIONS = 4;
/** Cells a side. */
const CELLS = 8;
/** Added to the mean slope of a cell, of pixels in 0..1, before its root is taken. */
const LEAST = 1e-6;

/** The root of the mean slope in each direction and cell. @param x [n, 1, S, S] @returns [n, 4 * cells²] */
export function edges(x: Tensor): Tensor {
  const filters = Array.from({ length: DIRECTIONS }, (_, k) => {
    const [dx, dy] = [Math.cos, Math.sin].map((of) => of((k * Math.PI) / DIRECTIONS) / 2);
    return [0, -dy, 0, -dx, 0, dx, 0, dy, 0];
  });
  const slopes = abs(
    conv2d(x, constant(filters.flat(), [DIRECTIONS, 1, 3, 3]), undefined, { padding: 1 }),
  );
  return sqrt(add(inCells(slopes, CELLS), LEAST));
}
