// An image file at its own size, beside what the network sees of it.

import { readFile } from 'node:fs/promises';
import sharp from 'sharp';
import { type DecodeOptions, decodeBytes, isDicom, readDicom } from '../../data/index.js';
import { InputError } from '../../errors.js';
import type { Spacing } from '../../tasks/index.js';

export interface PictureSize {
  readonly width: number;
  readonly height: number;
}

/** Width and height as the image is shown. @throws InputError if it cannot be read */
export async function pictureSize(path: string): Promise<PictureSize> {
  const { autoOrient } = await sharp(path)
    .metadata()
    .catch((error: Error) => {
      throw unreadable(path, error);
    });
  return { width: autoOrient.width, height: autoOrient.height };
}

export interface Picture extends PictureSize {
  /** A file that sharp reads: the image's own, or a PNG of a DICOM frame. */
  readonly bytes: Buffer;
  /** mm between pixels; null where the file does not tell it. */
  readonly spacing: Spacing | null;
  /** The whole DICOM file, and the frame that was taken, from 0. */
  readonly dicom: { readonly file: Buffer; readonly frame: number } | null;
  /** What a network sees. */
  decode(options: DecodeOptions): Promise<Uint8Array>;
}

/** Reads a PNG, JPEG, TIFF or DICOM file (of several frames the middle one). @throws InputError naming it */
export async function openPicture(path: string): Promise<Picture> {
  try {
    const file = await readFile(path);
    if (!isDicom(file)) {
      const { width, height } = (await sharp(file).metadata()).autoOrient;
      const decode = (options: DecodeOptions) => decodeBytes(file, options);
      await decode({ size: 8, channels: 1, fit: 'stretch' });
      return { width, height, bytes: file, spacing: null, dicom: null, decode };
    }
    const { width, height, channels, bits, pixels, spacing, frame } = await readDicom(file);
    const deep =
      bits === 16 ? (channels === 1 ? 'grey16' : 'rgb16') : channels === 1 ? 'b-w' : 'srgb';
    const bytes = await sharp(pixels, { raw: { width, height, channels } })
      .toColourspace(deep)
      .png()
      .toBuffer();
    const decode = (options: DecodeOptions) => decodeBytes(bytes, options);
    return { width, height, bytes, spacing, dicom: { file, frame }, decode };
  } catch (error) {
    throw unreadable(path, error as Error);
  }
}

function unreadable(path: string, { message }: Error): InputError {
  const reason = message.trim().replaceAll(/\s*\n\s*/g, '; ');
  return new InputError(
    `${path}: unreadable image (${reason}); give a PNG, JPEG, TIFF or DICOM file`,
  );
}
