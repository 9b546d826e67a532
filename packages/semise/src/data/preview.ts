// A picture small enough to measure thousands of: of its own shape, without the square's black rims.

import sharp from 'sharp';
import type { Picture } from './decode/picture.js';
import { isDicom } from './dicom/dataset.js';
import { dicomAsPng } from './dicom/png.js';

/** Pixels of the longer side at most: the same for all, so that what is measured compares. */
const PREVIEW = 256;

/**
 * Decodes a PNG, JPEG, TIFF or DICOM as `decodeBytes` does, fitted into 256 x 256 pixels; smaller pictures
 * keep their size.
 * @throws Error with the reason alone
 */
export async function previewOf(bytes: Buffer): Promise<Picture> {
  const file = isDicom(bytes) ? await dicomAsPng(bytes) : bytes;
  const image = sharp(file, { autoOrient: true, ignoreIcc: true, failOn: 'warning' });
  const { channels: stored, space } = await image.metadata();
  const grey = stored <= 2 && (space === 'b-w' || space === 'grey16');
  const { data, info } = await image
    .flatten({ background: 'black' })
    .resize(PREVIEW, PREVIEW, { fit: 'inside', withoutEnlargement: true, fastShrinkOnLoad: false })
    .toColourspace(grey ? 'b-w' : 'srgb')
    .raw()
    .toBuffer({ resolveWithObject: true });
  const { width, height } = info;
  return { width, height, channels: grey ? 1 : 3, bits: 8, pixels: data, spacing: null };
}
