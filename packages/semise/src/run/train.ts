// A whole run: from labels.csv to a validated model and its report, in one folder.

import { join, resolve } from 'node:path';
import { compile, constant, type Engine, openEngine } from '@semise/autograd';
import { stringify } from 'csv-stringify/sync';
import { exists, refuseExisting, wholeFolder, writeJson, writeWhole } from '../atomic.js';
import { InputError } from '../errors.js';
import { evaluate } from '../evaluation/evaluate.js';
import { random } from '../random.js';
import { canAnswer, checkShares, exportOnnx, finishModel } from '../tasks/index.js';
import {
  averagedWeights,
  methodOf,
  onlyData,
  phaseSteps,
  readCheckpoint,
  type StepRecord,
  type TrainingConfig,
  type TrainingHooks,
  type TrainingState,
  train,
} from '../training/index.js';
import { checkChosen, type RunConfig, readRunConfig, refuseOtherOptions } from './config.js';
import { type Dataset, type DatasetOptions, fingerprint, openDataset } from './dataset.js';
import { defaultViews, isOnnx, type TrainOptions, trainingDefaults } from './defaults.js';
import { RUN_FILES } from './files.js';
import { finishRun, type RunResult, refuseDivergence } from './finish.js';
import { inspect, withFeatures } from './frozen-encoder.js';
import { cutHistory, type ValidationLine } from './history.js';
import { modelMetadata, predictRecords } from './predict.js';
import { recorded } from './recorded.js';
import type { ReportOptions } from './report.js';
import { startingWeights, startOf } from './start.js';
import { VERSION } from './version.js';

export interface TrainHooks {
  readonly onDecode?: (done: number, total: number) => void;
  /** Told once the data are read and before training begins. */
  readonly onStart?: (config: RunConfig, dataset: Dataset) => void;
  readonly onDescribed?: TrainingHooks['onDescribed'];
  readonly onStep?: (record: StepRecord) => void;
  readonly onValidation?: (step: number, scores: Record<string, number | null>) => void;
  /**
   * Stops after the step under way; what was done can be resumed. While images are still being
   * decoded its reason is thrown instead, and nothing is left behind.
   */
  readonly signal?: AbortSignal;
  /** How the report at the end is written. */
  readonly report?: ReportOptions;
}

/** Checkpoints, and looks at the validation split, in the course of a run. */
const CHECKPOINTS = 12;
/** Validation images that are looked at on the way. */
const LOOKED_AT = 100;

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
  await refuseExisting(options.out, 'give another --out, or --resume it');
  const frozen = isOnnx(options.encoder ?? '')
    ? await inspect(options.encoder as string, options.imageSize)
    : null;
  const base = trainingDefaults({ ...options, imageSize: frozen?.size ?? options.imageSize });
  checkChosen(base);
  const data = {
    file: resolve(options.data),
    comparisons: options.comparisons ? resolve(options.comparisons) : null,
    fit: options.fit ?? ('letterbox' as const),
    labelBudget: options.labelBudget ?? ('all' as const),
    skipBad: options.skipBad ?? false,
    leakage: options.leakage ?? ('refuse' as const),
  };
  const dataset = await openShown({ ...data, ...base, ...hooks }, frozen?.file ?? null);
  try {
    const channels = dataset.cache.shape[0] as 1 | 3;
    const config: RunConfig = {
      semise: VERSION,
      data: {
        ...data,
        fingerprint: dataset.manifest.fingerprint,
        comparisonsFingerprint: data.comparisons && (await fingerprint(data.comparisons)),
      },
      init: options.init ? startOf(options.init) : null,
      frozen: frozen && { file: frozen.file, fingerprint: frozen.fingerprint },
      training: {
        ...base,
        channels,
        grades: dataset.manifest.grades,
        pixels: dataset.pixels,
        views: options.views ?? defaultViews(channels),
      },
    };
    checkShares(config.training);
    const { phases } = methodOf(config.training, dataset.training);
    phaseSteps(phases, config.training.steps);
    const values = await startingWeights(config, dataset);
    return await withEngine(config.training, async (engine) => {
      await createFolder(folder, config, dataset);
      return work(folder, config, dataset, engine, { step: 0, values }, hooks);
    });
  } finally {
    dataset.cache.close();
  }
}

/**
 * Goes on with a run that was stopped or killed, from its last checkpoint; it ends with the weights
 * that an uninterrupted run would have ended with.
 * @param asked options given again; they must be those that the run began with
 * @throws InputError if the folder holds no run, other options are asked for, or its data have
 *   changed since
 */
