// A whole run of a segmentation: from labels.csv with masks to a validated model and its report.

import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Engine } from '@semise/autograd';
import { stringify } from 'csv-stringify/sync';
import { refuseExisting, wholeFolder, writeJson, writeWhole } from '../../atomic.js';
import type { Split } from '../../data/index.js';
import { readTable } from '../../data/table.js';
import { InputError } from '../../errors.js';
import { overlap } from '../../evaluation/segmentation/index.js';
import { ELSEWHERE } from '../../models/index.js';
import { exportSegmenter, loadOnnx, segmentWhole } from '../../tasks/index.js';
import {
  averagedWeights,
  onlyData,
  readCheckpoint,
  type StepRecord,
  type TrainingState,
  trainSegmentation,
  usableTold,
  writeCheckpoint,
} from '../../training/index.js';
import { type RunConfig, readRunConfig } from '../config.js';
import { defaultViews } from '../defaults.js';
import { encoderValues, withAverage } from '../encoder-values.js';
import { RUN_FILES } from '../files.js';
import { cutHistory } from '../history.js';
import { recorded } from '../recorded.js';
import type { ReportOptions } from '../report.js';
import { startOf, weightsOf } from '../start.js';
import { refuseChanged, withEngine } from '../train.js';
import { VERSION } from '../version.js';
import {
  checkSegmentation,
  readSegmentationConfig,
  type SegmentationRunConfig,
  type SegmentOptions,
  segmentationDefaults,
} from './config.js';
import {
  openSegmentationDataset,
  type SegmentationDataset,
  type SegmentationDatasetOptions,
} from './dataset.js';
import { finishSegmentation, type SegmentationResult, segmenterMetadata } from './finish.js';

export interface SegmentHooks {
  readonly onDecode?: (done: number, total: number) => void;
  readonly onStart?: (config: SegmentationRunConfig, dataset: SegmentationDataset) => void;
  readonly onStep?: (record: StepRecord) => void;
  readonly onSegmented?: (done: number, total: number) => void;
  /** Stops after the step under way; what was done can be resumed. */
  readonly signal?: AbortSignal;
  /** How the report at the end is written. */
  readonly report?: Pick<ReportOptions, 'language'>;
}

/** Checkpoints, and looks at the validation split, in the course of a run. */
const CHECKPOINTS = 6;
/** Validation images that are looked at on the way. */
const LOOKED_AT = 48;

/**
 * Trains a new run.
 * @returns what it scored, or null where the signal stopped it: `resumeSegmentation` goes on from there
 * @throws InputError for whatever the user can mend; nothing is left behind then
 */
export async function segmentRun(
  options: SegmentOptions,
  hooks: SegmentHooks = {},
): Promise<SegmentationResult | null> {
  const folder = resolve(options.out);
  await refuseExisting(options.out, 'give another --out, or --resume it');
  if (options.from && options.init) {
    throw new InputError('--from and --init both give the encoder its weights; give one of them');
  }
  const source = options.from ? await readRunConfig(options.from) : null;
  const encoder = source?.training.encoder ?? options.encoder ?? 'small';
  if (encoder === ELSEWHERE) {
    throw new InputError(
      `--from ${options.from}: its encoder is an ONNX file, which gives no feature maps; start from a run with an encoder of ours`,
    );
  }
  if (options.encoder && options.encoder !== encoder) {
    throw new InputError(
      `--encoder ${options.encoder}: the run ${options.from} trained a ${encoder}; leave the option out`,
    );
  }
  const base = segmentationDefaults(options, encoder);
  checkSegmentation(base, Boolean(options.from ?? options.init));
  const data = {
    file: resolve(options.data),
    fit: options.fit ?? source?.data.fit ?? ('letterbox' as const),
    maskBudget: options.maskBudget ?? ('all' as const),
    skipBad: options.skipBad ?? false,
    leakage: options.leakage ?? ('refuse' as const),
  };
  const opening = await datasetOptions({ data, training: base, from: options.from ?? null }, hooks);
  const dataset = await openSegmentationDataset(opening);
  try {
    const channels = dataset.cache.shape[0] as 1 | 3;
    const severity = options.from
      ? await readFile(join(options.from, RUN_FILES.model)).catch(() => null)
      : null;
    const config: SegmentationRunConfig = {
      semise: VERSION,
      task: 'segmentation',
      data: { ...data, fingerprint: dataset.manifest.fingerprint },
      from: options.from ? resolve(options.from) : null,
      init: options.init ? startOf(options.init) : null,
      severity: severity && source && severityShape(source),
      leastLesion: dataset.leastLesion,
      training: {
        ...base,
        channels,
        classes: dataset.classes,
        pixels: source?.training.pixels ?? dataset.pixels,
        views: options.views ?? source?.training.views ?? defaultViews(channels),
      },
    };
    usableTold(config.training, dataset.training);
    const values = await initialWeights(config);
    return await withEngine(config.training, async (engine) => {
      await createFolder(folder, config, dataset, values, severity);
      return work(folder, config, dataset, engine, { step: 0, values }, hooks);
    });
  } finally {
    dataset.cache.close();
  }
}

/**
 * Goes on with a run that was stopped or killed, from its last checkpoint.
 * @throws InputError if the folder holds no such run, or its data have changed since
 */
