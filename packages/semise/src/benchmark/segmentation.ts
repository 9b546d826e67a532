// The benchmark of segmentation: what a start is worth, by mask budget. Each start is trained once a data
// set and seed, on all grades of its training split; from it a U-Net is trained for each budget, on the
// same split, with the same steps, with and without what images without masks teach. Rows are appended to a file; runs that
// are there are not run again, and several processes share the work.

import { appendFile, readFile, rm } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { stringify } from 'csv-stringify/sync';
import jStat from 'jstat';
import { parse } from 'yaml';
import { z } from 'zod';
import { exists, makeFolder, writeWhole } from '../atomic.js';
import { assignSplits, readManifest } from '../data/index.js';
import { readTable } from '../data/table.js';
import { InputError } from '../errors.js';
import type { SegmentationScores } from '../evaluation/segmentation/index.js';
import { METHOD_NAMES, settingsSchema } from '../methods/index.js';
import { ENCODER_NAMES } from '../models/index.js';
import { RUN_FILES, segmentRun, type TrainHooks } from '../run/index.js';
import { segmentationSettingsSchema } from '../training/index.js';
import { VIEW_PRESET_NAMES } from '../views/index.js';
import { drawnOnce } from './cohort.js';
import { digest } from './digest.js';
import { reasonOf } from './failure.js';
import { lock, tryLock } from './lock.js';
import { trainOrResume } from './train-or-resume.js';

const count = z.number().int().positive();
const share = z.number().gt(0).lt(1);

const gridSchema = z.strictObject({
  /** Of every start. */
  pretraining: z.strictObject({
    encoder: z.enum(ENCODER_NAMES),
    imageSize: count,
    steps: count,
    batch: count,
  }),
  /** Of every segmentation. */
  training: z.strictObject({ imageSize: count, steps: count, batch: count }),
  seeds: z.array(count).min(1),
  datasets: z.record(
    z.string(),
    z.strictObject({
      /** labels.csv with masks, below the folder of `--datasets`. */
      labels: z.string().optional(),
      /** Or a cohort to draw. */
      phantom: z
        .strictObject({
          seed: count,
          subjects: count,
          size: count,
          difficulty: z.number(),
          modality: z.enum(['fundus', 'ultrasound']),
        })
        .optional(),
      views: z.enum(VIEW_PRESET_NAMES),
      /** Shares of the subjects; drawn by the seed. Those of `semise train`, unless told. */
      split: z.strictObject({ train: share, validation: share, test: share }).optional(),
    }),
  ),
  methods: z.record(
    z.string(),
    z
      .strictObject({
        /** What the encoder was trained with; null = from scratch. */
        start: z.enum(METHOD_NAMES).nullable(),
        /** Of that training; the method's own, unless told. */
        startSettings: settingsSchema.partial().default({}),
        settings: segmentationSettingsSchema.partial().default({}),
      })
      .refine(({ start, startSettings }) => start || Object.keys(startSettings).length === 0, {
        path: ['startSettings'],
        message: 'settings of a start that there is not; name the start, or leave them out',
      }),
  ),
  /** In order of value: every method at the first budget before any at the second. */
  budgets: z.array(z.union([count, z.literal('all')])).min(1),
});

type Grid = z.infer<typeof gridSchema>;

export interface SegmentationRow {
  readonly dataset: string;
  readonly budget: number | 'all';
  readonly method: string;
  readonly seed: number;
  readonly config: Record<string, unknown>;
  /** On the test split. */
  readonly metrics: Readonly<
    Record<keyof SegmentationScores | 'burdenWithGrade', number | null>
  > | null;
  /** Why the run failed; the next start tries it again. */
  readonly error?: string;
  /** Dice over validation images with a lesion: what settings are chosen by. */
  readonly validation: number | null;
  /** Test images with a mask. */
  readonly n: number;
  /** Training images, and how many of them show their mask. */
  readonly images: number;
  readonly masks: number;
  /** Of the segmentation's training, evaluation and writing; not of the start's. */
  readonly seconds: number;
}

export interface SegmentationBenchmarkOptions {
  readonly grid: string;
  readonly out: string;
  readonly datasets: string;
  readonly runs: string;
  readonly threads?: number;
  /** Only rows of which every given field has this value. */
  readonly only?: Readonly<Record<string, string>>;
}

export interface SegmentationBenchmarkHooks extends TrainHooks {
  readonly onCell?: (name: string, index: number, total: number) => void;
  readonly onRow?: (row: SegmentationRow) => void;
}

