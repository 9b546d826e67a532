// A chosen part of a picture's values spread over all that its bits can hold.

import { type Picture, rangeOf, toSixteenBits } from './picture.js';
import type { Window } from './rules.js';

/**
 * @param window `file` and `full` change nothing: the bits stay as they are. Others spread the range
 *   over 16 bits; a center and width are in the file's own values
 */
export function windowed(picture: Picture, window: Window): Picture {
  if (window === 'file' || window === 'full') return picture;
  const [low, high] =
    window === 'range'
      ? rangeOf(picture.pixels)
      : [window.center - window.width / 2, window.center + window.width / 2];
  return { ...picture, bits: 16, pixels: toSixteenBits(picture.pixels, low, high) };
}
