// A trained run against other images: external data, another site, a later year.

import { resolve } from 'node:path';
import { openImageCache, readManifest } from '../data/index.js';
import { InputError } from '../errors.js';
import { evaluate, type Metrics } from '../evaluation/evaluate.js';
import type { Prediction } from '../evaluation/prediction.js';
import type { OpenRun } from './predict.js';

export interface EvaluateRunOptions {
  /** labels.csv of the images. */
  readonly data: string;
  /** Only the rows of this split, as the file's `split` column names it. */
  readonly split?: 'train' | 'validation' | 'test';
  readonly skipBad?: boolean;
  /** Of the bootstrap; the run's own, unless told. */
  readonly seed?: number;
  readonly onDecode?: (done: number, total: number) => void;
}

/**
 * Grades the images of a file and compares with its grades.
 * @throws InputError if the file has no graded image, or a grade that the model does not know
 */
export async function evaluateRun(
  run: OpenRun,
  options: EvaluateRunOptions,
): Promise<{ metrics: Metrics; predictions: Prediction[]; skipped: string[] }> {
  const { training, data } = run.config;
  const manifest = await readManifest(options.data);
  const rows = manifest.records.filter(
    (r) => r.grade !== null && (!options.split || r.split === options.split),
  );
  if (rows.length === 0) {
    throw new InputError(
      `${options.data}: no graded image${options.split ? ` in the split ${options.split}` : ''}; there is nothing to evaluate against`,
    );
  }
  const unknown = rows.find((r) => (r.grade as number) >= training.grades);
  if (unknown) {
    throw new InputError(
      `${options.data}:${unknown.line}: grade ${unknown.grade}, but the model knows grades 0 to ${training.grades - 1}; map the grades to the model's scale`,
    );
  }
  const cache = await openImageCache(
    rows.map((r) => r.path),
    {
      size: training.imageSize,
      channels: training.channels,
      fit: data.fit,
      skipBad: options.skipBad,
      onProgress: options.onDecode,
    },
  );
  try {
    const bad = new Set(cache.bad.map((b) => b.index));
    const kept = rows.flatMap((row, i) => (bad.has(i) ? [] : [{ row, i }]));
    const answers = await run.predictPixels(kept.map(({ i }) => cache.read(i)));
    const predictions = kept.map(({ row }, k): Prediction => {
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
    return {
      metrics: evaluate(predictions, {
        grades: training.grades,
        seed: options.seed ?? training.seed,
      }),
      predictions,
      skipped: cache.bad.map((b) => resolve(b.path)),
    };
  } finally {
    cache.close();
  }
}
