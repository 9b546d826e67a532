// Example images for the report: from the mildest score to the worst, small enough to travel in it.

import { readFile } from 'node:fs/promises';
import sharp, { type Sharp } from 'sharp';
import { dicomAsPng, isDicom } from '../data/index.js';
import type { Prediction } from '../evaluation/prediction.js';
import type { Example } from './report-data.js';

export interface ExampleOptions {
  /** Where an image of the predictions lies on disk. */
  path(image: string): string;
  /** How many, 12 unless told. */
  count?: number;
  /** Longest edge in pixels, 144 unless told. */
  size?: number;
}

/**
 * Images of the test split (of all, where it is empty), evenly spaced over the order of their
 * severity score, mildest first. An image that cannot be read gets an empty thumbnail: a report is
 * no place to fail.
 */
export async function exampleImages(
  predictions: readonly Prediction[],
  { path, count = 12, size = 144 }: ExampleOptions,
): Promise<Example[]> {
  const test = predictions.filter((p) => p.split === 'test');
  const sorted = [...(test.length > 0 ? test : predictions)].sort((a, b) => a.score - b.score);
  const shown = Math.min(count, sorted.length);
  const examples = Array.from(
    { length: shown },
    (_, i) => sorted[Math.round((i * (sorted.length - 1)) / Math.max(1, shown - 1))],
  );
  return pictured(examples, { path, size });
}

/**
 * The worst errors: by grades missed, then by how sure the model was of its answer, worst first. The
 * first of each subject only, so that one patient does not fill the page.
 *
 * @param count at most so many, 12 unless told
 */
export function worstErrors(predictions: readonly Prediction[], count = 12): Prediction[] {
  const missed = (p: Prediction) => Math.abs(p.predicted - (p.grade ?? p.predicted));
  const sure = (p: Prediction) => p.probabilities[p.predicted] ?? 0;
  const seen = new Set<string>();
  return predictions
    .filter((p) => missed(p) > 0)
    .sort((a, b) => missed(b) - missed(a) || sure(b) - sure(a) || (a.image < b.image ? -1 : 1))
    .filter(({ subject }) => !seen.has(subject) && seen.add(subject))
    .slice(0, count);
}

/** The images of predictions, in their order. */
export const pictured = (
  predictions: readonly Prediction[],
  { path, size = 144 }: Omit<ExampleOptions, 'count'>,
): Promise<Example[]> =>
  Promise.all(
    predictions.map(async ({ image, grade, predicted, score }) => ({
      image,
      grade,
      predicted,
      score,
      thumbnail: await thumbnail(path(image), size).catch(() => ''),
    })),
  );

/**
 * A JPEG of the image as a data URI, fitted into size x size.
 * @throws Error if sharp cannot read it
 */
export async function thumbnail(file: string | Buffer, size: number): Promise<string> {
  const bytes = typeof file === 'string' ? await readFile(file) : file;
  const image = sharp(isDicom(bytes) ? await dicomAsPng(bytes) : bytes)
    .resize(size, size, { fit: 'inside' })
    .flatten();
  const { depth } = await image.metadata();
  const visible = depth === 'ushort' ? await stretched(image) : image;
  const jpeg = await visible.toColourspace('srgb').jpeg({ quality: 82 }).toBuffer();
  return `data:image/jpeg;base64,${jpeg.toString('base64')}`;
}

/** A 16-bit image over its own range: 12 bits in 16, as scanners write them, would come out black. */
async function stretched(image: Sharp): Promise<Sharp> {
  const { channels } = await image.stats();
  const low = Math.min(...channels.slice(0, 3).map(({ min }) => min));
  const high = Math.max(...channels.slice(0, 3).map(({ max }) => max));
  const gain = 65535 / Math.max(1, high - low);
  return image.linear(gain, -gain * low);
}
