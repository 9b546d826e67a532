// Predictions: by the exported model alone, so that what we report is what others will run.

import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { type Engine, openEngine, type Runnable } from '@semise/autograd';
import { decodeImage } from '../data/index.js';
import { listed } from '../data/table.js';
import { InputError } from '../errors.js';
import type { Prediction } from '../evaluation/prediction.js';
import { type Doubt, doubt } from '../evaluation/uncertainty.js';
import { ELSEWHERE } from '../models/index.js';
import {
  gradeImages,
  type ImageAnswer,
  imagesAtOnce,
  loadOnnx,
  type TrainedModel,
} from '../tasks/index.js';
import { type Calibration, modelFingerprint, readCalibration } from './calibration.js';
import { type RunConfig, readRunConfig } from './config.js';
import type { Dataset } from './dataset.js';
import { RUN_FILES } from './files.js';
import { type FrozenEncoder, openFrozenEncoder } from './frozen-encoder.js';

const OUTPUTS = ['probabilities', 'grade', 'score', 'embedding'];

/** What a user must know to feed the ONNX files of a model. */
export function modelMetadata(config: RunConfig, model: TrainedModel): Record<string, string> {
  const { imageSize, channels, grades, method, seed, encoder, pixels } = config.training;
  return {
    semise: config.semise,
    method,
    seed: `${seed}`,
    grades: `${grades}`,
    input:
      encoder === ELSEWHERE
        ? `float32 [N, ${pixels.mean.length}], features of encoder.onnx`
        : `uint8 [N, ${channels}, ${imageSize}, ${imageSize}], ${channels === 3 ? 'RGB' : 'grey'}, 0..255`,
    fit: config.data.fit,
    answer: model.answer,
    ...(model.cuts && { cuts: JSON.stringify(model.cuts) }),
    ...(model.spread && { spread: JSON.stringify(model.spread) }),
    ...(model.odds && { odds: JSON.stringify(model.odds) }),
    ...(model.baseline && { baseline: Buffer.from(model.baseline).toString('base64') }),
  };
}

/** What a model says of records of a data set. */
export async function predictRecords(
  engine: Engine,
  config: RunConfig['training'],
  model: Uint8Array,
  dataset: Dataset,
  indices: readonly number[],
  into?: ImageAnswer[],
): Promise<Prediction[]> {
  const runnable = await loadOnnx(engine, model, config, OUTPUTS);
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

/** What a run says of an image file. */
export interface FileAnswer extends ImageAnswer {
  readonly file: string;
  /** Calibrated probabilities, set of grades, and whether a human must look; null without calibration. */
  readonly doubt: Doubt | null;
}

/** A run opened for grading images. Close it when done. */
export interface OpenRun {
  readonly folder: string;
  readonly config: RunConfig;
  /** Where its model runs. */
  readonly engine: Engine;
  /** SHA-256 of its model.onnx. */
  readonly model: string;
  /** What is known of the model's uncertainty; null where it was not calibrated. */
  readonly calibration: Calibration | null;
  /** Grades image files. @throws InputError naming all files that cannot be read */
  predict(files: readonly string[]): Promise<FileAnswer[]>;
  /** Grades pixels [C, S, S], 0..255, at the model's own size. */
  predictPixels(images: readonly Uint8Array[]): Promise<ImageAnswer[]>;
  close(): Promise<void>;
}

export interface OpenRunOptions {
  /** A file in place of the run's own calibration.json; null = none, whatever is there. */
  readonly calibration?: string | null;
}

/** @throws InputError if a file that was asked for is not there, or is of another model than the one with this print */
async function calibrationOf(
  folder: string,
  file: string | null,
  print: string,
): Promise<Calibration | null> {
  if (file === null) return null;
  const calibration = await readCalibration(file, print);
  if (!calibration && file !== join(folder, RUN_FILES.calibration)) {
    throw new InputError(`${file}: there is no such file; make it with semise calibrate`);
  }
  return calibration;
}

/** @throws InputError if the folder holds no finished run, or the calibration is of another model */
export async function openRun(
  folder: string,
  { calibration: file = join(folder, RUN_FILES.calibration) }: OpenRunOptions = {},
): Promise<OpenRun> {
  const config = await readRunConfig(folder);
  const model = await readFile(join(folder, RUN_FILES.model)).catch(() => {
    throw new InputError(
      `${folder}: has no model.onnx yet; finish it with semise train --resume --out ${folder}`,
    );
  });
  const engine = await openEngine();
  let runnable: Runnable;
  let frozen: FrozenEncoder | undefined;
  try {
    if (config.frozen) {
      const encoder = join(folder, RUN_FILES.encoder);
      frozen = await openFrozenEncoder(engine, encoder, config.training.imageSize);
    }
    runnable = await loadOnnx(engine, model, config.training, OUTPUTS);
  } catch (error) {
    await engine.close();
    throw new InputError(
      `${join(folder, RUN_FILES.model)}: cannot be loaded (${(error as Error).message})`,
    );
  }
  const print = modelFingerprint(model);
  // Only now: a damaged model is to be told as that, not as another one than was calibrated.
  const calibration = await calibrationOf(folder, file, print).catch(async (error) => {
    await engine.close();
    throw error;
  });
  const { imageSize: size, channels } = config.training;
  const predictPixels = async (images: readonly Uint8Array[]) => {
    const fed = frozen ? await frozen.features(images) : images;
    return gradeImages(
      runnable,
      images.map((_, i) => i),
      (i) => fed[i],
    );
  };
  return {
    folder,
    config,
    engine,
    model: print,
    calibration,
    predictPixels,
    predict: async (files) => {
      const decode = (file: string) =>
        decodeImage(resolve(file), { size, channels, fit: config.data.fit });
      const answers: FileAnswer[] = [];
      const bad: { file: string; error: InputError }[] = [];
      const many = imagesAtOnce(channels * size * size);
      const decodePart = (start: number) =>
        Promise.allSettled(files.slice(start, start + many).map(decode));
      // The next images are decoded while the network works on these.
      let next = decodePart(0);
      for (let start = 0; start < files.length; start += many) {
        const decoded = await next;
        next = decodePart(start + many);
        const part = files.slice(start, start + many);
        const images: Uint8Array[] = [];
        for (const [i, image] of decoded.entries()) {
          if (image.status === 'fulfilled') images.push(image.value);
          else bad.push({ file: part[i], error: image.reason });
        }
        if (bad.length > 0) continue;
        const graded = await predictPixels(images);
        graded.forEach((answer, i) => {
          const { probabilities, grade: predicted } = answer;
          const told = calibration && doubt(calibration.uncertainty, { probabilities, predicted });
          answers.push({ ...answer, file: part[i], doubt: told });
        });
      }
      if (bad.length === 1) throw bad[0].error;
      if (bad.length > 1) throw unreadable(bad, files.length);
      return answers;
    },
    close: () => engine.close(),
  };
}

function unreadable(bad: readonly { file: string; error: InputError }[], count: number) {
  const named = bad.map(({ file, error }) => `${file} (${(error.cause as Error)?.message})`);
  return new InputError(
    `${bad.length} of ${count} images are unreadable: ${listed(named)}; mend them or leave them out`,
  );
}
