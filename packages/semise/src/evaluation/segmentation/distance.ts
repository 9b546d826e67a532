// The exact Euclidean distance transform, in linear time (Felzenszwalb & Huttenlocher, Theory of
// Computing 8:415, 2012): the lower envelope of parabolas, along columns, then along rows.

import type { Spacing } from '../../tasks/segmentation/lesions.js';

/**
 * The distance of every pixel's centre to the nearest marked one's.
 * @param marked not 0 where marked; one pixel at least @param spacing of pixels
 */
export function distanceTransform(
  marked: ArrayLike<number>,
  width: number,
  height: number,
  [down, across]: Spacing,
): Float64Array {
  const squares = Float64Array.from(marked, (m) => (m ? 0 : Number.POSITIVE_INFINITY));
  const envelope = lowerEnvelope(Math.max(width, height));
  for (let x = 0; x < width; x++) envelope(squares, x, width, height, down);
  for (let y = 0; y < height; y++) envelope(squares, y * width, 1, width, across);
  return squares.map(Math.sqrt);
}

/** min over j of f(j) + (spacing (i - j))², for every i of one line of an array, in place. */
function lowerEnvelope(longest: number) {
  const f = new Float64Array(longest);
  const vertex = new Int32Array(longest);
  const from = new Float64Array(longest + 1);
  return (values: Float64Array, start: number, step: number, length: number, spacing: number) => {
    let count = 0;
    for (let i = 0; i < length; i++) {
      f[i] = values[start + i * step];
      if (f[i] === Number.POSITIVE_INFINITY) continue;
      // Where the parabola of i begins to lie below the last one of the envelope.
      const meets = () => {
        const j = vertex[count - 1];
        return (i * i - j * j + (f[i] - f[j]) / spacing ** 2) / (2 * (i - j));
      };
      while (count > 0 && meets() <= from[count - 1]) count--;
      from[count] = count === 0 ? Number.NEGATIVE_INFINITY : meets();
      vertex[count++] = i;
    }
    if (count === 0) return;
    for (let i = 0, k = 0; i < length; i++) {
      while (k + 1 < count && from[k + 1] < i) k++;
      values[start + i * step] = f[vertex[k]] + (spacing * (i - vertex[k])) ** 2;
    }
  };
}
