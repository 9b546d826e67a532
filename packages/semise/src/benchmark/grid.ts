// The grid of a benchmark: a YAML or JSON file that declares which methods meet on which images.
//
// A grid says once what all methods share (encoder, image size, steps, batch: the same number of
// training images seen), names data sets and methods, and lists blocks: cross products of data sets,
// label budgets, comparisons, errors, methods and seeds, in order of value.

import { readFile } from 'node:fs/promises';
import { parse, YAMLParseError } from 'yaml';
import { z } from 'zod';
import { InputError } from '../errors.js';
import { METHOD_NAMES, settingsSchema } from '../methods/index.js';
import { ENCODER_NAMES } from '../models/index.js';
import { trainingConfigSchema } from '../training/index.js';
import { VIEW_PRESET_NAMES } from '../views/index.js';

const share = z.number().min(0).lt(1);
const count = z.number().int().nonnegative();
const seeds = z.array(count).min(1);
const name = z.string().regex(/^[\w.+-]+$/, 'letters, digits, "_", ".", "+" and "-" only');

/** A phantom cohort, drawn once for all seeds; the bounds are those of `writePhantom`. */
const phantomSchema = z.strictObject({
  seed: count,
  subjects: count.optional(),
  imagesPerSubject: z.tuple([count, count]).optional(),
  grades: count.optional(),
  modality: z.enum(['fundus', 'ultrasound']).optional(),
  size: count.optional(),
  difficulty: z.union([z.enum(['easy', 'hard']), z.number()]).optional(),
  graderNoise: z.number().optional(),
  sites: z.union([z.literal(1), z.literal(2)]).optional(),
});

const datasetSchema = z
  .strictObject({
    /** labels.csv, below the folder of `--datasets`. */
    labels: z.string().optional(),
    phantom: phantomSchema.optional(),
    views: z.enum(VIEW_PRESET_NAMES),
    /** Instead of the grid's, for every method on these images. */
    imageSize: trainingConfigSchema.shape.imageSize.optional(),
    steps: trainingConfigSchema.shape.steps.optional(),
    fit: z.enum(['letterbox', 'crop', 'stretch']).default('letterbox'),
    /** Every method is told how frequent the grades are among the training images, in whole percent. */
    shares: z.literal('told').optional(),
  })
  .refine(
    ({ labels, phantom }) => (labels === undefined) !== (phantom === undefined),
    'give either labels (a labels.csv) or phantom (a cohort to draw)',
  );

/** What a method may be tuned in; encoder, image size, steps and batch are the same for all. */
const tunable = trainingConfigSchema
  .pick({
    optimizer: true,
    learningRate: true,
    weightDecay: true,
    averageDecay: true,
    viewStrength: true,
  })
  .partial();

const methodSchema = z.strictObject({
  method: z.enum(METHOD_NAMES),
  settings: settingsSchema.partial().default({}),
  training: tunable.strict().default({}),
  /** torchvision-style weights below the folder of `--datasets`. */
  init: z.string().optional(),
  /** The encoder of one of the grid's `pretrained`. */
  pretrained: z.string().optional(),
});

/** A long self-supervised training, once a data set, that methods start from. It sees no grade. */
const pretrainedSchema = z.strictObject({
  method: z.enum(METHOD_NAMES),
  settings: settingsSchema.partial().default({}),
  training: tunable
    .extend({ steps: count.positive().optional(), batch: count.min(4).optional() })
    .strict()
    .default({}),
  seed: count.default(0),
});

const poolSchema = z.strictObject({
  /** labels.csv below the folder of `--datasets`; its grades are not used. */
  labels: z.string(),
  /** True: these instead of the data set's own unlabelled images; false: added to them. */
  replace: z.boolean().default(true),
});

/** What may become of the healthy images (grade 0), the reference of severity. */
export const HEALTHY = ['kept', 'ungraded', 'absent'] as const;

