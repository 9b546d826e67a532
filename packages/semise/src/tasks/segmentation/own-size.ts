// From the square that the network sees back to the image's own pixels.

import type { Mask, Placement } from '../../data/index.js';

/**
 * The most probable class of every pixel of the image, probabilities bilinear between the pixels of the
 * square. What the square does not show (`fit` crop) is background.
 * @param probabilities [K, W, W]
 */
export function atOwnSize(
  probabilities: Float32Array,
  classes: number,
  whole: number,
  { scaleX, scaleY, left, top }: Placement,
  { width, height }: Omit<Mask, 'classes'>,
): Mask {
  const own = new Uint8Array(width * height);
  const plane = whole * whole;
  const across = Array.from({ length: width }, (_, x) =>
    neighbours(left + (x + 0.5) * scaleX, whole),
  );
  for (let y = 0; y < height; y++) {
    const down = neighbours(top + (y + 0.5) * scaleY, whole);
    if (!down) continue;
    for (let x = 0; x < width; x++) {
      const beside = across[x];
      if (!beside) continue;
      let best = 0;
      let highest = Number.NEGATIVE_INFINITY;
      for (let k = 0; k < classes; k++) {
        const at = (row: number, column: number) => probabilities[k * plane + row * whole + column];
        const upper =
          at(down.low, beside.low) * (1 - beside.share) + at(down.low, beside.high) * beside.share;
        const lower =
          at(down.high, beside.low) * (1 - beside.share) +
          at(down.high, beside.high) * beside.share;
        const p = upper * (1 - down.share) + lower * down.share;
        if (p > highest) {
          highest = p;
          best = k;
        }
      }
      own[y * width + x] = best;
    }
  }
  return { width, height, classes: own };
}

/** The two pixels about a place, and how far it lies towards the second; nothing outside. */
function neighbours(place: number, length: number) {
  if (place < 0 || place > length) return null;
  const at = Math.min(length - 1, Math.max(0, place - 0.5));
  const low = Math.floor(at);
  return { low, high: Math.min(low + 1, length - 1), share: at - low };
}
