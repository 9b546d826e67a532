// What a file is, by its first bytes: names lie.

import { isDicom } from '../dicom/index.js';
import { isNifti } from './nifti.js';

export type Format =
  | 'raster'
  | 'dicom'
  | 'nifti'
  | 'npz'
  | 'zip'
  | 'gzip'
  | 'tar'
  | 'table'
  | 'other';

/** Bytes of a file's start that `formatOf` looks at. */
export const HEAD = 1024;

const TABLE = /\.(csv|tsv|xlsx)$/i;
const PICTURE = /\.(png|jpe?g|tiff?|dcm|dicom|dic|ima|nii(\.gz)?|npz)$/i;

/**
 * @param name tells apart what the bytes do not: the spreadsheet from the archive, and the gzipped
 *   volume from the gzipped tar
 */
export function formatOf(name: string, head: Buffer): Format {
  const starts = (...bytes: number[]) => bytes.every((byte, i) => head[i] === byte);
  // First, as DICOM's preamble may make the file a TIFF, too.
  if (head.toString('latin1', 128, 132) === 'DICM') return 'dicom';
  if (starts(0x89, 0x50, 0x4e, 0x47) || starts(0xff, 0xd8, 0xff)) return 'raster';
  if (starts(0x49, 0x49, 0x2a, 0) || starts(0x4d, 0x4d, 0, 0x2a)) return 'raster';
  if (starts(0x49, 0x49, 0x2b, 0) || starts(0x4d, 0x4d, 0, 0x2b)) return 'raster';
  if (TABLE.test(name)) return 'table';
  if (starts(0x50, 0x4b, 3, 4) || starts(0x50, 0x4b, 5, 6))
    return /\.npz$/i.test(name) ? 'npz' : 'zip';
  if (starts(0x1f, 0x8b)) return /\.nii\.gz$/i.test(name) ? 'nifti' : 'gzip';
  if (isNifti(head)) return 'nifti';
  if (head.toString('latin1', 257, 262) === 'ustar') return 'tar';
  // Last, since it is a guess: data sets without preamble or without file meta information.
  return isDicom(head) ? 'dicom' : 'other';
}

/** Whether the name claims to be an image: then it must be one, and is listed if it is not. */
export const claimsPicture = (name: string): boolean => PICTURE.test(name);
