// config.json: everything needed to repeat a run.

import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import { InputError } from '../errors.js';
import { settingsSchema } from '../methods/index.js';
import { trainingConfigSchema } from '../training/index.js';
import { OWN_OPTION, type TrainOptions } from './defaults.js';

export const runConfigSchema = z.object({
  semise: z.string(),
  data: z.object({
    /** Absolute path of labels.csv. */
    file: z.string(),
    fingerprint: z.string(),
    comparisons: z.string().nullable(),
    comparisonsFingerprint: z.string().nullable(),
    /** How an image of another shape is made square. */
    fit: z.enum(['letterbox', 'crop', 'stretch']),
    /** Grades a class that training may see. */
    labelBudget: z.union([z.number().int().positive(), z.literal('all')]),
    skipBad: z.boolean(),
    /** What was done about pictures in two splits; runs of before the check go on without it. */
    leakage: z.enum(['refuse', 'allow', 'fix']).default('allow'),
  }),
  /** Where the encoder starts: a file of torchvision-style weights, a URL with its hash, or a run. */
  init: z.string().nullable(),
  /** An ONNX file that encodes images and is not trained. */
  frozen: z.object({ file: z.string(), fingerprint: z.string() }).nullable().default(null),
  training: trainingConfigSchema,
});

export type RunConfig = z.infer<typeof runConfigSchema>;

const chosenSchema = trainingConfigSchema.omit({
  channels: true,
  grades: true,
  pixels: true,
  views: true,
});

/**
 * Checks what a user chose, before anything is read or written.
 * @throws InputError naming the first field out of its bounds
 */
export function checkChosen(chosen: z.infer<typeof chosenSchema>): void {
  const [issue] = chosenSchema.safeParse(chosen).error?.issues ?? [];
  if (!issue) return;
  const path = issue.path.slice(0, issue.path[0] === 'settings' ? 2 : 1);
  const value = path.reduce<unknown>(
    (at, key) => (at as Record<PropertyKey, unknown>)[key],
    chosen,
  );
  const name = String(path.at(-1));
  throw new InputError(`${written(name, value)}: ${issue.message}`);
}

/**
 * Options given again on resuming must be those that the run began with.
 * @throws InputError naming the first that is not
 */
export function refuseOtherOptions(
  folder: string,
  config: RunConfig,
  { settings, out: _, ...asked }: Partial<TrainOptions>,
): void {
  const begun: Record<string, unknown> = {
    ...config.training,
    ...config.training.settings,
    ...config.data,
    data: config.data.file,
    init: config.init,
    encoder: config.frozen?.file ?? config.training.encoder,
  };
  const isFile = (name: string, value: unknown) =>
    name === 'encoder'
      ? String(value).endsWith('.onnx')
      : ['data', 'comparisons', 'init'].includes(name) && !/^https?:\/\//.test(String(value));
  for (const [name, value] of Object.entries({ ...asked, ...settings })) {
    if (value === undefined) continue;
    const given = isFile(name, value) ? resolve(String(value)) : value;
    if (!isDeepStrictEqual(given, begun[name])) {
      throw new InputError(
        `${written(name, given)}: the run in ${folder} began with ${begun[name] ?? 'none'}; leave the option out, or train a new run`,
      );
    }
  }
}

/** A field with its value, as the command line has it. */
const written = (name: string, value: unknown): string =>
  Object.hasOwn(settingsSchema.shape, name) && !OWN_OPTION.includes(name)
    ? `--set ${name}=${value}`
    : `--${name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)} ${value}`;

/** @throws InputError if the folder holds no run, or one of a version that cannot be read */
export async function readRunConfig(folder: string): Promise<RunConfig> {
  const file = join(folder, 'config.json');
  const text = await readFile(file, 'utf8').catch(() => {
    throw new InputError(
      `${folder}: no config.json in it; give the folder of a run of semise train`,
    );
  });
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw new InputError(`${file}: not valid JSON; train the run again`);
  }
  const parsed = runConfigSchema.safeParse(json);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new InputError(
      `${file}: field ${issue.path.join('.')}: ${issue.message}; train the run again with this version`,
    );
  }
  return parsed.data;
}
