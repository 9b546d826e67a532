// A trained segmentation against the masks of other images: another site, a later year.

import { openImageCache, readManifest } from '../../data/index.js';
import { InputError } from '../../errors.js';
import {
  evaluateSegmentation,
  type SegmentationMetrics,
} from '../../evaluation/segmentation/index.js';
import { type SegmentedRecord, segmentRecords, spacingKnown } from './images.js';
import type { OpenSegmentation } from './predict.js';

export interface EvaluateSegmentationOptions {
  /** labels.csv of the images. */
  readonly data: string;
  /** Only the rows of this split, as the file's `split` column names it. */
  readonly split?: 'train' | 'validation' | 'test';
  readonly skipBad?: boolean;
  /** Of the bootstrap; the run's own, unless told. */
  readonly seed?: number;
  readonly onDecode?: (done: number, total: number) => void;
  readonly onSegmented?: (done: number, total: number) => void;
}

/** @throws InputError if no row has a mask, or a mask cannot be used */
export async function evaluateSegmentationRun(
  run: OpenSegmentation,
  options: EvaluateSegmentationOptions,
): Promise<{ metrics: SegmentationMetrics; images: SegmentedRecord[]; skipped: string[] }> {
  const { training, data } = run.config;
  const manifest = await readManifest(options.data);
  const rows = manifest.records.flatMap((r, i) =>
    r.mask && (!options.split || r.split === options.split) ? [i] : [],
  );
  if (rows.length === 0) {
    throw new InputError(
      `${options.data}: no image with a mask${options.split ? ` in the split ${options.split}` : ''}; name masks in the column mask`,
    );
  }
  const cache = await openImageCache(
    rows.map((i) => manifest.records[i].path),
    {
      size: training.workingSize,
      channels: training.channels,
      fit: data.fit,
      skipBad: options.skipBad,
      onProgress: options.onDecode,
    },
  );
  try {
    const bad = new Set(cache.bad.map((b) => rows[b.index]));
    const kept = rows.filter((i) => !bad.has(i));
    const place = new Map(rows.map((i, at) => [i, at]));
    const images = await segmentRecords(
      run.segmenter,
      manifest,
      manifest.records.map((r) => r.split ?? 'test'),
      kept,
      (index) => cache.read(place.get(index)!),
      training.classes,
      options.onSegmented,
    );
    const metrics = evaluateSegmentation(images, {
      classes: training.classes,
      unit: (await spacingKnown(manifest, kept)) ? 'mm' : 'pixels',
      seed: options.seed ?? training.seed,
    });
    return { metrics, images, skipped: cache.bad.map((b) => b.path) };
  } finally {
    cache.close();
  }
}
