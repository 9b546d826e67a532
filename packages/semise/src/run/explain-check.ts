// Whether the maps of a run's model can be trusted, measured on images that training did not see.

import { join } from 'node:path';
import { fitMask, openImageCache, readManifest, readMask } from '../data/index.js';
import { readTable } from '../data/table.js';
import { InputError } from '../errors.js';
import {
  type CheckedImage,
  checkExplanations,
  type ExplanationCheck,
  type MapMethod,
} from '../explanation/index.js';
import { random } from '../random.js';
import type { RunConfig } from './config.js';
import { methodsOf, scoresOf } from './explain.js';
import { RUN_FILES } from './files.js';
import { openRun } from './predict.js';
import { readTrainedModel } from './trained-model.js';

export interface ExplainCheckOptions {
  /** labels.csv of images to check on; the run's own test split unless told. */
  readonly data?: string;
  /** How many images, drawn by seed; 64 unless told. */
  readonly images?: number;
  /** All that the model allows, unless told. */
  readonly methods?: readonly MapMethod[];
  readonly onProgress?: (done: number, total: number) => void;
}

const IMAGES = 64;

/** @throws InputError if there are no such images, or they cannot be read */
export async function checkRunExplanations(
  folder: string,
  options: ExplainCheckOptions = {},
): Promise<ExplanationCheck> {
  const { config, model } = await readTrainedModel(folder);
  const { imageSize: side, channels, seed } = config.training;
  const rows = await rowsOf(folder, config, options);
  const fit = config.data.fit;
  const cache = await openImageCache(
    rows.map(({ path }) => path),
    { size: side, channels, fit },
  );
  const run = await openRun(folder);
  try {
    const images: CheckedImage[] = await Promise.all(
      rows.map(async ({ subject, mask }, i) => ({
        subject,
        pixels: cache.read(i),
        mask: mask === null ? null : fitMask(await readMask(mask), side, fit),
      })),
    );
    return await checkExplanations(run.engine, model, images, {
      methods: options.methods ?? methodsOf(config),
      scores: scoresOf(run),
      side,
      seed,
      onProgress: options.onProgress,
    });
  } finally {
    await run.close();
    cache.close();
  }
}

async function rowsOf(
  folder: string,
  config: RunConfig,
  { data, images = IMAGES }: ExplainCheckOptions,
) {
  const manifest = await readManifest(data ?? config.data.file);
  let records = [...manifest.records];
  if (!data) {
    const columns = ['image', 'split'];
    const rows = await readTable(join(folder, RUN_FILES.split), columns, [
      'subject',
      'grade',
      'graded',
    ]);
    const test = new Set(
      rows.filter(({ values }) => values.split === 'test').map(({ values }) => values.image),
    );
    records = records.filter(({ image }) => test.has(image));
  }
  if (records.length === 0) {
    throw new InputError(
      `${data ?? config.data.file}: no image${data ? '' : " of the run's test split"} in it; give images with --data labels.csv`,
    );
  }
  return random(config.training.seed, 'images to check maps on').shuffle(records).slice(0, images);
}