const blockSchema = z.strictObject({
  /** A line for the log and the reader of the file. */
  name: z.string(),
  datasets: z.array(z.string()).min(1),
  /** Graded training images a class. */
  budgets: z.array(z.union([count.positive(), z.literal('all')])).min(1),
  methods: z.array(z.string()).min(1),
  /** How many pairs of training images an expert has compared. */
  comparisons: z.array(count).min(1).default([0]),
  /** Share of the comparisons answered the wrong way round. */
  wrong: z.array(share).min(1).default([0]),
  /** Share of the graded training images that carry another grade than theirs. */
  gradeNoise: z.array(share).min(1).default([0]),
  /** Names of `pools`; null = the data set's own unlabelled images. */
  pools: z.array(z.string().nullable()).min(1).default([null]),
  /**
   * kept; ungraded: no healthy image has a grade that training sees; absent: there are none at all,
   * and grades count from the mildest disease.
   */
  healthy: z.array(z.enum(HEALTHY)).min(1).default(['kept']),
  /** Instead of the grid's. */
  seeds: seeds.optional(),
});

const gridSchema = z.strictObject({
  /** The same for every run. */
  training: trainingConfigSchema
    .pick({
      encoder: true,
      imageSize: true,
      steps: true,
      batch: true,
      accumulate: true,
      provider: true,
    })
    .extend({ encoder: z.enum(ENCODER_NAMES) })
    .partial({ accumulate: true, provider: true })
    .strict(),
  seeds,
  /** For choosing settings on validation; never reported. */
  tuneSeeds: seeds,
  /** What becomes of two training images of the same grade that an expert compares. */
  ties: z.enum(['drop', 'mark']).default('drop'),
  datasets: z.record(name, datasetSchema),
  pools: z.record(name, poolSchema).default({}),
  pretrained: z.record(name, pretrainedSchema).default({}),
  methods: z.record(name, methodSchema),
  blocks: z.array(blockSchema).min(1),
});

export type Grid = z.infer<typeof gridSchema>;
export type DatasetSpec = Grid['datasets'][string];
export type MethodSpec = Grid['methods'][string];
export type PretrainedSpec = Grid['pretrained'][string];
export type Healthy = (typeof HEALTHY)[number];

/**
 * Reads a grid.
 * @throws InputError naming the file, the field and what it may be
 */
export async function readGrid(file: string): Promise<Grid> {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw new InputError(`${file}: cannot be read (${error.code}); give a grid in YAML or JSON`);
  });
  let content: unknown;
  try {
    content = parse(text);
  } catch (error) {
    if (!(error instanceof YAMLParseError)) throw error;
    throw new InputError(`${file}: ${error.message.split('\n')[0].replace(/:$/, '')}; mend it`);
  }
  const parsed = gridSchema.safeParse(content);
  if (!parsed.success) {
    const [{ path, message }] = parsed.error.issues;
    throw new InputError(`${file}: ${path.join('.') || 'the grid'}: ${message}`);
  }
  refuseUnknownNames(file, parsed.data);
  const reported = new Set([
    ...parsed.data.seeds,
    ...parsed.data.blocks.flatMap((b) => b.seeds ?? []),
  ]);
  const shared = parsed.data.tuneSeeds.find((seed) => reported.has(seed));
  if (shared !== undefined) {
    throw new InputError(
      `${file}: tuneSeeds: seed ${shared} is reported, too; tune on seeds that are not`,
    );
  }
  return parsed.data;
}

function refuseUnknownNames(file: string, grid: Grid): void {
  const refuse = (
    where: string,
    asked: readonly (string | null | undefined)[],
    kind: 'datasets' | 'methods' | 'pools' | 'pretrained',
  ) => {
    const missing = asked.find((one) => typeof one === 'string' && !Object.hasOwn(grid[kind], one));
    if (missing === undefined) return;
    const known = Object.keys(grid[kind]).join(', ') || 'none';
    throw new InputError(`${file}: ${where}: "${missing}" is not one of ${kind} (${known})`);
  };
  grid.blocks.forEach((block, b) => {
    const where = `blocks.${b} (${block.name})`;
    refuse(`${where}.datasets`, block.datasets, 'datasets');
    refuse(`${where}.methods`, block.methods, 'methods');
    refuse(`${where}.pools`, block.pools, 'pools');
  });
  for (const [method, { pretrained }] of Object.entries(grid.methods)) {
    refuse(`methods.${method}.pretrained`, [pretrained], 'pretrained');
  }
}