type Cell = Pick<SegmentationRow, 'dataset' | 'budget' | 'method' | 'seed'>;
const keyOf = ({ dataset, budget, method, seed }: Cell): string =>
  `${dataset}-${budget}-${method}-${seed}`;

/** @throws InputError if the grid or a data set cannot be used @returns false where the signal stopped it */
export async function runSegmentationBenchmark(
  options: SegmentationBenchmarkOptions,
  hooks: SegmentationBenchmarkHooks = {},
): Promise<boolean> {
  const grid = await readSegmentationGrid(options.grid);
  const only = Object.entries(options.only ?? {});
  const cells = cellsOf(grid).filter((cell) =>
    only.every(([field, value]) => `${cell[field as keyof Cell]}` === value),
  );
  const runs = resolve(options.runs);
  await makeFolder(join(runs, 'locks'));
  await makeFolder(dirname(resolve(options.out)));
  for (const [index, cell] of cells.entries()) {
    if (hooks.signal?.aborted) return false;
    const release = await tryLock(join(runs, 'locks', keyOf(cell)));
    if (!release) continue;
    try {
      const rows = await readSegmentationRows(options.out);
      const before = rows.find((row) => keyOf(row) === keyOf(cell));
      if (before && !before.error) continue;
      hooks.onCell?.(keyOf(cell), index + 1, cells.length);
      const at = { ...options, runs };
      const data = await labelsOf(grid, cell, at);
      const row = await runCell(grid, cell, data, at, hooks).catch((error) =>
        failedRow(cell, error, runs),
      );
      if (!row) return false;
      if (!row.error || row.error !== before?.error) {
        await appendFile(options.out, `${JSON.stringify(row)}\n`);
      }
      hooks.onRow?.(row);
    } finally {
      await release();
    }
  }
  return true;
}

async function readSegmentationGrid(file: string): Promise<Grid> {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw new InputError(`${file}: cannot be read (${error.code}); give a grid in YAML`);
  });
  const { data, error } = gridSchema.safeParse(parse(text));
  if (data) return data;
  throw new InputError(`${file}: ${error.issues[0].path.join('.')}: ${error.issues[0].message}`);
}

const cellsOf = ({ budgets, datasets, methods, seeds }: Grid): Cell[] =>
  budgets.flatMap((budget) =>
    seeds.flatMap((seed) =>
      Object.keys(datasets).flatMap((dataset) =>
        Object.keys(methods).map((method) => ({ dataset, budget, method, seed })),
      ),
    ),
  );

/** The last row of each run in a file; a line that a kill cut short is left out. */
export async function readSegmentationRows(file: string): Promise<SegmentationRow[]> {
  const text = await readFile(file, 'utf8').catch(() => '');
  const rows = text.split('\n').flatMap((line) => {
    try {
      return [JSON.parse(line) as SegmentationRow];
    } catch {
      return [];
    }
  });
  return [...new Map(rows.map((row) => [keyOf(row), row])).values()];
}

/** @param data labels.csv */
async function runCell(
  grid: Grid,
  cell: Cell,
  data: string,
  options: SegmentationBenchmarkOptions,
  hooks: SegmentationBenchmarkHooks,
): Promise<SegmentationRow | null> {
  const { dataset, budget, method, seed } = cell;
  const { start, startSettings, settings } = grid.methods[method];
  const { views } = grid.datasets[dataset];
  const shared = { data, views, seed, threads: options.threads, leakage: 'fix' } as const;
  const from = start && (await startOf(grid, cell, shared, options, hooks));
  if (start && !from) return null;
  const out = join(options.runs, keyOf(cell));
  await rm(out, { recursive: true, force: true });
  const began = performance.now();
  let seen = { images: 0, masks: 0 };
  const result = await segmentRun(
    {
      ...shared,
      ...grid.training,
      ...(from ? { from } : { encoder: grid.pretraining.encoder }),
      maskBudget: budget,
      settings,
      out,
    },
    {
      signal: hooks.signal,
      onStart: (_, { indices, training }) => {
        seen = { images: indices.train.length, masks: training.masked.length };
      },
      onStep: hooks.onStep,
    },
  );
  if (!result) return null;
  const seconds = Math.round((performance.now() - began) / 100) / 10;
  const { test, validation, config } = result;
  await Promise.all(
    [RUN_FILES.checkpoint, RUN_FILES.model, RUN_FILES.severity].map((file) =>
      rm(join(out, file), { force: true }),
    ),
  );
  return {
    ...cell,
    config: {
      start,
      pretraining: start && { ...grid.pretraining, ...startSettings },
      training: { ...config.training, threads: options.threads ?? null },
      fingerprint: config.data.fingerprint,
      semise: config.semise,
    },
    metrics: test && {
      dice: test.dice.value,
      iou: test.iou.value,
      diceLesion: test.diceLesion.value,
      hausdorff95: test.hausdorff95.value,
      surfaceDistance: test.surfaceDistance.value,
      lesionSensitivity: test.lesionSensitivity.value,
      falsePositives: test.falsePositives.value,
      burdenWithGrade: test.burden.withGrade.value,
    },
    validation: validation?.diceLesion.value ?? null,
    n: test?.n ?? 0,
    ...seen,
    seconds,
  };
}

