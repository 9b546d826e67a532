// What can be said of a picture without knowing what it shows: light, contrast, sharpness, colour,
// noise, and how bright it is where. A new device, lens, lamp or export setting moves these first.

import type { Picture } from '../../data/decode/picture.js';
import { quantile } from '../quantile.js';

/** The statistics of a picture, in the order tables show them. Grey is the mean of the colours. */
export const IMAGE_STATISTICS = [
  /** Mean of the grey values, 0 to 1. */
  'brightness',
  /** Standard deviation of the grey values, 0 to 0.5. */
  'spread',
  /** 95th less 5th percentile of the grey values, 0 to 1. */
  'contrast',
  /** Variance of the Laplacian (4 neighbours) over that of the grey values, inside the border. */
  'sharpness',
  /** Standard deviation of the noise, 0 to 1: Immerkær, Fast noise variance estimation (1996), (7). */
  'noise',
  /** Share of pixels darker than 2 % of white. */
  'dark',
  /** Share of pixels with a colour of 98 % of its highest value or more. */
  'saturated',
  /** Red's part of the light, 0 to 1; 1/3 for grey pictures. */
  'red',
  /** Blue's part of the light, 0 to 1; 1/3 for grey pictures. */
  'blue',
] as const;
export type ImageStatistic = (typeof IMAGE_STATISTICS)[number];
export type ImageStatistics = Readonly<Record<ImageStatistic, number>>;

/** Cells a side of {@link brightnessByPlace}. */
export const PLACES = 8;

const DARK = 0.02;
const SATURATED = 0.98;

/**
 * The statistics of a decoded picture. Sharpness and noise depend on its size: decode all pictures
 * that are compared alike (see `previewOf`).
 */
export function imageStatistics(picture: Picture): ImageStatistics {
  const { width, height, channels, pixels } = picture;
  const top = picture.bits === 16 ? 65535 : 255;
  const grey = greyOf(picture);
  const sums = [0, 0, 0];
  let [dark, saturated] = [0, 0];
  for (let i = 0; i < grey.length; i++) {
    let most = 0;
    for (let c = 0; c < 3; c++) {
      const value = pixels[i * channels + (channels === 3 ? c : 0)];
      sums[c] += value;
      if (value > most) most = value;
    }
    if (grey[i] < DARK) dark++;
    if (most >= SATURATED * top) saturated++;
  }
  const light = sums[0] + sums[1] + sums[2];
  const [brightness, variance] = moments(grey);
  const sorted = grey.slice().sort();
  return {
    brightness,
    spread: Math.sqrt(variance),
    contrast: quantile(sorted, 0.95) - quantile(sorted, 0.05),
    ...fineDetail(grey, width, height),
    dark: dark / grey.length,
    saturated: saturated / grey.length,
    red: light > 0 ? sums[0] / light : 1 / 3,
    blue: light > 0 ? sums[2] / light : 1 / 3,
  };
}

/**
 * Mean brightness, 0 to 1, of each cell of an 8 x 8 grid laid over the picture, row after row: a mark
 * burnt into a corner, another crop or mask show here and nowhere else. A cell without a pixel (of
 * pictures below 8 pixels) is 0.
 */
export function brightnessByPlace(picture: Picture): Float64Array {
  const { width, height } = picture;
  const grey = greyOf(picture);
  const sums = new Float64Array(PLACES * PLACES);
  const counts = new Float64Array(PLACES * PLACES);
  for (let y = 0; y < height; y++) {
    const row = PLACES * Math.floor((y * PLACES) / height);
    for (let x = 0; x < width; x++) {
      const cell = row + Math.floor((x * PLACES) / width);
      sums[cell] += grey[y * width + x];
      counts[cell]++;
    }
  }
  return sums.map((sum, cell) => (counts[cell] > 0 ? sum / counts[cell] : 0));
}

/** 0 to 1. */
function greyOf({ channels, bits, pixels }: Picture): Float64Array {
  const scale = 1 / (channels * (bits === 16 ? 65535 : 255));
  const grey = new Float64Array(pixels.length / channels);
  for (let i = 0; i < grey.length; i++) {
    let sum = 0;
    for (let c = 0; c < channels; c++) sum += pixels[i * channels + c];
    grey[i] = sum * scale;
  }
  return grey;
}

/** Both 0 where the picture has no inside, or is all of one value. */
function fineDetail(grey: Float64Array, width: number, height: number) {
  const inside = Math.max(0, width - 2) * Math.max(0, height - 2);
  if (inside === 0) return { sharpness: 0, noise: 0 };
  const levels = new Float64Array(inside);
  const laplacian = new Float64Array(inside);
  let noise = 0;
  let at = 0;
  for (let y = 1; y < height - 1; y++)
    for (let x = 1; x < width - 1; x++) {
      const i = y * width + x;
      const beside = grey[i - 1] + grey[i + 1] + grey[i - width] + grey[i + width];
      const corners =
        grey[i - width - 1] + grey[i - width + 1] + grey[i + width - 1] + grey[i + width + 1];
      levels[at] = grey[i];
      laplacian[at++] = beside - 4 * grey[i];
      noise += Math.abs(4 * grey[i] - 2 * beside + corners);
    }
  const [, variance] = moments(levels);
  return {
    sharpness: variance > 1e-12 ? moments(laplacian)[1] / variance : 0,
    noise: (Math.sqrt(Math.PI / 2) * noise) / (6 * inside),
  };
}

function moments(values: Float64Array): [mean: number, variance: number] {
  let sum = 0;
  for (const value of values) sum += value;
  const mean = sum / values.length;
  let squares = 0;
  for (const value of values) squares += (value - mean) ** 2;
  return [mean, squares / values.length];
}
