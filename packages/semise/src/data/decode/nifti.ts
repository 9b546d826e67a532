// NIfTI-1 and NIfTI-2 volumes (.nii, .nii.gz), cut into slices as a radiologist looks at them.
//
// The header is the only thing believed of the file, and only after its sizes were checked against the
// bytes that are there. Orientation follows the affine (https://nifti.nimh.nih.gov/nifti-1): the voxel
// axes are permuted and flipped to the nearest right-anterior-superior axes, as nibabel's
// as_closest_canonical does.

import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { NIFTI1, type NIFTI2, readHeader } from 'nifti-reader-js';
import { checkSize, type Limits, type Picture, rangeOf, toSixteenBits } from './picture.js';
import { indicesOf, type Plane, type SliceRule, type Window } from './rules.js';

export interface Volume {
  /** Voxels along the right, anterior and superior axis. */
  readonly size: readonly [x: number, y: number, z: number];
  /** Millimetres between voxels along them; null where the header gives none. */
  readonly spacing: readonly [x: number, y: number, z: number] | null;
  /** Scaled values (slope and intercept applied), x fastest, axes right, anterior, superior. */
  readonly values: Float32Array | Uint8Array;
  /** Values that the header wants shown, where it says. */
  readonly shown: readonly [low: number, high: number] | null;
}

type Header = NIFTI1 | NIFTI2;

const TYPES: Readonly<Record<number, { bytes: number; get: keyof DataView }>> = {
  2: { bytes: 1, get: 'getUint8' },
  4: { bytes: 2, get: 'getInt16' },
  8: { bytes: 4, get: 'getInt32' },
  16: { bytes: 4, get: 'getFloat32' },
  64: { bytes: 8, get: 'getFloat64' },
  256: { bytes: 1, get: 'getInt8' },
  512: { bytes: 2, get: 'getUint16' },
  768: { bytes: 4, get: 'getUint32' },
};

/** Whether these first bytes of a (decompressed) file are a NIfTI header. */
export function isNifti(head: Buffer): boolean {
  const magic = (at: number, text: string) => head.toString('latin1', at, at + 4) === text;
  return magic(344, 'n+1\0') || (magic(4, 'n+2\0') && head.length >= 540);
}

/**
 * Reads a volume; of a series of volumes (4-D) the first.
 *
 * @throws Error with the reason, if the file is none, is cut short, has a header that lies, holds
 *   colours or complex numbers, or is beyond the limits
 */
export async function readNifti(file: Buffer, limits: Limits): Promise<Volume> {
  const bytes =
    file[0] === 0x1f && file[1] === 0x8b
      ? await promisify(gunzip)(file, { maxOutputLength: limits.fileBytes })
      : file;
  if (!isNifti(bytes)) throw new Error('is not a NIfTI file with its image inside (n+1 or n+2)');
  const header = headerOf(bytes);
  const [rank, ...extents] = header.dims;
  if (!(Number.isInteger(rank) && rank >= 2 && rank <= 7))
    throw new Error(`header: ${rank} dimensions`);
  const size = [0, 1, 2].map((axis) => (axis < rank ? extents[axis] : 1)) as [
    number,
    number,
    number,
  ];
  for (const extent of size) checkSize(extent, 1, limits);
  const voxels = size[0] * size[1] * size[2];
  const type = TYPES[header.datatypeCode];
  if (!type) throw new Error(`data type ${header.datatypeCode} is not a plain number`);
  const start = header.vox_offset;
  if (voxels * 4 > limits.fileBytes)
    throw new Error(`holds ${size.join(' x ')} voxels, more than allowed`);
  if (!(Number.isInteger(start) && start >= 348 && start + voxels * type.bytes <= bytes.length))
    throw new Error(
      `is cut short: ${size.join(' x ')} voxels need ${voxels * type.bytes} bytes after ${start}, ` +
        `the file has ${bytes.length}`,
    );
  const raw = scaled(bytes, start, voxels, header, type);
  const spacing = zooms(header);
  const { order, flipped } = canonicalAxes(header.affine);
  const { cal_min: low, cal_max: high } = header;
  return {
    size: order.map((axis) => size[axis]) as [number, number, number],
    spacing: spacing && (order.map((axis) => spacing[axis]) as [number, number, number]),
    values: reordered(raw, size, order, flipped),
    shown: Number.isFinite(low) && Number.isFinite(high) && high > low ? [low, high] : null,
  };
}

/**
 * One slice, as radiologists show it: axial and coronal with the patient's right at the left of the
 * picture, anterior or superior on top; sagittal with anterior at the left.
 *
 * @param index along the superior axis (axial), the anterior axis (coronal), the right one (sagittal)
 * @param window `full` and `file` without a stated range keep bytes as they are
 */
export function niftiSlice(volume: Volume, plane: Plane, index: number, window: Window): Picture {
  const [nx, ny, nz] = volume.size;
  const [width, height] = { axial: [nx, ny], coronal: [nx, nz], sagittal: [ny, nz] }[plane];
  const values = new Float32Array(width * height);
  for (let row = 0; row < height; row++)
    for (let column = 0; column < width; column++) {
      const across = width - 1 - column;
      const up = height - 1 - row;
      const [x, y, z] =
        plane === 'axial'
          ? [across, up, index]
          : plane === 'coronal'
            ? [across, index, up]
            : [index, across, up];
      values[row * width + column] = volume.values[x + nx * (y + ny * z)];
    }
  const [sx, sy, sz] = volume.spacing ?? [];
  const spacing = { axial: [sy, sx], coronal: [sz, sx], sagittal: [sz, sy] }[plane];
  const common = {
    width,
    height,
    channels: 1 as const,
    spacing: volume.spacing && (spacing as [number, number]),
  };
  const bytesKept = volume.values instanceof Uint8Array && !volume.shown;
  if (bytesKept && (window === 'full' || window === 'file'))
    return { ...common, bits: 8, pixels: Uint8Array.from(values) };
  const [low, high] = windowOf(window, volume);
  return { ...common, bits: 16, pixels: toSixteenBits(values, low, high) };
}

