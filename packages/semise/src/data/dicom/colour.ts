// Colour samples become red, green, blue (PS3.3 C.7.6.3.1.2).

import { type LookupTable, lookUp } from './lookup-table.js';
import type { Samples } from './samples.js';

/** ITU-R BT.601 with full range (YBR_FULL, YBR_FULL_422), 8 bits a sample. */
export function ybrToRgb(samples: Samples, bits: number): Samples {
  const out = samples.slice();
  const top = 2 ** bits - 1;
  const middle = 2 ** (bits - 1);
  const clamp = (value: number): number => Math.max(0, Math.min(top, Math.round(value)));
  for (let i = 0; i < samples.length; i += 3) {
    const y = samples[i];
    const cb = samples[i + 1] - middle;
    const cr = samples[i + 2] - middle;
    out[i] = clamp(y + 1.402 * cr);
    out[i + 1] = clamp(y - 0.344136 * cb - 0.714136 * cr);
    out[i + 2] = clamp(y + 1.772 * cb);
  }
  return out;
}

/** Indices become colours; 8 bits where the palette has 8 or fewer, else 16. */
export function throughPalette(
  samples: Samples,
  palette: readonly [LookupTable, LookupTable, LookupTable],
): Uint8Array | Uint16Array {
  const wide = palette.some(({ bits }) => bits > 8);
  const out = new (wide ? Uint16Array : Uint8Array)(3 * samples.length);
  for (let i = 0; i < samples.length; i++) {
    for (let c = 0; c < 3; c++) out[3 * i + c] = lookUp(palette[c], samples[i]);
  }
  return out;
}

/** Unsigned samples of any depth by their full range: 8 bits where at most 8 are stored, else 16. */
export function toFullRange(samples: Samples, bits: number): Uint8Array | Uint16Array {
  const out = bits > 8 ? new Uint16Array(samples.length) : new Uint8Array(samples.length);
  const factor = (bits > 8 ? 65535 : 255) / (2 ** bits - 1);
  for (let i = 0; i < samples.length; i++) out[i] = Math.round(samples[i] * factor);
  return out;
}
