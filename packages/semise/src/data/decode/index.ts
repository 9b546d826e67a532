// From the bytes of any supported file to pictures.

import { decodeDicom } from './dicom.js';
import { formatOf, HEAD } from './format.js';
import { chooseSlices, niftiSlice, readNifti } from './nifti.js';
import { type Picture, rangeOf } from './picture.js';
import { readRaster } from './raster.js';
import type { Decoded, DecodeRules, Identifiers } from './rules.js';
import { windowed } from './window.js';

export type { Decoded, DecodeRules, Identifiers };

/**
 * Decodes all pictures of a file that the rules ask for.
 *
 * @param name used to tell a gzipped volume from an archive
 * @param maskBytes the file of a volume's mask
 * @throws Error with the reason, if the file cannot be decoded or is beyond the limits
 */
export async function decodeFile(
  name: string,
  bytes: Buffer,
  rules: DecodeRules,
  maskBytes: Buffer | null = null,
): Promise<Decoded[]> {
  const format = formatOf(name, bytes.subarray(0, HEAD));
  if (format === 'raster') {
    const picture = windowed(await readRaster(bytes, rules.limits), rules.window);
    return [{ picture, part: '', mask: null, attributes: {}, identifiers: null }];
  }
  if (format === 'nifti') return decodeNifti(bytes, rules, maskBytes);
  if (format === 'zip' || format === 'gzip' || format === 'tar')
    throw new Error(`is a ${format} archive within the source; give it by itself, or unpack it`);
  if (format === 'dicom') return decodeDicom(bytes, rules);
  throw new Error('is no image: neither PNG, JPEG, TIFF, DICOM nor NIfTI');
}

async function decodeNifti(
  bytes: Buffer,
  { slices, plane, window, limits }: DecodeRules,
  maskBytes: Buffer | null,
): Promise<Decoded[]> {
  const volume = await readNifti(bytes, limits);
  const mask = maskBytes && (await readNifti(maskBytes, limits));
  if (mask && String(mask.size) !== String(volume.size))
    throw new Error(`its mask is ${mask.size.join(' x ')}, it is ${volume.size.join(' x ')}`);
  const chosen = chooseSlices(volume, plane, slices, mask);
  const axis = { axial: 'z', coronal: 'y', sagittal: 'x' }[plane];
  return chosen.map((index) => ({
    picture: niftiSlice(volume, plane, index, window),
    part: `${axis}${String(index).padStart(3, '0')}`,
    mask: mask && binary(niftiSlice(mask, plane, index, 'range')),
    attributes: { slice: String(index) },
    identifiers: null,
  }));
}

/** 255 where the picture is above 0 (above half of its highest value for JPEG, which smears), else 0. */
export function binary(picture: Picture, lossy = false): Picture {
  const { width, height, channels, pixels, spacing } = picture;
  const least = lossy ? rangeOf(pixels)[1] / 2 : 0;
  const marked = new Uint8Array(width * height);
  for (let i = 0; i < marked.length; i++)
    for (let c = 0; c < channels; c++) if (pixels[i * channels + c] > least) marked[i] = 255;
  return { width, height, channels: 1, bits: 8, pixels: marked, spacing };
}
