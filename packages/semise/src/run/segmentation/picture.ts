// An image file at its own size, beside what the network sees of it.

import { readFile } from 'node:fs/promises';
import sharp from 'sharp';
import {
  type DecodeOptions,
  decodeBytes,
  dicomShape,
  isDicom,
  pngOf,
  readDicom,
} from '../../data/index.js';
import { InputError } from '../../errors.js';
import type { Spacing } from '../../tasks/index.js';

export interface PictureSize {
  readonly width: number;
  readonly height: number;
}

/**
 * Width and height as the image is shown, and mm between its pixels where the file tells (DICOM).
 * @throws InputError if it cannot be read
 */
export async function pictureShape(
  path: string,
): Promise<PictureSize & { readonly spacing: Spacing | null }> {
  try {
    const file = await readFile(path);
    if (isDicom(file)) return dicomShape(file);
    const { autoOrient } = await sharp(file).metadata();
    return { width: autoOrient.width, height: autoOrient.height, spacing: null };
  } catch (error) {
    throw unreadable(path, error as Error);
  }
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
    const image = await readDicom(file);
    const { width, height, spacing, frame } = image;
    const bytes = await pngOf(image);
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
