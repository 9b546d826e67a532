// Grey samples become brightness: Modality LUT, VOI LUT or window, MONOCHROME1, padding (PS3.3 C.11.1, C.11.2).
// A sample has at most 16 bits, so that the whole chain is one table from sample to brightness.

import { type LookupTable, lookUp } from './lookup-table.js';
import type { Samples } from './samples.js';

export interface Window {
  readonly center: number;
  readonly width: number;
  readonly shape: 'LINEAR' | 'LINEAR_EXACT' | 'SIGMOID';
}

export interface GreyRules {
  /** A lookup table wins over slope and intercept. */
  readonly modality: LookupTable | { readonly slope: number; readonly intercept: number };
  /** Absent: see `render`. */
  readonly voi?: LookupTable | Window;
  /** MONOCHROME1: the lowest value is white. */
  readonly inverted: boolean;
  /** Stored values, both ends included, that are no part of the picture. */
  readonly padding?: readonly [from: number, to: number];
  /** Bits stored, 1 to 16. */
  readonly bits: number;
  readonly signed: boolean;
}

/**
 * Brightness in [0, 1] of a value in modality units (PS3.3 C.11.2.1.2 and C.11.2.1.3).
 */
export function throughWindow(x: number, { center: c, width: w, shape }: Window): number {
  if (shape === 'SIGMOID') return 1 / (1 + Math.exp((-4 * (x - c)) / w));
  if (shape === 'LINEAR_EXACT') {
    if (x <= c - w / 2) return 0;
    return x > c + w / 2 ? 1 : (x - c) / w + 0.5;
  }
  if (x <= c - 0.5 - (w - 1) / 2) return 0;
  return x > c - 0.5 + (w - 1) / 2 ? 1 : (x - (c - 0.5)) / (w - 1) + 0.5;
}

/** Whether a window says anything: the standard wants a width of 1 or more, above 0 unless LINEAR. */
export const isUsable = ({ center, width, shape }: Window): boolean =>
  Number.isFinite(center) &&
  Number.isFinite(width) &&
  width > 0 &&
  (shape !== 'LINEAR' || width >= 1);

/**
 * Applies the rules to a frame. Without VOI, samples of at most 8 bits keep their whole range, wider
 * ones spread from the lowest to the highest value that the frame has: most of a 16-bit range is
 * empty as a rule, and nothing says which part.
 *
 * @returns 8 bits where at most 8 are stored, else 16; 0 is black; padding is black
 */
export function render(samples: Samples, rules: GreyRules): Uint8Array | Uint16Array {
  const { modality, voi, inverted, padding, bits, signed } = rules;
  const lowest = signed ? -(2 ** (bits - 1)) : 0;
  const count = 2 ** bits;
  const wide = bits > 8;
  const top = wide ? 65535 : 255;
  const isPadding = (value: number): boolean =>
    padding !== undefined && value >= padding[0] && value <= padding[1];
  const toModality = (value: number): number =>
    'entries' in modality ? lookUp(modality, value) : value * modality.slope + modality.intercept;

  let toBrightness: (x: number) => number;
  if (voi === undefined) {
    const [from, to] = wide ? valuesMet(samples, isPadding) : [lowest, lowest + count - 1];
    const ends =
      'entries' in modality ? rangeOf(modality.entries) : [toModality(from), toModality(to)];
    const low = Math.min(...ends);
    const span = Math.max(...ends) - low || 1;
    toBrightness = (x) => Math.max(0, Math.min(1, (x - low) / span));
  } else if ('entries' in voi) {
    const full = 2 ** voi.bits - 1;
    toBrightness = (x) => Math.min(1, lookUp(voi, x) / full);
  } else {
    toBrightness = (x) => throughWindow(x, voi);
  }

  const table = new (wide ? Uint16Array : Uint8Array)(count);
  for (let i = 0; i < count; i++) {
    const value = lowest + i;
    const brightness = toBrightness(toModality(value));
    table[i] = isPadding(value) ? 0 : Math.round(top * (inverted ? 1 - brightness : brightness));
  }
  const out = new (wide ? Uint16Array : Uint8Array)(samples.length);
  for (let i = 0; i < samples.length; i++) out[i] = table[samples[i] - lowest];
  return out;
}

/** Lowest and highest sample of the picture; 0 and 0 where all is padding. */
function valuesMet(samples: Samples, isPadding: (value: number) => boolean): [number, number] {
  let low = Infinity;
  let high = -Infinity;
  for (const value of samples) {
    if ((value < low || value > high) && !isPadding(value)) {
      if (value < low) low = value;
      if (value > high) high = value;
    }
  }
  return low > high ? [0, 0] : [low, high];
}

function rangeOf(entries: Uint16Array): [number, number] {
  let low = entries[0];
  let high = entries[0];
  for (const value of entries) {
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return [low, high];
}
