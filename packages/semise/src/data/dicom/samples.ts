// Cells become samples: bits stored in any place of the cell, signed or not, planar or not (PS3.5 8.1.1).

import { InputError } from '../../errors.js';

/** Values of one frame as stored, pixel by pixel, its channels side by side. */
export type Samples = Uint8Array | Int8Array | Uint16Array | Int16Array;

export interface CellLayout {
  /** 8 or 16. */
  readonly allocated: number;
  readonly stored: number;
  readonly highBit: number;
  readonly signed: boolean;
}

/** Takes the stored bits out of each cell; what overlays or garbage share the cell with them is dropped. */
export function extractSamples(cells: Uint8Array | Uint16Array, layout: CellLayout): Samples {
  const { allocated, stored, highBit, signed } = layout;
  const wide = allocated > 8;
  const shift = highBit + 1 - stored;
  const out = signed
    ? new (wide ? Int16Array : Int8Array)(cells.length)
    : new (wide ? Uint16Array : Uint8Array)(cells.length);
  // Up to the top of a 32-bit word and back: an arithmetic shift extends the sign.
  const up = 32 - stored - shift;
  const down = 32 - stored;
  if (signed) for (let i = 0; i < cells.length; i++) out[i] = (cells[i] << up) >> down;
  else for (let i = 0; i < cells.length; i++) out[i] = (cells[i] << up) >>> down;
  return out;
}

/** What a lossy codec put beyond the stored range comes back to its end; taken apart it would wrap. */
export function clampSamples(samples: Samples, stored: number, signed: boolean): Samples {
  const low = signed ? -(2 ** (stored - 1)) : 0;
  const high = low + 2 ** stored - 1;
  return samples.map((value) => Math.max(low, Math.min(high, value)));
}

/** Two bytes a cell, of either byte order. */
export function words(bytes: Uint8Array, littleEndian: boolean): Uint16Array {
  const out = new Uint16Array(bytes.length >> 1);
  const [low, high] = littleEndian ? [0, 1] : [1, 0];
  for (let i = 0; i < out.length; i++) out[i] = bytes[2 * i + low] | (bytes[2 * i + high] << 8);
  return out;
}

/** One bit a cell, the first in the least significant place (PS3.5 8.1.1). */
export function bits(bytes: Uint8Array, start: number, count: number): Uint8Array {
  return Uint8Array.from({ length: count }, (_, i) => {
    const at = start + i;
    return (bytes[at >> 3] >> (at & 7)) & 1;
  });
}

/** One channel after the other becomes pixel by pixel. */
export function interleave(
  planes: Uint8Array | Uint16Array,
  channels: number,
): Uint8Array | Uint16Array {
  if (channels === 1) return planes;
  const pixels = planes.length / channels;
  const out = new (planes instanceof Uint8Array ? Uint8Array : Uint16Array)(planes.length);
  for (let c = 0; c < channels; c++) {
    for (let i = 0; i < pixels; i++) out[i * channels + c] = planes[c * pixels + i];
  }
  return out;
}

/** Chroma of every second pixel, Y1 Y2 Cb Cr (PS3.3 C.7.6.3.1.2), becomes one for each. */
export function spread422(cells: Uint8Array, pixels: number): Uint8Array {
  const out = new Uint8Array(3 * pixels);
  for (let i = 0; i < pixels; i++) {
    const pair = 4 * (i >> 1);
    out[3 * i] = cells[pair + (i & 1)];
    out[3 * i + 1] = cells[pair + 2];
    out[3 * i + 2] = cells[pair + 3];
  }
  return out;
}

/** @throws InputError if the description of the cells contradicts itself or is not covered */
export function checkLayout({ allocated, stored, highBit }: CellLayout): void {
  if (![1, 8, 16].includes(allocated)) {
    throw new InputError(`${allocated} bits allocated a sample; semise reads 1, 8 and 16`);
  }
  if (stored < 1 || stored > allocated || highBit < stored - 1 || highBit >= allocated) {
    throw new InputError(
      `bits stored ${stored} and high bit ${highBit} do not fit ${allocated} bits allocated`,
    );
  }
}
