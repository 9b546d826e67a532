// A DICOM frame as a picture file, for all that read pictures.

import sharp from 'sharp';
import { type DicomImage, readDicom } from './read.js';

/** A PNG of what `readDicom` gave, 8 or 16 bits. */
export function pngOf({ width, height, channels, bits, pixels }: DicomImage): Promise<Buffer> {
  const deep =
    bits === 16 ? (channels === 1 ? 'grey16' : 'rgb16') : channels === 1 ? 'b-w' : 'srgb';
  return sharp(pixels, { raw: { width, height, channels } })
    .toColourspace(deep)
    .png({ compressionLevel: 1 })
    .toBuffer();
}

/** A PNG of a DICOM file's picture, of several frames the middle one. @throws InputError with the reason */
export const dicomAsPng = async (bytes: Uint8Array): Promise<Buffer> =>
  pngOf(await readDicom(bytes));
