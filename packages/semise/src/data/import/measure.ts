// What the quality report says of one picture.

import { createHash } from 'node:crypto';
import sharp from 'sharp';
import { type Picture, rangeOf } from '../decode/picture.js';
import { type Print, printOf, THUMBNAIL } from '../duplicates.js';

export interface Measured {
  readonly width: number;
  readonly height: number;
  readonly channels: 1 | 3;
  readonly bits: 8 | 16;
  /** SHA-256 of size and values: equal where the pictures are. */
  readonly sha256: string;
  readonly print: Print;
  /** Highest less lowest value, as a share of the range of its bits. */
  readonly contrast: number;
  /** Share of pixels at the highest value that the bits can hold, 0 to 1. */
  readonly saturated: number;
  /** Variance of the Laplacian of the picture at 256 pixels, over its own variance. */
  readonly sharpness: number;
}

/** Pixels a side at most, at which sharpness is measured: the same for all, so that it compares. */
const PREVIEW = 256;

export async function measure(picture: Picture): Promise<Measured> {
  const { width, height, channels, bits, pixels } = picture;
  const top = bits === 16 ? 65535 : 255;
  const grey = greyOf(picture);
  const [low, high] = rangeOf(grey);
  let saturated = 0;
  for (const value of grey) if (value >= top) saturated++;
  // Stretched to the picture's own range, so that copies of other depth or window look alike.
  const scale = high > low ? 255 / (high - low) : 0;
  const stretched = Uint8Array.from(grey, (value) => Math.round((value - low) * scale));
  const input = { raw: { width, height, channels: 1 as const }, limitInputPixels: false };
  const fitted = (side: number, fit: 'fill' | 'inside') =>
    sharp(stretched, input)
      .resize(side, side, { fit, withoutEnlargement: fit === 'inside' })
      .toColourspace('b-w')
      .raw()
      .toBuffer({ resolveWithObject: true });
  const small = await fitted(THUMBNAIL, 'fill');
  const preview = await fitted(PREVIEW, 'inside');
  const sha256 = createHash('sha256')
    .update(`${width} ${height} ${channels} ${bits} `)
    .update(pixels)
    .digest('hex');
  return {
    width,
    height,
    channels,
    bits,
    sha256,
    print: printOf(small.data),
    contrast: (high - low) / top,
    saturated: saturated / grey.length,
    sharpness: sharpnessOf(preview.data, preview.info.width, preview.info.height),
  };
}

/** The mean of the colours: exact for what is grey, and enough for the rest. */
function greyOf({ channels, pixels }: Picture): Uint8Array | Uint16Array {
  if (channels === 1) return pixels;
  const grey = new Uint16Array(pixels.length / 3);
  for (let i = 0; i < grey.length; i++)
    grey[i] = Math.round((pixels[3 * i] + pixels[3 * i + 1] + pixels[3 * i + 2]) / 3);
  return grey;
}

function sharpnessOf(grey: Uint8Array, width: number, height: number): number {
  const laplacian = statistics();
  const level = statistics();
  for (let y = 1; y < height - 1; y++)
    for (let x = 1; x < width - 1; x++) {
      const i = y * width + x;
      level.add(grey[i]);
      laplacian.add(4 * grey[i] - grey[i - 1] - grey[i + 1] - grey[i - width] - grey[i + width]);
    }
  const spread = level.variance();
  return spread > 0 ? laplacian.variance() / spread : 0;
}

function statistics() {
  let count = 0;
  let sum = 0;
  let squares = 0;
  return {
    add: (value: number) => {
      count++;
      sum += value;
      squares += value * value;
    },
    variance: () => (count === 0 ? 0 : squares / count - (sum / count) ** 2),
  };
}
