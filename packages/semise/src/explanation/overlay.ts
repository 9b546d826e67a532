// A map over its image, to look at: the image in grey, vermilion where it raises the score, blue where it
// lowers it.

import sharp, { type Sharp } from 'sharp';
import { type Fit, placement } from '../data/index.js';

/** Okabe & Ito's vermilion and blue: told apart by the colour-blind, too. */
const RAISES = [213, 94, 0] as const;
const LOWERS = [0, 114, 178] as const;
/** Share of the colour where a map is strongest. */
const STRONGEST = 0.85;
/** Below this share of the strongest nothing is painted. */
const FAINT = 0.08;

/**
 * The value that is painted in full: all but the half percent of the strongest pixels of these maps lie
 * below it. Pictures that are to be compared share one.
 */
export function strengthOf(maps: readonly ArrayLike<number>[]): number {
  const sizes = Float32Array.from(maps.flatMap((map) => Array.from(map, Math.abs))).sort();
  return sizes[Math.floor(0.995 * (sizes.length - 1))] ?? 0;
}

/**
 * A map smoothed by a Gaussian of 1/48 of the side: gradients of single pixels are speckled, and an eye
 * cannot add them up. For looking at; what is measured is the map itself. @param map [S, S]
 */
export function smooth(map: Float32Array): Float32Array {
  const side = Math.sqrt(map.length);
  const deviation = Math.max(0.5, side / 48);
  const reach = Math.ceil(3 * deviation);
  const weights = Array.from({ length: 2 * reach + 1 }, (_, i) =>
    Math.exp(-((i - reach) ** 2) / (2 * deviation ** 2)),
  );
  const along = (values: Float32Array, step: number, across: number) =>
    values.map((_, p) => {
      const at = Math.floor(p / step) % side;
      let [sum, total] = [0, 0];
      for (let k = -reach; k <= reach; k++) {
        if (at + k < 0 || at + k >= across) continue;
        sum += weights[k + reach] * values[p + k * step];
        total += weights[k + reach];
      }
      return sum / total;
    });
  return along(along(map, 1, side), side, side);
}

export interface OverlayOptions {
  /** How the image was made square. */
  readonly fit: Fit;
  /** The value that is painted in full. */
  readonly strength: number;
  /** Longest edge in pixels; the image's own, unless told. */
  readonly longest?: number;
}

/**
 * @param image a picture that sharp reads @param map [S, S] @returns a picture of the image's own shape
 */
export async function mapOverlay(
  image: string | Buffer,
  map: Float32Array,
  { fit, strength, longest }: OverlayOptions,
): Promise<Sharp> {
  const { autoOrient, depth } = await sharp(image).metadata();
  const scale = longest === undefined ? 1 : longest / Math.max(autoOrient.width, autoOrient.height);
  const width = Math.max(1, Math.round(autoOrient.width * scale));
  const height = Math.max(1, Math.round(autoOrient.height * scale));
  const base = sharp(image, { autoOrient: true }).flatten().resize(width, height, { fit: 'fill' });
  const grey = await (depth === 'ushort' ? base.normalise() : base)
    .toColourspace('b-w')
    .raw()
    .toBuffer();
  const side = Math.sqrt(map.length);
  const place = placement(width, height, side, fit);
  const pixels = Buffer.alloc(3 * width * height);
  for (let p = 0; p < grey.length; p++) {
    const y = place.top + (Math.floor(p / width) + 0.5) * place.scaleY - 0.5;
    const x = place.left + ((p % width) + 0.5) * place.scaleX - 0.5;
    const value = strength > 0 ? interpolated(map, side, y, x) / strength : 0;
    const size = Math.min(1, Math.abs(value));
    const share = size < FAINT ? 0 : STRONGEST * size;
    const colour = value > 0 ? RAISES : LOWERS;
    for (let c = 0; c < 3; c++)
      pixels[3 * p + c] = Math.round((1 - share) * grey[p] + share * colour[c]);
  }
  return sharp(pixels, { raw: { width, height, channels: 3 } });
}

/** Bilinear; what lies outside is taken from the edge. */
function interpolated(map: Float32Array, side: number, y: number, x: number): number {
  const within = (v: number) => Math.min(side - 1, Math.max(0, v));
  const [top, left] = [Math.floor(within(y)), Math.floor(within(x))];
  const [bottom, right] = [Math.min(side - 1, top + 1), Math.min(side - 1, left + 1)];
  const [v, u] = [within(y) - top, within(x) - left];
  const row = (at: number) => (1 - u) * map[at * side + left] + u * map[at * side + right];
  return (1 - v) * row(top) + v * row(bottom);
}
