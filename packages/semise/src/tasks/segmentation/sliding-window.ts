// Class probabilities of an image larger than the network's input: patches that overlap, blended by a
// Gaussian about each patch's middle, as nnU-Net has it (Isensee et al., Nature Methods 18:203, 2021).

import type { Runnable } from '@semise/autograd';

export interface WindowOptions {
  readonly channels: number;
  /** Side of the image. */
  readonly whole: number;
  /** Side of a patch, at most `whole`. */
  readonly side: number;
  readonly classes: number;
  /** Mirror images whose answers are averaged with that of the patch itself. */
  readonly flips: readonly Flip[];
}

export type Flip = 'horizontal' | 'vertical' | 'both';

/** Share of a patch that its neighbour covers, too, at least. */
const OVERLAP = 0.5;

/** Patches in the network at once. */
const BATCH = 16;

/** First pixels of patches along one side: evenly spread from edge to edge. */
export function windowStarts(whole: number, side: number): number[] {
  const steps = Math.ceil((whole - side) / (side * (1 - OVERLAP)));
  return Array.from({ length: steps + 1 }, (_, i) =>
    steps === 0 ? 0 : Math.round((i * (whole - side)) / steps),
  );
}

/**
 * @param model takes `image` uint8 [N, C, S, S], gives `probabilities` [N, K, S, S]
 * @param pixels [C, W, W] @returns probabilities [K, W, W], of each pixel sum 1
 */
export async function segmentWhole(
  model: Runnable,
  pixels: Uint8Array,
  options: WindowOptions,
): Promise<Float32Array> {
  const { channels, whole, side, classes, flips } = options;
  const starts = windowStarts(whole, side);
  const patches = starts.flatMap((top) =>
    starts.flatMap((left) => [null, ...flips].map((flip) => ({ top, left, flip }))),
  );
  const importance = gaussian(side);
  const sums = new Float32Array(classes * whole * whole);
  const weights = new Float32Array(whole * whole);
  const area = side * side;
  for (let start = 0; start < patches.length; start += BATCH) {
    const part = patches.slice(start, start + BATCH);
    const image = new Uint8Array(part.length * channels * area);
    part.forEach(({ top, left, flip }, n) => {
      for (let c = 0; c < channels; c++) {
        for (let i = 0; i < area; i++) {
          const [row, column] = mirrored(Math.floor(i / side), i % side, side, flip);
          image[(n * channels + c) * area + i] =
            pixels[(c * whole + top + row) * whole + left + column];
        }
      }
    });
    const answers = (await model.run({ image })).probabilities as Float32Array;
    part.forEach(({ top, left, flip }, n) => {
      for (let i = 0; i < area; i++) {
        const [row, column] = mirrored(Math.floor(i / side), i % side, side, flip);
        const to = (top + row) * whole + left + column;
        const weight = importance[i];
        weights[to] += weight;
        for (let k = 0; k < classes; k++) {
          sums[k * whole * whole + to] += weight * answers[(n * classes + k) * area + i];
        }
      }
    });
  }
  return sums.map((sum, i) => sum / weights[i % (whole * whole)]);
}

function mirrored(row: number, column: number, side: number, flip: Flip | null): [number, number] {
  const down = flip === 'vertical' || flip === 'both';
  const across = flip === 'horizontal' || flip === 'both';
  return [down ? side - 1 - row : row, across ? side - 1 - column : column];
}

/** 1 in the middle, deviation of an eighth of the side; never 0, so that every pixel has an answer. */
function gaussian(side: number): Float32Array {
  const along = Array.from({ length: side }, (_, i) =>
    Math.exp(-0.5 * ((i - (side - 1) / 2) / (side / 8)) ** 2),
  );
  return Float32Array.from({ length: side * side }, (_, i) =>
    Math.max(1e-3, along[Math.floor(i / side)] * along[i % side]),
  );
}
