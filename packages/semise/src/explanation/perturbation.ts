// Deletion and insertion (Petsiuk et al., arXiv 1806.07421): a map is faithful if replacing what it marks
// first by the baseline lowers the score soon, and showing that first on the baseline raises it soon.

import type { Scores } from './scores.js';

/** Blocks along a side: single pixels in random order would turn any image into noise at once. */
const BLOCKS = 16;
/** Looks on the way. */
const LOOKS = 16;

/** Scores at 0, 1/16, ... all of the image replaced (deletion), or shown (insertion). */
export interface Curves {
  readonly deletion: readonly number[];
  readonly insertion: readonly number[];
}

/** The blocks of an image [S, S]: the pixels of each. */
export function blocksOf(side: number): number[][] {
  const width = Math.max(1, Math.round(side / BLOCKS));
  const across = Math.ceil(side / width);
  const blocks = Array.from({ length: across ** 2 }, (): number[] => []);
  for (let p = 0; p < side * side; p++) {
    const [row, column] = [Math.floor(p / side), p % side];
    blocks[Math.floor(row / width) * across + Math.floor(column / width)].push(p);
  }
  return blocks;
}

/** Blocks by the mean of the map in them, highest first; of equals the earlier first. */
export function orderOf(map: ArrayLike<number>, blocks: readonly (readonly number[])[]): number[] {
  const means = blocks.map((block) => block.reduce((sum, p) => sum + map[p], 0) / block.length);
  return [...blocks.keys()].sort((a, b) => means[b] - means[a] || a - b);
}

/** @param order of the blocks, the first to go first */
export async function perturbationCurves(
  image: Uint8Array,
  baseline: Uint8Array,
  side: number,
  order: readonly number[],
  scores: Scores,
): Promise<Curves> {
  const blocks = blocksOf(side);
  const stages = (from: Uint8Array, to: Uint8Array) => {
    const pixels = Uint8Array.from(from);
    let done = 0;
    return Array.from({ length: LOOKS + 1 }, (_, look) => {
      const upTo = Math.round((look * order.length) / LOOKS);
      for (; done < upTo; done++) {
        for (const p of blocks[order[done]])
          for (let at = p; at < pixels.length; at += side * side) pixels[at] = to[at];
      }
      return Uint8Array.from(pixels);
    });
  };
  const said = await scores([...stages(image, baseline), ...stages(baseline, image)]);
  return { deletion: said.slice(0, LOOKS + 1), insertion: said.slice(LOOKS + 1) };
}

/** The area under a curve over [0, 1] by the trapezoidal rule. */
export const area = (curve: readonly number[]): number =>
  curve.slice(1).reduce((sum, value, i) => sum + (value + curve[i]) / 2, 0) / (curve.length - 1);
