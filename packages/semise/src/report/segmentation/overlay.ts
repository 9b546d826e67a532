// Masks over their image, to look at: predicted lesions tinted and outlined, true ones outlined.

import sharp, { type Sharp } from 'sharp';
import { type Mask, resizeMask } from '../../data/index.js';

/** Vermilion for predicted lesions, sky blue for true ones: told apart by the colour-blind, too. */
const PREDICTED = [213, 94, 0] as const;
const TRUE = [86, 180, 233] as const;
/** Share of the colour over predicted lesions. */
const TINT = 0.25;

export interface OverlayOptions {
  /** The expert's mask, where there is one. */
  readonly truth?: Mask | null;
  /** Longest edge in pixels; smaller images are enlarged to at least half of it. */
  readonly size: number;
}

/** @param image an 8-bit picture that sharp reads @returns a sharp image, to be encoded */
export async function overlay(
  image: string | Buffer,
  predicted: Mask,
  { truth, size }: OverlayOptions,
): Promise<Sharp> {
  const longest = Math.max(predicted.width, predicted.height);
  const scale = longest > size ? size / longest : Math.max(1, Math.ceil(size / 2 / longest));
  const width = Math.max(1, Math.round(predicted.width * scale));
  const height = Math.max(1, Math.round(predicted.height * scale));
  const pixels = await sharp(image, { autoOrient: true })
    .flatten()
    .resize(width, height, { fit: 'fill' })
    .toColourspace('srgb')
    .raw()
    .toBuffer();
  const paint = (i: number, colour: readonly number[], share: number) => {
    for (let c = 0; c < 3; c++) {
      pixels[3 * i + c] = Math.round((1 - share) * pixels[3 * i + c] + share * colour[c]);
    }
  };
  const said = resizeMask(predicted, { width, height });
  said.classes.forEach((c, i) => {
    if (c > 0) paint(i, PREDICTED, TINT);
  });
  const thick = Math.max(1, Math.round(Math.max(width, height) / 256));
  for (const i of outline(said, thick)) paint(i, PREDICTED, 1);
  if (truth)
    for (const i of outline(resizeMask(truth, { width, height }), thick)) paint(i, TRUE, 1);
  return sharp(pixels, { raw: { width, height, channels: 3 } });
}

/** Lesion pixels at most `thick` from one of another class. */
function outline({ width, height, classes }: Mask, thick: number): number[] {
  const edge: number[] = [];
  classes.forEach((c, i) => {
    if (c === 0) return;
    const [row, column] = [Math.floor(i / width), i % width];
    const near = [
      [row - thick, column],
      [row + thick, column],
      [row, column - thick],
      [row, column + thick],
    ];
    const inner = near.every(
      ([y, x]) => y >= 0 && x >= 0 && y < height && x < width && classes[y * width + x] === c,
    );
    if (!inner) edge.push(i);
  });
  return edge;
}
