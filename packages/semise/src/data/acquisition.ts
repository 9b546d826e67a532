// An image file as it came from the device: its picture, and what the file says of how it was taken.

import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import sharp from 'sharp';
import { InputError } from '../errors.js';
import { formatOf, HEAD } from './decode/format.js';
import { decodeFile } from './decode/index.js';
import { LIMITS } from './decode/picture.js';
import { writePng } from './decode/raster.js';
import { readDicomTags } from './dicom/index.js';

export interface Acquired {
  /** PNG, JPEG or TIFF: the file's own bytes, or what `semise import` makes of it by default. */
  readonly bytes: Buffer;
  /** Of the file's content, hexadecimal. */
  readonly sha256: string;
  /**
   * Format, size, depth; of DICOM also the tags below. Names are those of import's columns where it
   * has them. Nothing that identifies the patient, but age and sex.
   */
  readonly metadata: Readonly<Record<string, string>>;
}

const TAGS: Readonly<Record<string, string>> = {
  manufacturer: '0008,0070',
  model: '0008,1090',
  software: '0018,1020',
  kvp: '0018,0060',
  tube_current: '0018,1151',
  exposure_time: '0018,1150',
  exposure: '0018,1152',
  filter: '0018,1160',
  grid: '0018,1166',
  kernel: '0018,1210',
  slice_thickness: '0018,0050',
  photometric: '0028,0004',
  window_center: '0028,1050',
  window_width: '0028,1051',
  rescale_slope: '0028,1053',
  lossy: '0028,2110',
};

/**
 * Reads a PNG, JPEG, TIFF, DICOM (the frame in the middle, by the file's own window) or NIfTI file
 * (the axial slice in the middle).
 * @throws InputError naming the file; its `cause` is an Error with the reason alone
 */
export async function readAcquired(path: string): Promise<Acquired> {
  try {
    const file = await readFile(path);
    const sha256 = createHash('sha256').update(file).digest('hex');
    const format = formatOf(path, file.subarray(0, HEAD));
    if (format === 'raster') {
      const image = await sharp(file).metadata();
      const depths: Record<string, string> = { uchar: '8', ushort: '16' };
      return {
        bytes: file,
        sha256,
        metadata: {
          format: image.format,
          width: String(image.width),
          height: String(image.height),
          channels: String(image.channels),
          bits: depths[image.depth] ?? image.depth,
        },
      };
    }
    const [{ picture, attributes }] = await decodeFile(path, file, {
      slices: 'middle',
      plane: 'axial',
      window: 'file',
      limits: LIMITS,
    });
    const { extra } =
      format === 'dicom'
        ? readDicomTags(file, { extraTags: Object.values(TAGS) })
        : { extra: {} as Record<string, string | null> };
    return {
      bytes: await writePng(picture),
      sha256,
      metadata: {
        format,
        width: String(picture.width),
        height: String(picture.height),
        channels: String(picture.channels),
        bits: String(picture.bits),
        ...(picture.spacing && { spacing: String(picture.spacing[0]) }),
        ...attributes,
        ...Object.fromEntries(
          Object.entries(TAGS).flatMap(([name, tag]) => {
            // Of several windows the first, which is the one applied.
            const value = extra[tag]?.split('\\')[0].trim();
            return value ? [[name, value]] : [];
          }),
        ),
      },
    };
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const reason =
      code === 'ENOENT' ? 'no such file' : message.trim().replaceAll(/\s*\n\s*/g, '; ');
    throw new InputError(
      `${path}: unreadable image (${reason}); mend it, or leave it out (--skip-bad)`,
      { cause: new Error(reason) },
    );
  }
}
