// Where a picture lies in the square that a network sees: what `decodeImage` did to it, as numbers, so
// that masks go the same way and answers find their way back.

import type { Fit } from './image.js';

/** From picture to square: x' = left + x * scaleX, in pixels from the outer edge of the first one. */
export interface Placement {
  readonly scaleX: number;
  readonly scaleY: number;
  readonly left: number;
  readonly top: number;
}

/**
 * The placement of a picture of `width` x `height` pixels in a square of `size`. A picture smaller than the
 * square is enlarged by libvips about half a pixel further right and down than stands here; masks of
 * training and answers share that, and it cancels.
 */
export function placement(width: number, height: number, size: number, fit: Fit): Placement {
  if (fit === 'stretch') return { scaleX: size / width, scaleY: size / height, left: 0, top: 0 };
  const ends = [size / width, size / height];
  const scale = fit === 'letterbox' ? Math.min(...ends) : Math.max(...ends);
  // Whole pixels, as the decoder has them.
  const across = Math.max(1, Math.round(width * scale));
  const down = Math.max(1, Math.round(height * scale));
  return {
    scaleX: across / width,
    scaleY: down / height,
    left: Math.floor((size - across) / 2),
    top: Math.floor((size - down) / 2),
  };
}
