// RLE Lossless (PS3.5 Annex G): PackBits, one segment a byte plane, the most significant byte first.

import { InputError } from '../../errors.js';

/**
 * Decodes one frame.
 *
 * @param planes bytes a sample x samples a pixel
 * @param pixels rows x columns
 * @returns the segments one after the other: `planes` x `pixels` bytes
 * @throws InputError if the header is not that of such a frame, or a segment is too short
 */
export function decodeRle(bytes: Uint8Array, planes: number, pixels: number): Uint8Array {
  if (bytes.length < 64) throw new InputError('RLE frame without header');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const segments = view.getUint32(0, true);
  if (segments !== planes) {
    throw new InputError(`RLE frame has ${segments} segments, its description needs ${planes}`);
  }
  const out = new Uint8Array(planes * pixels);
  for (let plane = 0; plane < planes; plane++) {
    const start = view.getUint32(4 + 4 * plane, true);
    const end = plane + 1 < planes ? view.getUint32(8 + 4 * plane, true) : bytes.length;
    const target = out.subarray(plane * pixels, (plane + 1) * pixels);
    if (start < 64 || end > bytes.length || unpack(bytes.subarray(start, end), target) < pixels) {
      throw new InputError(`RLE segment ${plane + 1} is cut short`);
    }
  }
  return out;
}

/** PackBits into the target, which may be filled before the source ends; returns the bytes written. */
function unpack(source: Uint8Array, target: Uint8Array): number {
  let at = 0;
  let to = 0;
  while (at < source.length && to < target.length) {
    const control = source[at++];
    if (control < 128) {
      const run = Math.min(control + 1, target.length - to, source.length - at);
      target.set(source.subarray(at, at + run), to);
      at += control + 1;
      to += run;
    } else if (control > 128 && at < source.length) {
      const end = Math.min(to + 257 - control, target.length);
      target.fill(source[at++], to, end);
      to = end;
    }
  }
  return to;
}
