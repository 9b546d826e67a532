// A mask as NIfTI-1 (.nii.gz), which most tools for medical images read.

import { gzipSync } from 'node:zlib';
import { NIFTI1 } from 'nifti-reader-js';
import type { Mask } from '../../data/index.js';
import type { Spacing } from '../../tasks/index.js';

/** Codes of the standard (nifti1.h). */
const UINT8 = 2;
const MILLIMETRES = 2;
const ALIGNED = 2;
const LABELS = 1002;
const DATA_AT = 352;

/**
 * One slice of width x height, x from the image's left, y from its lower edge up, so that viewers show
 * it as it is. Without a spacing pixels are 1 apart and the unit is left unknown.
 */
export function niftiMask({ width, height, classes }: Mask, spacing: Spacing | null): Buffer {
  const [down, across] = spacing ?? [1, 1];
  const header = new NIFTI1();
  header.littleEndian = true;
  header.dims = [3, width, height, 1, 1, 1, 1, 1];
  header.pixDims = [1, across, down, 1, 1, 1, 1, 1];
  header.datatypeCode = UINT8;
  header.numBitsPerVoxel = 8;
  header.vox_offset = DATA_AT;
  header.scl_slope = 1;
  header.xyzt_units = spacing ? MILLIMETRES : 0;
  header.intent_code = LABELS;
  header.sform_code = ALIGNED;
  // Rows run down in the image and up in the world.
  header.affine = [
    [across, 0, 0, 0],
    [0, -down, 0, (height - 1) * down],
    [0, 0, 1, 0],
    [0, 0, 0, 1],
  ];
  header.magic = 'n+1';
  header.description = 'lesion mask by semise';
  const start = new Uint8Array(DATA_AT);
  start.set(new Uint8Array(header.toArrayBuffer()).subarray(0, DATA_AT));
  return gzipSync(Buffer.concat([start, classes]));
}