/** A training that diverges, or that these images do not allow, is a result, too. */
async function failedRow(cell: Cell, error: unknown, runs: string): Promise<SegmentationRow> {
  const folder = join(runs, keyOf(cell));
  const reason = reasonOf(error, folder, runs);
  await rm(folder, { recursive: true, force: true });
  const none = { config: {}, metrics: null, validation: null, n: 0, images: 0, masks: 0 };
  return { ...cell, ...none, error: reason, seconds: 0 };
}

/** The run that gives the encoder, trained first where it is not there yet. */
async function startOf(
  grid: Grid,
  { dataset, method, seed }: Cell,
  shared: { data: string; views: Grid['datasets'][string]['views']; seed: number },
  { runs, threads }: SegmentationBenchmarkOptions,
  hooks: SegmentationBenchmarkHooks,
): Promise<string | null> {
  const { start, startSettings: settings } = grid.methods[method];
  const from = [grid.pretraining, grid.datasets[dataset], settings];
  const name = `${dataset}-${start}-${seed}-${digest(from)}`;
  const out = join(runs, 'starts', name);
  await makeFolder(dirname(out));
  const release = await lock(`${out}.lock`, hooks.signal);
  try {
    if (await exists(join(out, RUN_FILES.report))) return out;
    const own = { method: start!, settings, leakage: 'fix' } as const;
    const options = { ...shared, ...grid.pretraining, ...own };
    const { signal, onStep } = hooks;
    return (await trainOrResume({ ...options, threads, out }, { signal, onStep })) ? out : null;
  } finally {
    await release();
  }
}

/** labels.csv of a data set; a phantom is drawn once, a split of its own is drawn by the seed. */
async function labelsOf(
  grid: Grid,
  { dataset, seed }: Cell,
  { datasets, runs }: SegmentationBenchmarkOptions,
): Promise<string> {
  const { labels, phantom, split } = grid.datasets[dataset];
  const file = phantom
    ? await drawnOnce(dataset, phantom, { comparisons: 0 }, runs)
    : resolve(datasets, labels ?? '');
  if (!split) return file;
  const { records } = await readManifest(file);
  const splits = assignSplits({ records }, { seed, fractions: split });
  const rows = await readTable(file, ['image'], []);
  const place = (path?: string) => (path ? resolve(dirname(file), path) : '');
  const placed = rows.map(({ values }, i) => ({
    ...values,
    image: place(values.image),
    mask: place(values.mask),
    split: splits[i],
  }));
  const out = join(runs, 'splits', `${dataset}-${seed}-${digest(split)}.csv`);
  await makeFolder(dirname(out));
  await writeWhole(out, stringify(placed, { header: true }));
  return out;
}

export interface SegmentationSummary {
  readonly dataset: string;
  readonly budget: number | 'all';
  readonly method: string;
  readonly seeds: number;
  /** Mean and standard deviation over seeds of Dice over images with a lesion. */
  readonly mean: number;
  readonly deviation: number | null;
}

/** Dice by data set, budget and method, in the order of the rows. */
export function summarizeSegmentation(rows: readonly SegmentationRow[]): SegmentationSummary[] {
  const groups = new Map<string, SegmentationRow[]>();
  for (const row of rows) {
    const key = JSON.stringify([row.dataset, row.budget, row.method]);
    groups.set(key, [...(groups.get(key) ?? []), row]);
  }
  return [...groups.values()].flatMap((group) => {
    const values = group.flatMap((row) => row.metrics?.diceLesion ?? []);
    if (values.length === 0) return [];
    const { dataset, budget, method } = group[0];
    const deviation = values.length > 1 ? jStat.stdev(values, true) : null;
    return [{ dataset, budget, method, seeds: values.length, mean: jStat.mean(values), deviation }];
  });
}