export async function resumeRun(
  out: string,
  hooks: TrainHooks = {},
  asked: Partial<TrainOptions> = {},
): Promise<RunResult | null> {
  const folder = resolve(out);
  const config = await readRunConfig(folder);
  refuseOtherOptions(out, config, asked);
  await refuseChanged(config.data.file, config.data.fingerprint);
  await refuseChanged(config.data.comparisons, config.data.comparisonsFingerprint);
  if (config.frozen) await refuseChanged(config.frozen.file, config.frozen.fingerprint);
  const dataset = await openShown(
    { ...config.data, ...config.training, ...hooks },
    config.frozen?.file ?? null,
  );
  try {
    const file = join(folder, RUN_FILES.checkpoint);
    const checkpoint = (await exists(file)) ? await readCheckpoint(file) : undefined;
    const values = checkpoint
      ? onlyData(checkpoint.tensors)
      : await startingWeights(config, dataset);
    const step = checkpoint?.step ?? 0;
    return await withEngine(config.training, async (engine) => {
      await cutHistory(join(folder, RUN_FILES.history), step);
      return work(folder, config, dataset, engine, { step, values }, hooks);
    });
  } finally {
    dataset.cache.close();
  }
}

/** The data set as training sees it: pixels, or the features of an encoder at rest. */
async function openShown(options: DatasetOptions, frozen: string | null): Promise<Dataset> {
  const dataset = await openDataset(options);
  return frozen ? withFeatures(dataset, frozen) : dataset;
}

export async function refuseChanged(file: string | null, before: string | null): Promise<void> {
  if (file && (await fingerprint(file)) !== before) {
    throw new InputError(
      `${file}: has changed since the run began; restore it, or train a new run`,
    );
  }
}

/** @throws InputError if this machine lacks the provider that the configuration asks for */
export async function withEngine<T>(
  { provider, threads }: Pick<TrainingConfig, 'provider' | 'threads'>,
  use: (engine: Engine) => Promise<T>,
): Promise<T> {
  const engine = await openEngine({ provider, threads: threads ?? undefined });
  try {
    const probe = compile({ outputs: { ready: constant([1], [1]) }, provider });
    const loaded = await engine.load(probe).catch((error: Error) => {
      // ONNX Runtime names its own source files and functions before it says why.
      const reason = error.message.trim().split(/: |\n/).at(-1);
      throw new InputError(
        `--provider ${provider}: cannot be used on this machine (${reason}); try --provider cpu`,
      );
    });
    await loaded.release();
    return await use(engine);
  } finally {
    await engine.close();
  }
}

async function work(
  folder: string,
  config: RunConfig,
  dataset: Dataset,
  engine: Engine,
  from: { step: number; values: ReadonlyMap<string, Float32Array> },
  hooks: TrainHooks,
): Promise<RunResult | null> {
  const { training } = config;
  const { language, card } = hooks.report ?? {};
  if (card) await writeJson(join(folder, RUN_FILES.card), card);
  hooks.onStart?.(config, dataset);
  await engine.write(from.values);
  const look = async (step: number, state: TrainingState) => {
    const validation = await validate(config, dataset, engine, step, state);
    if (validation) hooks.onValidation?.(step, validation);
    return validation;
  };
  const final = await recorded(
    folder,
    { ...hooks, steps: training.steps, checkpoints: CHECKPOINTS, look },
    (recording) =>
      train(training, dataset.training, engine, from.step, {
        ...recording,
        onDescribed: hooks.onDescribed,
      }),
  );
  return final && finishRun(folder, config, dataset, engine, final, language);
}

/**
 * How the model under training does on some of the validation split, roughly; nothing is chosen by it.
 * @returns null where it cannot answer yet, or where no validation image is graded
 */
async function validate(
  config: RunConfig,
  dataset: Dataset,
  engine: Engine,
  step: number,
  state: TrainingState,
): Promise<ValidationLine['validation'] | null> {
  const { training } = config;
  const { answer } = methodOf(training, dataset.training);
  const graded = random(training.seed, 'looked at')
    .shuffle(dataset.indices.validation.filter((i) => dataset.manifest.records[i].grade !== null))
    .slice(0, LOOKED_AT);
  if (graded.length === 0 || !canAnswer(answer, averagedWeights(state))) return null;
  const model = await finishModel(training, dataset.training, engine, state, { rough: true });
  const onnx = exportOnnx(model, modelMetadata(config, model));
  const predictions = await predictRecords(engine, training, onnx, dataset, graded);
  refuseDivergence(training, step, predictions);
  const { macroF1, qwk, spearman } = evaluate(predictions, {
    grades: training.grades,
    seed: training.seed,
    draws: 0,
  });
  return { macroF1: macroF1.value, qwk: qwk.value, spearman: spearman.value };
}

/** The folder appears with its configuration and split, or not at all. */
const createFolder = (folder: string, config: RunConfig, dataset: Dataset): Promise<void> =>
  wholeFolder(folder, async (temporary) => {
    await writeJson(join(temporary, RUN_FILES.config), config);
    const rows = dataset.manifest.records.map((r, i) => ({
      image: r.image,
      subject: r.subject,
      split: dataset.splits[i],
      grade: r.grade ?? '',
      graded: dataset.graded[i] && r.grade !== null ? 1 : 0,
    }));
    await writeWhole(join(temporary, RUN_FILES.split), stringify(rows, { header: true }));
  });
