// Occlusion (Zeiler & Fergus, arXiv 1311.2901, section 4.2): where a covered patch changes the score. It
// needs no gradient and works with any model: a check of the maps that gradients draw.

import type { Scores } from './scores.js';

/** Patches that fit along a side of the image. */
const PATCHES = 8;

/**
 * The mean fall of the score over the patches that cover a pixel. Patches are an eighth of the image wide
 * and lie half a patch apart, also over the edge; what is covered shows the baseline instead.
 * @param image [C, S, S], 0..255 @param baseline of the same shape @returns [S, S], score units
 */
export async function occlusionMap(
  image: Uint8Array,
  baseline: Uint8Array,
  side: number,
  scores: Scores,
): Promise<Float32Array> {
  const patch = Math.max(1, Math.round(side / PATCHES));
  const step = Math.max(1, patch >> 1);
  const starts: number[] = [];
  for (let at = step - patch; at < side; at += step) starts.push(at);
  const places = starts.flatMap((top) => starts.map((left) => [top, left] as const));
  const covered = places.map(([top, left]) => {
    const pixels = Uint8Array.from(image);
    eachPixel(top, left, patch, side, (p) => {
      for (let at = p; at < pixels.length; at += side * side) pixels[at] = baseline[at];
    });
    return pixels;
  });
  const [whole, ...less] = await scores([image, ...covered]);
  const sums = new Float32Array(side * side);
  const counts = new Float32Array(side * side);
  places.forEach(([top, left], i) => {
    eachPixel(top, left, patch, side, (p) => {
      sums[p] += whole - less[i];
      counts[p]++;
    });
  });
  return sums.map((sum, p) => sum / counts[p]);
}

function eachPixel(
  top: number,
  left: number,
  patch: number,
  side: number,
  visit: (pixel: number) => void,
): void {
  for (let y = Math.max(0, top); y < Math.min(side, top + patch); y++)
    for (let x = Math.max(0, left); x < Math.min(side, left + patch); x++) visit(y * side + x);
}
