// Predictions: by the exported model alone, so that what we report is what others will run.

import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { type Engine, openEngine, type Runnable } from '@semise/autograd';
import { decodeImage } from '../data/index.js';
import { InputError } from '../errors.js';
import type { Prediction } from '../evaluation/prediction.js';
import {
  exportEncoder,
  exportOnnx,
  gradeImages,
  type ImageAnswer,
  loadOnnx,
  type TrainedModel,
} from '../tasks/index.js';
import { type RunConfig, readRunConfig } from './config.js';
import type { Dataset } from './dataset.js';
import { RUN_FILES } from './files.js';

const OUTPUTS = ['probabilities', 'grade', 'score', 'embedding'];

/** The two ONNX files of a model. What a user must know to feed them is in their metadata. */
export function modelFiles(config: RunConfig, model: TrainedModel) {
  const { imageSize, channels, grades, method, seed } = config.training;
  const metadata = {
    semise: config.semise,
    method,
    seed: `${seed}`,
    grades: `${grades}`,
    input: `uint8 [N, ${channels}, ${imageSize}, ${imageSize}], ${channels === 3 ? 'RGB' : 'grey'}, 0..255`,
    fit: config.data.fit,
    ...(model.cuts && { cuts: JSON.stringify(model.cuts) }),
  };
  return { model: exportOnnx(model, metadata), encoder: exportEncoder(model, metadata) };
}

const pixelsOf = ({ training: t }: RunConfig) => [t.channels, t.imageSize, t.imageSize] as const;

/** What a model says of records of a data set. */
export async function predictRecords(
  engine: Engine,
  model: Uint8Array,
  dataset: Dataset,
  indices: readonly number[],
  into?: ImageAnswer[],
): Promise<Prediction[]> {
  const runnable = await loadOnnx(engine, model, dataset.cache.shape, OUTPUTS);
  try {
    const answers = await gradeImages(runnable, indices, dataset.training.read);
    into?.push(...answers);
    return indices.map((index, i) => {
      const { image, subject, grade } = dataset.manifest.records[index];
      const { grade: predicted, score, probabilities } = answers[i];
      return {
        image,
        subject,
        split: dataset.splits[index],
        grade,
        predicted,
        score,
        probabilities,
      };
    });
  } finally {
    await runnable.release();
  }
}

/** A run opened for grading images. Close it when done. */
export interface OpenRun {
  readonly config: RunConfig;
  /** Grades image files. @throws InputError naming a file that cannot be read */
  predict(files: readonly string[]): Promise<(ImageAnswer & { file: string })[]>;
  /** Grades pixels [C, S, S], 0..255, at the model's own size. */
  predictPixels(images: readonly Uint8Array[]): Promise<ImageAnswer[]>;
  close(): Promise<void>;
}

/** @throws InputError if the folder holds no finished run */
export async function openRun(folder: string): Promise<OpenRun> {
  const config = await readRunConfig(folder);
  const model = await readFile(join(folder, RUN_FILES.model)).catch(() => {
    throw new InputError(`${folder}: has no model.onnx yet; finish it with semise train --resume`);
  });
  const engine = await openEngine();
  let runnable: Runnable;
  try {
    runnable = await loadOnnx(engine, model, pixelsOf(config), OUTPUTS);
  } catch (error) {
    await engine.close();
    throw new InputError(
      `${join(folder, RUN_FILES.model)}: cannot be loaded (${(error as Error).message})`,
    );
  }
  const { imageSize: size, channels } = config.training;
  const predictPixels = (images: readonly Uint8Array[]) =>
    gradeImages(
      runnable,
      images.map((_, i) => i),
      (i) => images[i],
    );
  return {
    config,
    predictPixels,
    predict: async (files) => {
      const decode = (file: string) =>
        decodeImage(resolve(file), { size, channels, fit: config.data.fit });
      const answers: (ImageAnswer & { file: string })[] = [];
      for (let start = 0; start < files.length; start += 64) {
        const part = files.slice(start, start + 64);
        const graded = await predictPixels(await Promise.all(part.map(decode)));
        answers.push(...graded.map((answer, i) => ({ ...answer, file: part[i] })));
      }
      return answers;
    },
    close: () => engine.close(),
  };
}
