// A whole run: from labels.csv to a validated model and its report, in one folder.

import { randomUUID } from 'node:crypto';
import { mkdir, rename, rm, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { type Engine, openEngine } from '@semise/autograd';
import { stringify } from 'csv-stringify/sync';
import { writeJson, writeWhole } from '../atomic.js';
import { InputError } from '../errors.js';
import { evaluate } from '../evaluation/evaluate.js';
import { readTorchvisionWeights } from '../models/index.js';
import { finishModel } from '../tasks/index.js';
import {
  AVERAGE,
  readCheckpoint,
  type StepRecord,
  type TrainingState,
  train,
  writeCheckpoint,
} from '../training/index.js';
import { type RunConfig, readRunConfig } from './config.js';
import { type Dataset, openDataset } from './dataset.js';
import { defaultViews, type TrainOptions, trainingDefaults } from './defaults.js';
import { RUN_FILES } from './files.js';
import { finishRun, type RunResult } from './finish.js';
import { appendHistory, cutHistory, type HistoryLine } from './history.js';
import { modelFiles, predictRecords } from './predict.js';
import { VERSION } from './version.js';

export interface TrainHooks {
  readonly onDecode?: (done: number, total: number) => void;
  /** Told once the data are read and before training begins. */
  readonly onStart?: (config: RunConfig, dataset: Dataset) => void;
  readonly onStep?: (record: StepRecord) => void;
  readonly onValidation?: (step: number, scores: Record<string, number | null>) => void;
  /** Stops after the step under way; what was done can be resumed. */
  readonly signal?: AbortSignal;
}

/** Checkpoints, and looks at the validation split, in the course of a run. */
const CHECKPOINTS = 12;

/**
 * Trains a new run.
 * @returns what it scored, or null where the signal stopped it: `resumeRun` goes on from there
 * @throws InputError for whatever the user can mend; nothing is left behind then
 */
export async function trainRun(
  options: TrainOptions,
  hooks: TrainHooks = {},
): Promise<RunResult | null> {
  const folder = resolve(options.out);
  if (await exists(folder)) {
    throw new InputError(`${options.out}: already exists; give another --out, or --resume it`);
  }
  const base = trainingDefaults(options);
  const data = {
    file: resolve(options.data),
    comparisons: options.comparisons ? resolve(options.comparisons) : null,
    fit: options.fit ?? ('letterbox' as const),
    labelBudget: options.labelBudget ?? ('all' as const),
    skipBad: options.skipBad ?? false,
  };
  const dataset = await openDataset({ ...data, ...base, ...hooks });
  try {
    const channels = dataset.cache.shape[0] as 1 | 3;
    const config: RunConfig = {
      semise: VERSION,
      data: { ...data, fingerprint: dataset.manifest.fingerprint },
      init: options.init ? resolve(options.init) : null,
      training: {
        ...base,
        channels,
        grades: dataset.manifest.grades,
        pixels: dataset.pixels,
        views: options.views ?? defaultViews(channels),
      },
    };
    const values = await initialWeights(config);
    await createFolder(folder, config, dataset);
    return await work(folder, config, dataset, { step: 0, values }, hooks);
  } finally {
    dataset.cache.close();
  }
}

/**
 * Goes on with a run that was stopped or killed, from its last checkpoint; it ends with the weights
 * that an uninterrupted run would have ended with.
 * @throws InputError if the folder holds no run or its data have changed since
 */
export async function resumeRun(out: string, hooks: TrainHooks = {}): Promise<RunResult | null> {
  const folder = resolve(out);
  const config = await readRunConfig(folder);
  const dataset = await openDataset({ ...config.data, ...config.training, ...hooks });
  try {
    if (dataset.manifest.fingerprint !== config.data.fingerprint) {
      throw new InputError(
        `${config.data.file}: has changed since the run began; restore it, or train a new run`,
      );
    }
    const file = join(folder, RUN_FILES.checkpoint);
    const checkpoint = (await exists(file)) ? await readCheckpoint(file) : undefined;
    const values = checkpoint
      ? new Map([...checkpoint.tensors].map(([name, t]) => [name, t.data]))
      : await initialWeights(config);
    const step = checkpoint?.step ?? 0;
    await cutHistory(join(folder, RUN_FILES.history), step);
    return await work(folder, config, dataset, { step, values }, hooks);
  } finally {
    dataset.cache.close();
  }
}

/** The weights of `--init`, for the encoder and for its moving average; none otherwise. */
async function initialWeights(config: RunConfig): Promise<Map<string, Float32Array>> {
  if (!config.init) return new Map();
  const weights = await readTorchvisionWeights(config.init, config.training);
  return new Map([...weights, ...[...weights].map(([name, w]) => [AVERAGE + name, w] as const)]);
}

async function work(
  folder: string,
  config: RunConfig,
  dataset: Dataset,
  from: { step: number; values: ReadonlyMap<string, Float32Array> },
  hooks: TrainHooks,
): Promise<RunResult | null> {
  const { training } = config;
  hooks.onStart?.(config, dataset);
  const engine = await openEngine({ provider: training.provider });
  try {
    await engine.write(from.values);
    const history = join(folder, RUN_FILES.history);
    let lines: HistoryLine[] = [];
    let final: TrainingState | undefined;
    const done = await train(training, dataset.training, engine, from.step, {
      ...hooks,
      checkpointEvery: Math.max(1, Math.ceil(training.steps / CHECKPOINTS)),
      onStep: (record) => {
        const { step, phase, learningRate, losses, imagesPerSecond } = record;
        lines.push({ step, phase, learningRate, losses, imagesPerSecond });
        hooks.onStep?.(record);
      },
      onCheckpoint: async (step, read) => {
        final = await read();
        if (step < training.steps && !hooks.signal?.aborted) {
          const scores = await validate(config, dataset, engine, final);
          lines.push({ step, validation: scores });
          hooks.onValidation?.(step, scores);
        }
        // The history first: a kill in between leaves lines that the next resume cuts off again.
        await appendHistory(history, lines);
        lines = [];
        await writeCheckpoint(join(folder, RUN_FILES.checkpoint), step, final);
      },
    });
    if (done < training.steps || !final) return null;
    return await finishRun(folder, config, dataset, engine, final);
  } finally {
    await engine.close();
  }
}

/** How the model under training does on the validation split; nothing is chosen by it. */
async function validate(config: RunConfig, dataset: Dataset, engine: Engine, state: TrainingState) {
  const model = await finishModel(config.training, dataset.training, engine, state);
  const graded = dataset.indices.validation.filter(
    (i) => dataset.manifest.records[i].grade !== null,
  );
  const predictions = await predictRecords(
    engine,
    modelFiles(config, model).model,
    dataset,
    graded,
  );
  const { macroF1, qwk, spearman } = evaluate(predictions, {
    grades: config.training.grades,
    seed: config.training.seed,
    draws: 0,
  });
  return { macroF1: macroF1.value, qwk: qwk.value, spearman: spearman.value };
}

/** The folder appears with its configuration and split, or not at all. */
async function createFolder(folder: string, config: RunConfig, dataset: Dataset): Promise<void> {
  const temporary = `${folder}.${randomUUID()}.tmp`;
  try {
    await mkdir(temporary, { recursive: true });
    await writeJson(join(temporary, RUN_FILES.config), config);
    const rows = dataset.manifest.records.map((r, i) => ({
      image: r.image,
      subject: r.subject,
      split: dataset.splits[i],
      grade: r.grade ?? '',
      graded: dataset.graded[i] && r.grade !== null ? 1 : 0,
    }));
    await writeWhole(join(temporary, RUN_FILES.split), stringify(rows, { header: true }));
    await rename(temporary, folder);
  } catch (error) {
    await rm(temporary, { recursive: true, force: true });
    throw new InputError(`${folder}: cannot be created (${(error as Error).message})`);
  }
}

const exists = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );
