// Drawing on square planes of 32-bit floats: anti-aliased blobs and strokes, smooth noise, blur and
// resampling. Coordinates are pixels; the centre of pixel (i, j) lies at (i, j).

import type { Random } from '../../random.js';

export interface Point {
  x: number;
  y: number;
}

/** A round shape with a wavy outline: radius(angle) = radius (1 + sum of lobes cos(k angle + phase)). */
export interface Blob extends Point {
  /** Mean radius. */
  radius: number;
  /** Width over height, 1 for round. */
  aspect?: number;
  /** Direction of the width, radians. */
  angle?: number;
  lobes?: readonly Lobe[];
  /** Width of the edge over which the coverage falls from 1 to 0, at least one pixel. */
  softness?: number;
}

interface Lobe {
  waves: number;
  amplitude: number;
  phase: number;
}

/** Outlines of 2..7 waves whose amplitudes fall as 1 / waves, `roughness` in all. */
export function wavyOutline(rng: Random, roughness: number): Lobe[] {
  return [2, 3, 4, 5, 7].map((waves) => ({
    waves,
    amplitude: (roughness * rng.uniform(0.4, 1.6)) / waves,
    phase: rng.uniform(0, 2 * Math.PI),
  }));
}

/** Calls `paint` with the coverage (0..1] of every pixel that the blob touches. A blob thinner than
 * a pixel covers in proportion to its area. */
export function stampBlob(
  size: number,
  blob: Blob,
  paint: (pixel: number, coverage: number) => void,
): void {
  const { x, y, radius, aspect = 1, angle = 0, lobes = [], softness = 1 } = blob;
  const edge = Math.max(1, softness);
  const [stretchX, stretchY] = [Math.sqrt(aspect), 1 / Math.sqrt(aspect)];
  const swell = 1 + lobes.reduce((sum, lobe) => sum + Math.abs(lobe.amplitude), 0);
  const reach = radius * swell * Math.max(stretchX, stretchY) + edge;
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  const strength = Math.min(1, (radius / 0.6) ** 2);
  const [top, bottom] = [Math.max(0, Math.ceil(y - reach)), Math.min(size - 1, y + reach)];
  const [left, right] = [Math.max(0, Math.ceil(x - reach)), Math.min(size - 1, x + reach)];
  for (let j = top; j <= bottom; j++) {
    for (let i = left; i <= right; i++) {
      const a = ((i - x) * cos + (j - y) * sin) / stretchX;
      const b = ((j - y) * cos - (i - x) * sin) / stretchY;
      let outline = radius;
      if (lobes.length > 0) {
        const direction = Math.atan2(b, a);
        for (const { waves, amplitude, phase } of lobes)
          outline += radius * amplitude * Math.cos(waves * direction + phase);
      }
      const coverage = (outline - Math.sqrt(a * a + b * b)) / edge + 0.5;
      if (coverage > 0) paint(j * size + i, strength * Math.min(1, coverage));
    }
  }
}

/** A straight stroke with round ends and the given width. */
export interface Stroke {
  x0: number;
  y0: number;
  x1: number;
  y1: number;
  width: number;
}

/** Calls `paint` with the coverage (0..1] of every pixel that the stroke touches. */
export function stampStroke(
  size: number,
  { x0, y0, x1, y1, width }: Stroke,
  paint: (pixel: number, coverage: number) => void,
): void {
  const half = Math.max(width, 1) / 2;
  const strength = Math.min(1, width);
  const reach = half + 0.5;
  const [dx, dy] = [x1 - x0, y1 - y0];
  const length2 = dx * dx + dy * dy || 1;
  const top = Math.max(0, Math.ceil(Math.min(y0, y1) - reach));
  const bottom = Math.min(size - 1, Math.max(y0, y1) + reach);
  const left = Math.max(0, Math.ceil(Math.min(x0, x1) - reach));
  const right = Math.min(size - 1, Math.max(x0, x1) + reach);
  for (let j = top; j <= bottom; j++) {
    for (let i = left; i <= right; i++) {
      const along = Math.min(1, Math.max(0, ((i - x0) * dx + (j - y0) * dy) / length2));
      const [offX, offY] = [i - x0 - along * dx, j - y0 - along * dy];
      const coverage = half + 0.5 - Math.sqrt(offX * offX + offY * offY);
      if (coverage > 0) paint(j * size + i, strength * Math.min(1, coverage));
    }
  }
}

