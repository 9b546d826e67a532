// An image file becomes the pixels a network reads: C x size x size bytes, planar.

import { readFile } from 'node:fs/promises';
import sharp from 'sharp';
import { InputError } from '../errors.js';
import { isDicom } from './dicom/dataset.js';
import { dicomAsPng } from './dicom/png.js';

/** How a picture that is not square fits the square. */
export type Fit =
  /** Whole picture, the rest of the square is 0. */
  | 'letterbox'
  /** Full square, the longer side's ends are cut off. */
  | 'crop'
  /** Whole picture, aspect ratio not kept. */
  | 'stretch';

/** Paths of images: an array, or anything that makes them one by one. */
export interface Paths {
  readonly length: number;
  at(index: number): string | undefined;
  /** Whatever has the same identity has the same paths: spares looking at a million of them. */
  readonly identity?: string;
}

export interface DecodeOptions {
  /** Side of the square in pixels, an integer >= 1. */
  readonly size: number;
  /** 1 = grey (luminance of colour images), 3 = red, green, blue. */
  readonly channels: 1 | 3;
  readonly fit: Fit;
}

const SHARP_FIT = { letterbox: 'contain', crop: 'cover', stretch: 'fill' } as const;

/**
 * Decodes a PNG, JPEG, TIFF or DICOM file of 8 or 16 bits a channel, grey or colour. EXIF rotation is
 * applied, what is transparent becomes black, colour profiles are ignored as most readers of
 * training data do. 16 bits become 8 by the full range (65535 -> 255), not by the picture's own.
 * Resampled with an antialiased Lanczos kernel (a = 3). A DICOM file is taken as `readDicom` shows it,
 * of several frames the middle one.
 *
 * @returns the pixels in [0, 255], planar (channel, row, column)
 * @throws InputError naming the file if it cannot be read or decoded to the end; its `cause` is an
 *   Error with the reason alone
 */
export async function decodeImage(path: string, options: DecodeOptions): Promise<Uint8Array> {
  try {
    return await decodeBytes(await readFile(path), options);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const reason =
      code === 'ENOENT'
        ? 'no such file'
        : code === 'EISDIR'
          ? 'is a folder'
          : message.trim().replaceAll(/\s*\n\s*/g, '; ');
    throw new InputError(
      `${path}: unreadable image (${reason}); save it anew as PNG, JPEG, TIFF or DICOM, or leave it out`,
      { cause: new Error(reason) },
    );
  }
}

/**
 * 1 if a sample of at most 32 of the images is all grey (colour files whose channels are equal, to
 * 2 of 255 levels for JPEG's sake, count as grey), else 3. Unreadable images are passed over.
 */
export async function detectChannels(paths: Paths): Promise<1 | 3> {
  const step = Math.max(1, paths.length / 32);
  for (let at = 0; at < paths.length; at += step) {
    const path = paths.at(Math.floor(at))!;
    const pixels = await decodeImage(path, { size: 64, channels: 3, fit: 'stretch' }).catch(
      () => new Uint8Array(),
    );
    const plane = pixels.length / 3;
    for (let i = 0; i < plane; i++) {
      const [red, green, blue] = [pixels[i], pixels[plane + i], pixels[2 * plane + i]];
      if (Math.max(red, green, blue) - Math.min(red, green, blue) > 2) return 3;
    }
  }
  return 1;
}

/** `decodeImage` from the bytes of the file. @throws Error with the reason alone */
export async function decodeBytes(
  bytes: Buffer,
  { size, channels, fit }: DecodeOptions,
): Promise<Uint8Array> {
  // From bytes, not from the path: libvips remembers paths and would not see a changed file.
  const file = isDicom(bytes) ? await dicomAsPng(bytes) : bytes;
  // Row by row: 12 % faster than the whole picture in memory.
  const image = sharp(file, {
    autoOrient: true,
    ignoreIcc: true,
    failOn: 'warning',
    sequentialRead: true,
  });
  const { format, depth, pages = 1, channels: stored } = await image.metadata();
  if (!['png', 'jpeg', 'tiff'].includes(format)) throw new Error(`is ${format}`);
  if (depth !== 'uchar' && depth !== 'ushort')
    throw new Error(`pixels are ${depth}, not 8 or 16 bits`);
  if (pages > 1) throw new Error(`holds ${pages} pages, not one image`);
  if (stored > 4) throw new Error(`has ${stored} channels`);
  const { data, info } = await image
    .flatten({ background: 'black' })
    .resize(size, size, { fit: SHARP_FIT[fit], background: 'black', fastShrinkOnLoad: false })
    .toColourspace(channels === 1 ? 'b-w' : 'srgb')
    .raw()
    .toBuffer({ resolveWithObject: true });
  if (info.channels !== channels || data.length !== channels * size * size)
    throw new Error(`decoded to ${info.channels} channels of ${info.width} x ${info.height}`);
  if (channels === 1) return data;
  const plane = size * size;
  const planar = new Uint8Array(data.length);
  for (let i = 0, from = 0; i < plane; i++, from += 3) {
    planar[i] = data[from];
    planar[plane + i] = data[from + 1];
    planar[2 * plane + i] = data[from + 2];
  }
  return planar;
}
