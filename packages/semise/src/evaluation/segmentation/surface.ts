// How far the outlines of two masks lie apart.

import type { Spacing } from '../../tasks/segmentation/lesions.js';
import { distanceTransform } from './distance.js';

export interface SurfaceDistances {
  /** 95th percentile of the distances of both outlines to each other, in units of the spacing. */
  readonly hausdorff95: number;
  /** Their mean: the average symmetric surface distance. */
  readonly average: number;
}

/**
 * The distances from each pixel of one outline to the nearest of the other, both ways, taken together
 * (as `medpy.metric.binary.hd95`; percentiles as `numpy.percentile`). The outline is made of the
 * lesion's pixels that have a side in common with one that is not, or with the image's edge.
 * @param truth @param predicted not 0 where lesion
 * @returns null where a mask is empty: to nothing there is no distance
 */
export function surfaceDistances(
  truth: Uint8Array,
  predicted: Uint8Array,
  width: number,
  height: number,
  spacing: Spacing,
): SurfaceDistances | null {
  const outlines = [truth, predicted].map((mask) => outline(mask, width, height));
  if (outlines.some((pixels) => !pixels.includes(1))) return null;
  const between = ([a, b]: Uint8Array[]): number[] => {
    const toB = distanceTransform(b, width, height, spacing);
    return [...toB.filter((_, i) => a[i] === 1)];
  };
  const distances = Float64Array.from([
    ...between(outlines),
    ...between(outlines.reverse()),
  ]).sort();
  const at = 0.95 * (distances.length - 1);
  const low = Math.floor(at);
  const high = Math.min(low + 1, distances.length - 1);
  return {
    hausdorff95: distances[low] + (at - low) * (distances[high] - distances[low]),
    average: distances.reduce((sum, d) => sum + d, 0) / distances.length,
  };
}

function outline(mask: Uint8Array, width: number, height: number): Uint8Array {
  return mask.map((value, i) => {
    if (value === 0) return 0;
    const [y, x] = [Math.floor(i / width), i % width];
    const inner =
      x > 0 &&
      y > 0 &&
      x < width - 1 &&
      y < height - 1 &&
      mask[i - 1] !== 0 &&
      mask[i + 1] !== 0 &&
      mask[i - width] !== 0 &&
      mask[i + width] !== 0;
    return inner ? 0 : 1;
  });
}