/** How many slices the plane has. */
export const sliceCount = ({ size }: Volume, plane: Plane): number =>
  size[{ sagittal: 0, coronal: 1, axial: 2 }[plane]];

/**
 * The slices that the rule takes, in order.
 * @throws Error if the rule needs a mask and there is none, or its size is another
 */
export function chooseSlices(
  volume: Volume,
  plane: Plane,
  rule: SliceRule,
  mask: Volume | null = null,
): number[] {
  const count = sliceCount(volume, plane);
  if (rule !== 'largest-mask') return indicesOf(rule, count);
  if (!mask) throw new Error('has no mask to choose the slice by; give one, or another --slices');
  if (String(mask.size) !== String(volume.size))
    throw new Error(`its mask is ${mask.size.join(' x ')}, it is ${volume.size.join(' x ')}`);
  const marked = Array.from({ length: count }, (_, i) => markedVoxels(mask, plane, i));
  return [marked.indexOf(Math.max(...marked))];
}

function markedVoxels(mask: Volume, plane: Plane, index: number): number {
  const [nx, ny, nz] = mask.size;
  let marked = 0;
  for (let z = 0; z < nz; z++)
    for (let y = 0; y < ny; y++)
      for (let x = 0; x < nx; x++) {
        const at = { axial: z, coronal: y, sagittal: x }[plane];
        if (at === index && mask.values[x + nx * (y + ny * z)] > 0) marked++;
      }
  return marked;
}

function windowOf(window: Window, volume: Volume): readonly [number, number] {
  if (typeof window === 'object')
    return [window.center - window.width / 2, window.center + window.width / 2];
  return window === 'file' && volume.shown ? volume.shown : rangeOf(volume.values);
}

/** Without what follows the header proper: extensions may lie about their length. */
function headerOf(bytes: Buffer): Header {
  const length = bytes.readInt32LE(0) === 540 || bytes.readInt32BE(0) === 540 ? 540 : 348;
  const head = new Uint8Array(length + 4);
  head.set(bytes.subarray(0, length));
  return readHeader(head.buffer);
}

function scaled(
  bytes: Buffer,
  start: number,
  voxels: number,
  header: Header,
  { bytes: width, get }: { bytes: number; get: keyof DataView },
): Float32Array | Uint8Array {
  // NIfTI: a slope of 0 means that there is none.
  const { scl_slope, scl_inter, littleEndian } = header;
  const scales = scl_slope !== 0 && Number.isFinite(scl_slope) && Number.isFinite(scl_inter);
  const [slope, intercept] = scales ? [scl_slope, scl_inter] : [1, 0];
  if (get === 'getUint8' && slope === 1 && intercept === 0)
    return Uint8Array.from(bytes.subarray(start, start + voxels));
  const view = new DataView(bytes.buffer, bytes.byteOffset + start, voxels * width);
  const read = (view[get] as (at: number, littleEndian: boolean) => number).bind(view);
  const values = new Float32Array(voxels);
  for (let i = 0; i < voxels; i++) values[i] = slope * read(i * width, littleEndian) + intercept;
  return values;
}

/** In millimetres. */
function zooms(header: Header): [number, number, number] | null {
  const unit = { 1: 1000, 2: 1, 3: 0.001 }[header.xyzt_units & NIFTI1.SPATIAL_UNITS_MASK] ?? 1;
  const spacing = header.pixDims.slice(1, 4).map((zoom) => Math.abs(zoom) * unit);
  return spacing.every((zoom) => Number.isFinite(zoom) && zoom > 0)
    ? (spacing as [number, number, number])
    : null;
}

/** For the right, anterior and superior axis: which voxel axis runs along it, and whether backwards. */
function canonicalAxes(affine: readonly (readonly number[])[]) {
  const lengths = [0, 1, 2].map((axis) => Math.hypot(...[0, 1, 2].map((w) => affine[w][axis])));
  if (!lengths.every((length) => Number.isFinite(length) && length > 0))
    return { order: [0, 1, 2], flipped: [false, false, false] };
  const order = [-1, -1, -1];
  const flipped = [false, false, false];
  for (const axis of [0, 1, 2]) {
    const along = [0, 1, 2].map((w) => (order[w] < 0 ? Math.abs(affine[w][axis]) : -1));
    const world = along.indexOf(Math.max(...along));
    order[world] = axis;
    flipped[world] = affine[world][axis] < 0;
  }
  return { order, flipped };
}

function reordered<T extends Float32Array | Uint8Array>(
  raw: T,
  size: readonly number[],
  order: readonly number[],
  flipped: readonly boolean[],
): T {
  const strides = [1, size[0], size[0] * size[1]];
  const [nx, ny, nz] = order.map((axis) => size[axis]);
  const step = order.map((axis, world) => (flipped[world] ? -1 : 1) * strides[axis]);
  let start = 0;
  for (const world of [0, 1, 2])
    if (flipped[world]) start += (size[order[world]] - 1) * strides[order[world]];
  const values = raw.slice() as T;
  let at = 0;
  for (let z = 0; z < nz; z++)
    for (let y = 0; y < ny; y++)
      for (let x = 0; x < nx; x++)
        values[at++] = raw[start + x * step[0] + y * step[1] + z * step[2]];
  return values;
}
