// PNG, JPEG and TIFF, with all the bits they have.

import sharp from 'sharp';
import { checkSize, type Limits, type Picture } from './picture.js';

/**
 * Decodes a PNG, JPEG or TIFF of 8 or 16 bits, grey or colour, at its full depth: sharp alone would
 * cut 16 bits to 8. EXIF rotation is applied, what is transparent becomes black, colour profiles are
 * ignored (as `decodeImage` does, which reads the result). Dots an inch say nothing about the patient:
 * the spacing stays unknown.
 *
 * @throws Error with the reason, if it is another format, damaged, or beyond the limits
 */
export async function readRaster(bytes: Buffer, limits: Limits): Promise<Picture> {
  const image = sharp(bytes, {
    autoOrient: true,
    ignoreIcc: true,
    failOn: 'warning',
    limitInputPixels: limits.pixels,
  });
  const { format, depth, pages = 1, channels, space, width, height } = await image.metadata();
  if (!['png', 'jpeg', 'tiff'].includes(format)) throw new Error(`is ${format}`);
  checkSize(width, height, limits);
  if (depth !== 'uchar' && depth !== 'ushort')
    throw new Error(`pixels are ${depth}, not 8 or 16 bits`);
  if (pages > 1) throw new Error(`holds ${pages} pages, not one image`);
  if (channels > 4) throw new Error(`has ${channels} channels`);
  const wide = depth === 'ushort';
  const grey = channels <= 2 && (space === 'b-w' || space === 'grey16');
  const { data, info } = await image
    .flatten({ background: 'black' })
    .toColourspace(wide ? (grey ? 'grey16' : 'rgb16') : grey ? 'b-w' : 'srgb')
    .raw({ depth: wide ? 'ushort' : 'uchar' })
    .toBuffer({ resolveWithObject: true });
  const values = info.width * info.height * (grey ? 1 : 3);
  if (info.channels !== (grey ? 1 : 3) || data.length !== values * (wide ? 2 : 1))
    throw new Error(`decoded to ${info.channels} channels of ${info.width} x ${info.height}`);
  return {
    width: info.width,
    height: info.height,
    channels: grey ? 1 : 3,
    bits: wide ? 16 : 8,
    pixels: wide ? sixteenBit(data, values) : data,
    spacing: null,
  };
}

/** A PNG of the same depth: 8 bits stay 8, 16 stay 16, without loss and without metadata. */
export function writePng({ width, height, channels, bits, pixels }: Picture): Promise<Buffer> {
  const image = sharp(pixels, { raw: { width, height, channels }, limitInputPixels: false });
  const space = { 8: { 1: 'b-w', 3: 'srgb' }, 16: { 1: 'grey16', 3: 'rgb16' } }[bits][channels];
  return image.toColourspace(space).png().toBuffer();
}

function sixteenBit(data: Buffer, values: number): Uint16Array {
  const aligned = data.byteOffset % 2 === 0 ? data : Buffer.from(data);
  return new Uint16Array(aligned.buffer, aligned.byteOffset, values);
}