export async function resumeSegmentation(
  out: string,
  hooks: SegmentHooks = {},
): Promise<SegmentationResult | null> {
  const folder = resolve(out);
  const config = await readSegmentationConfig(folder);
  await refuseChanged(config.data.file, config.data.fingerprint);
  const settled = await splitOf(join(folder, RUN_FILES.split));
  const dataset = await openSegmentationDataset({
    ...config.data,
    ...config.training,
    splits: settled,
    leakage: 'allow', // what there was to mend is in the split that it began with
    ...hooks,
  });
  try {
    const { step, tensors } = await readCheckpoint(join(folder, RUN_FILES.checkpoint));
    const values = onlyData(tensors);
    return await withEngine(config.training, async (engine) => {
      await cutHistory(join(folder, RUN_FILES.history), step);
      return work(folder, config, dataset, engine, { step, values }, hooks);
    });
  } finally {
    dataset.cache.close();
  }
}

const severityShape = ({ training, data }: RunConfig): SegmentationRunConfig['severity'] => ({
  imageSize: training.imageSize,
  channels: training.channels,
  fit: data.fit,
});

async function datasetOptions(
  {
    data,
    training,
    from,
  }: {
    data: Pick<SegmentationDatasetOptions, 'file' | 'fit' | 'maskBudget' | 'skipBad' | 'leakage'>;
    training: { seed: number; workingSize: number };
    from: string | null;
  },
  hooks: SegmentHooks,
): Promise<SegmentationDatasetOptions> {
  return {
    ...data,
    seed: training.seed,
    workingSize: training.workingSize,
    channels: from ? (await readRunConfig(from)).training.channels : null,
    splits: from ? await splitOf(join(from, RUN_FILES.split)) : new Map(),
    onDecode: hooks.onDecode,
    signal: hooks.signal,
  };
}

/** The split of every subject of a run. */
async function splitOf(file: string): Promise<Map<string, Split>> {
  const rows = await readTable(file, ['subject', 'split'], []);
  return new Map(rows.map(({ values }) => [values.subject, values.split as Split]));
}

/** The encoder's weights, for itself and for its moving average; none when it starts from scratch. */
async function initialWeights(config: SegmentationRunConfig): Promise<Map<string, Float32Array>> {
  const weights = config.init
    ? await weightsOf(config.init, config.training)
    : config.from
      ? encoderValues((await readCheckpoint(join(config.from, RUN_FILES.checkpoint))).tensors)
      : new Map<string, Float32Array>();
  return withAverage(weights);
}

async function work(
  folder: string,
  config: SegmentationRunConfig,
  dataset: SegmentationDataset,
  engine: Engine,
  from: { step: number; values: ReadonlyMap<string, Float32Array> },
  hooks: SegmentHooks,
): Promise<SegmentationResult | null> {
  const { training } = config;
  hooks.onStart?.(config, dataset);
  await engine.write(from.values);
  const look = async (_: number, state: TrainingState) => {
    const dice = await validate(config, dataset, engine, state);
    return dice === null ? null : { dice };
  };
  const final = await recorded(
    folder,
    { ...hooks, steps: training.steps, checkpoints: CHECKPOINTS, look },
    (recording) => trainSegmentation(training, dataset.training, engine, from.step, recording),
  );
  if (!final) return null;
  const { onSegmented, report } = hooks;
  return finishSegmentation(folder, config, dataset, engine, final, onSegmented, report?.language);
}

/**
 * Mean Dice over lesions of some validation images at the working size; nothing is chosen by it.
 * @returns null where none of them has a lesion
 */
async function validate(
  config: SegmentationRunConfig,
  { indices, lesion, training, cache }: SegmentationDataset,
  engine: Engine,
  state: TrainingState,
): Promise<number | null> {
  const { channels, imageSize: side, workingSize: whole, classes } = config.training;
  const looked = indices.validation.filter((i) => lesion.get(i)).slice(0, LOOKED_AT);
  if (looked.length === 0) return null;
  const onnx = exportSegmenter(config.training, averagedWeights(state), segmenterMetadata(config));
  const model = await loadOnnx(engine, onnx, config.training, ['probabilities']);
  try {
    let sum = 0;
    const plane = whole * whole;
    for (const index of looked) {
      const window = { channels, whole, side, classes, flips: [] };
      const probabilities = await segmentWhole(model, cache.read(index), window);
      const lesions = probabilities
        .subarray(0, plane)
        .map((background) => (background < 0.5 ? 1 : 0));
      sum += overlap(training.mask(index), lesions).dice;
    }
    return sum / looked.length;
  } finally {
    await model.release();
  }
}

/** The folder appears with all that resuming needs, the encoder's first weights included. */
const createFolder = (
  folder: string,
  config: SegmentationRunConfig,
  { manifest, splits, lesion, training, duplicates }: SegmentationDataset,
  values: ReadonlyMap<string, Float32Array>,
  severity: Uint8Array | null,
): Promise<void> =>
  wholeFolder(folder, async (temporary) => {
    await writeJson(join(temporary, RUN_FILES.config), config);
    await writeJson(join(temporary, RUN_FILES.duplicates), duplicates);
    const seen = new Set(training.masked.map(({ index }) => index));
    const rows = manifest.records.map((r, i) => ({
      image: r.image,
      subject: r.subject,
      split: splits[i],
      grade: r.grade ?? '',
      mask: lesion.has(i) ? (lesion.get(i) ? 'lesion' : 'empty') : '',
      masked: seen.has(i) ? 1 : 0,
    }));
    await writeWhole(join(temporary, RUN_FILES.split), stringify(rows, { header: true }));
    if (severity) await writeWhole(join(temporary, RUN_FILES.severity), severity);
    // A start that may be gone by the time of a resume is kept as a checkpoint of step 0.
    const tensors = new Map(
      [...values].map(([name, data]) => [name, { shape: [data.length], data }] as const),
    );
    await writeCheckpoint(join(temporary, RUN_FILES.checkpoint), 0, tensors);
  });
