// A lesion mask: the class of every pixel, 0 = background, from an image file.

import { readFile } from 'node:fs/promises';
import sharp from 'sharp';
import { InputError } from '../errors.js';
import { isDicom } from './dicom/dataset.js';
import { segmentationMask } from './dicom/segmentation-mask.js';
import type { Fit } from './image.js';
import { placement } from './placement.js';

export interface Mask {
  readonly width: number;
  readonly height: number;
  /** Class of each pixel, row by row. */
  readonly classes: Uint8Array;
}

/** The highest class that a mask may hold. */
export const HIGHEST_CLASS = 31;

/**
 * Reads a mask: grey PNG or TIFF of 8 or 16 bits (colour where the channels are equal), 0 =
 * background. Either all else is white (255, or 65535 of 16 bits): one class of lesion, 1; or pixels
 * are class numbers up to `HIGHEST_CLASS`. EXIF rotation is applied. Or a binary DICOM segmentation of one
 * image, whose segment numbers are the classes.
 *
 * @throws InputError naming the file if it cannot be read, has colours, or holds other values
 */
export async function readMask(path: string): Promise<Mask> {
  try {
    return await decode(await readFile(path));
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const reason = code ?? message.trim().replaceAll(/\s*\n\s*/g, '; ');
    throw new InputError(
      `${path}: not a usable mask (${reason}); save it as a grey PNG, 0 = background, and 255 or a class number from 1 to ${HIGHEST_CLASS} = lesion, or as a binary DICOM segmentation of this one image`,
    );
  }
}

async function decode(bytes: Buffer): Promise<Mask> {
  if (isDicom(bytes)) return segmentationMask(bytes, HIGHEST_CLASS);
  const image = sharp(bytes, { autoOrient: true, ignoreIcc: true, failOn: 'warning' });
  const { depth, pages = 1, format, channels: stored } = await image.metadata();
  if (!['png', 'tiff', 'jpeg'].includes(format)) throw new Error(`is ${format}`);
  if (pages > 1) throw new Error(`holds ${pages} pages, not one`);
  const wide = depth === 'ushort';
  if (!wide && depth !== 'uchar') throw new Error(`pixels are ${depth}, not 8 or 16 bits`);
  if (wide) image.toColourspace(stored < 3 ? 'grey16' : 'rgb16');
  const { data, info } = await image
    .flatten({ background: 'black' })
    .raw({ depth })
    .toBuffer({ resolveWithObject: true });
  const { width, height, channels } = info;
  const levels = wide ? new Uint16Array(data.buffer, data.byteOffset, data.length / 2) : data;
  const white = wide ? 65535 : 255;
  const classes = new Uint8Array(width * height);
  let highest = 0;
  let whites = false;
  for (let i = 0; i < classes.length; i++) {
    const level = levels[i * channels];
    for (let c = 1; c < channels; c++) {
      if (levels[i * channels + c] !== level) throw new Error('has colours');
    }
    if (level === white) {
      whites = true;
      classes[i] = 1;
    } else {
      if (level > HIGHEST_CLASS) throw new Error(`holds the value ${level}`);
      highest = Math.max(highest, level);
      classes[i] = level;
    }
  }
  if (whites && highest > 0) throw new Error(`holds both white and the class number ${highest}`);
  return { width, height, classes };
}

/**
 * The mask at the size that a network sees: of each pixel the class at its centre (nearest), 0
 * outside.
 * @returns [size, size]
 */
export function fitMask({ width, height, classes }: Mask, size: number, fit: Fit): Uint8Array {
  const { scaleX, scaleY, left, top } = placement(width, height, size, fit);
  const fitted = new Uint8Array(size * size);
  for (let row = 0; row < size; row++) {
    const y = Math.floor((row + 0.5 - top) / scaleY);
    if (y < 0 || y >= height) continue;
    for (let column = 0; column < size; column++) {
      const x = Math.floor((column + 0.5 - left) / scaleX);
      if (x >= 0 && x < width) fitted[row * size + column] = classes[y * width + x];
    }
  }
  return fitted;
}

/** The mask at another size (nearest). */
export function resizeMask({ width, height, classes }: Mask, to: Omit<Mask, 'classes'>): Mask {
  if (to.width === width && to.height === height) return { width, height, classes };
  const resized = new Uint8Array(to.width * to.height);
  for (let i = 0; i < resized.length; i++) {
    const y = Math.floor(((Math.floor(i / to.width) + 0.5) * height) / to.height);
    const x = Math.floor((((i % to.width) + 0.5) * width) / to.width);
    resized[i] = classes[y * width + x];
  }
  return { ...to, classes: resized };
}