/** Smooth noise in about -1..1: a uniform cubic B-spline over random values, `cells` across. */
export function smoothNoise(rng: Random, size: number, cells: number): Float32Array {
  const knots = cells + 3;
  const grid = Float32Array.from({ length: knots * knots }, () => rng.uniform(-1.8, 1.8));
  const cellOf = new Int32Array(size);
  const weights = new Float32Array(4 * size);
  for (let i = 0; i < size; i++) {
    const position = (i / size) * cells;
    cellOf[i] = Math.floor(position);
    const t = position - cellOf[i];
    weights[4 * i] = (1 - t) ** 3 / 6;
    weights[4 * i + 1] = (3 * t ** 3 - 6 * t ** 2 + 4) / 6;
    weights[4 * i + 2] = (-3 * t ** 3 + 3 * t ** 2 + 3 * t + 1) / 6;
    weights[4 * i + 3] = t ** 3 / 6;
  }
  const across = new Float32Array(knots * size);
  for (let knot = 0; knot < knots; knot++)
    for (let i = 0; i < size; i++)
      for (let k = 0; k < 4; k++)
        across[knot * size + i] += weights[4 * i + k] * grid[knot * knots + cellOf[i] + k];
  const noise = new Float32Array(size * size);
  for (let j = 0; j < size; j++)
    for (let i = 0; i < size; i++)
      for (let k = 0; k < 4; k++)
        noise[j * size + i] += weights[4 * j + k] * across[(cellOf[j] + k) * size + i];
  return noise;
}

/** Gaussian blur, separable, edges repeated; standard deviations in pixels across and down. */
export function blur(plane: Float32Array, size: number, sigmaX: number, sigmaY = sigmaX): void {
  blurLines(plane, size, 1, size, sigmaX);
  blurLines(plane, size, size, 1, sigmaY);
}

function blurLines(
  plane: Float32Array,
  size: number,
  step: number,
  stride: number,
  sigma: number,
): void {
  if (sigma < 0.15) return;
  const reach = Math.ceil(3 * sigma);
  const kernel = Float32Array.from({ length: 2 * reach + 1 }, (_, k) =>
    Math.exp(-((k - reach) ** 2) / (2 * sigma * sigma)),
  );
  const total = kernel.reduce((sum, weight) => sum + weight, 0);
  const line = new Float32Array(size + 2 * reach);
  for (let l = 0; l < size; l++) {
    const start = l * stride;
    for (let i = 0; i < line.length; i++) {
      const at = Math.min(size - 1, Math.max(0, i - reach));
      line[i] = plane[start + at * step];
    }
    for (let i = 0; i < size; i++) {
      let sum = 0;
      for (let k = 0; k < kernel.length; k++) sum += kernel[k] * line[i + k];
      plane[start + i * step] = sum / total;
    }
  }
}

/** Bilinear resampling to another size; blur first where it shrinks. */
export function resample(plane: Float32Array, from: number, to: number): Float32Array {
  const result = new Float32Array(to * to);
  for (let j = 0; j < to; j++) {
    const y = Math.min(from - 1, Math.max(0, ((j + 0.5) * from) / to - 0.5));
    const row = Math.min(from - 2, Math.floor(y));
    for (let i = 0; i < to; i++) {
      const x = Math.min(from - 1, Math.max(0, ((i + 0.5) * from) / to - 0.5));
      const column = Math.min(from - 2, Math.floor(x));
      const at = row * from + column;
      const [s, t] = [x - column, y - row];
      result[j * to + i] =
        (1 - t) * ((1 - s) * plane[at] + s * plane[at + 1]) +
        t * ((1 - s) * plane[at + from] + s * plane[at + from + 1]);
    }
  }
  return result;
}
