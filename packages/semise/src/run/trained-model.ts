// The model of a run as something to build on: what model.onnx holds, its weights by name.

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readModel } from '@semise/autograd';
import { InputError } from '../errors.js';
import type { TrainedModel } from '../tasks/index.js';
import { type RunConfig, readRunConfig } from './config.js';
import type { Dataset } from './dataset.js';
import { RUN_FILES } from './files.js';

/** @throws InputError if the folder holds no finished run, or one of a version that named no weights */
export async function readTrainedModel(
  folder: string,
): Promise<{ config: RunConfig; model: TrainedModel }> {
  const config = await readRunConfig(folder);
  const file = join(folder, RUN_FILES.model);
  const bytes = await readFile(file).catch(() => {
    throw new InputError(
      `${folder}: has no model.onnx yet; finish it with semise train --resume --out ${folder}`,
    );
  });
  const { metadata, constants } = readModel(bytes);
  const { answer, baseline } = metadata;
  if (!answer) {
    throw new InputError(
      `${file}: was written before models could be explained; write it anew with semise train --resume --out ${folder}`,
    );
  }
  const json = (text?: string) => (text === undefined ? undefined : JSON.parse(text));
  const model: TrainedModel = {
    config: config.training,
    answer: answer as TrainedModel['answer'],
    weights: constants,
    cuts: json(metadata.cuts),
    spread: json(metadata.spread),
    odds: json(metadata.odds),
    ...(baseline && { baseline: new Uint8Array(Buffer.from(baseline, 'base64')) }),
  };
  return { config, model };
}

/** Of so many healthy images no single one can be told from their mean. */
const ENOUGH = 5;
const MOST = 500;

/**
 * The mean of the healthy training images whose grade training saw, of all training images where those are
 * fewer than 5: a picture of the whole that is nobody's. @returns [C, S, S], 0..255
 */
export function meanHealthy({ cache, training, indices }: Dataset): Uint8Array {
  const healthy = training.graded.filter(({ grade }) => grade === 0).map(({ index }) => index);
  const chosen = (healthy.length >= ENOUGH ? healthy : indices.train).slice(0, MOST);
  const [channels, height, width] = cache.shape;
  const sums = new Float64Array(channels * height * width);
  for (const index of chosen) {
    for (const [i, level] of cache.read(index).entries()) sums[i] += level;
  }
  return Uint8Array.from(sums, (sum) => Math.round(sum / chosen.length));
}
