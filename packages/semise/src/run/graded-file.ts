// The graded images of a labels.csv, as a run answers them.

import { resolve } from 'node:path';
import { type ImageCache, type ImageRecord, openImageCache, readManifest } from '../data/index.js';
import { InputError } from '../errors.js';
import type { Prediction } from '../evaluation/prediction.js';
import type { ImageAnswer } from '../tasks/index.js';
import type { OpenRun } from './predict.js';

export interface GradedFileOptions {
  /** labels.csv of the images. */
  readonly data: string;
  /** Only the rows of this split, as the file's `split` column names it. */
  readonly split?: 'train' | 'validation' | 'test';
  /** Only the rows of this site, as the file's `site` column names it. */
  readonly site?: string;
  /** Rows to leave out beside those. */
  readonly leaveOut?: (record: ImageRecord) => boolean;
  readonly skipBad?: boolean;
  readonly onDecode?: (done: number, total: number) => void;
}

export interface GradedFile {
  /** SHA-256 of the file. */
  readonly fingerprint: string;
  /** Those that could be read, in the file's order. */
  readonly rows: readonly ImageRecord[];
  /** Of each row. */
  readonly predictions: Prediction[];
  readonly answers: readonly ImageAnswer[];
  /** Pixels of each row's image as the model sees them, [C, S, S]; only while `withGradedFile` lasts. */
  pixels(row: number): Uint8Array;
  /** Paths of images that could not be read. */
  readonly skipped: string[];
}

/** @throws InputError if there is none, or one of a grade that the model does not know */
export async function gradedRows(
  run: OpenRun,
  { data, split, site, leaveOut }: GradedFileOptions,
): Promise<{ fingerprint: string; rows: ImageRecord[] }> {
  const { grades } = run.config.training;
  const { records, fingerprint } = await readManifest(data);
  const ofSite = records.filter((r) => site === undefined || r.site === site);
  if (ofSite.length === 0) {
    const sites = [...new Set(records.flatMap((r) => r.site ?? []))].sort();
    throw new InputError(
      `${data}: no row of site ${site}; ${sites.length > 0 ? `there are ${sites.join(', ')}` : 'it has no column site'}`,
    );
  }
  const graded = ofSite.filter((r) => r.grade !== null && (!split || r.split === split));
  if (graded.length === 0) {
    const where = [split && `in the split ${split}`, site && `of site ${site}`].filter(Boolean);
    throw new InputError(
      `${data}: no graded image${where.map((w) => ` ${w}`).join('')}; there is nothing to evaluate against`,
    );
  }
  const unknown = graded.find((r) => (r.grade as number) >= grades);
  if (unknown) {
    throw new InputError(
      `${data}:${unknown.line}: grade ${unknown.grade}, but the model knows grades 0 to ${grades - 1}; map the grades to the model's scale`,
    );
  }
  const rows = leaveOut ? graded.filter((r) => !leaveOut(r)) : graded;
  if (rows.length === 0) {
    throw new InputError(`${data}: no graded image is left; there is nothing to evaluate against`);
  }
  return { fingerprint, rows };
}

/** Images as the run's model takes them. */
export const openForRun = (
  { config }: OpenRun,
  paths: readonly string[],
  options: { skipBad?: boolean; onDecode?: (done: number, total: number) => void },
): Promise<ImageCache> =>
  openImageCache(paths, {
    size: config.training.imageSize,
    channels: config.training.channels,
    fit: config.data.fit,
    skipBad: options.skipBad,
    onProgress: options.onDecode,
  });

/**
 * Grades the graded images of a file.
 * @throws InputError as `gradedRows`, or if an image cannot be read
 */
export async function withGradedFile<T>(
  run: OpenRun,
  options: GradedFileOptions,
  use: (file: GradedFile) => Promise<T>,
): Promise<T> {
  const { fingerprint, rows: asked } = await gradedRows(run, options);
  const cache = await openForRun(
    run,
    asked.map((r) => r.path),
    options,
  );
  try {
    const bad = new Set(cache.bad.map((b) => b.index));
    const kept = [...asked.keys()].filter((i) => !bad.has(i));
    const rows = kept.map((i) => asked[i]);
    const answers = await run.predictPixels(kept.map((i) => cache.read(i)));
    const predictions = rows.map((row, k): Prediction => {
      const { grade, score, probabilities } = answers[k];
      return {
        image: row.image,
        subject: row.subject,
        split: row.split ?? 'test',
        grade: row.grade,
        predicted: grade,
        score,
        probabilities,
      };
    });
    return await use({
      fingerprint,
      rows,
      predictions,
      answers,
      pixels: (row) => cache.read(kept[row]),
      skipped: cache.bad.map((b) => resolve(b.path)),
    });
  } finally {
    cache.close();
  }
}
