// Plain row-major indexing, from which tests write out what an op should give.

import { type Shape, size } from '../graph.js';
import type { NamedTensor } from '../safetensors.js';

/** All index vectors of a shape, the last axis running fastest. */
export function indices(shape: Shape): number[][] {
  return Array.from({ length: size(shape) }, (_, flat) => {
    const index = Array<number>(shape.length);
    let rest = flat;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      index[axis] = rest % shape[axis];
      rest = Math.floor(rest / shape[axis]);
    }
    return index;
  });
}

/** The values of a tensor given by what stands at each index. */
export const build = (shape: Shape, at: (index: number[]) => number): number[] =>
  indices(shape).map(at);

/** The element at `index`; leading axes that `t` lacks are dropped and sizes of one repeat. */
export function at(t: NamedTensor, index: readonly number[]): number {
  const own = index.slice(index.length - t.shape.length);
  return t.data[own.reduce((flat, v, i) => flat * t.shape[i] + (t.shape[i] === 1 ? 0 : v), 0)];
}

/** The element of an image [N, C, H, W], or `outside` beyond its border. */
export function pixel(t: NamedTensor, [n, c, i, j]: number[], outside = 0): number {
  const [, , h, w] = t.shape;
  return i < 0 || j < 0 || i >= h || j >= w ? outside : at(t, [n, c, i, j]);
}

/** The whole numbers below n. */
export const range = (n: number): number[] => [...Array(n).keys()];

export const total = (list: readonly number[]): number => list.reduce((s, v) => s + v, 0);
