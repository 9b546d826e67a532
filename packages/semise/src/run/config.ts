// config.json: everything needed to repeat a run.

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { InputError } from '../errors.js';
import { trainingConfigSchema } from '../training/index.js';

export const runConfigSchema = z.object({
  semise: z.string(),
  data: z.object({
    /** Absolute path of labels.csv. */
    file: z.string(),
    fingerprint: z.string(),
    comparisons: z.string().nullable(),
    /** How an image of another shape is made square. */
    fit: z.enum(['letterbox', 'crop', 'stretch']),
    /** Grades a class that training may see. */
    labelBudget: z.union([z.number().int().positive(), z.literal('all')]),
    skipBad: z.boolean(),
  }),
  /** A file of torchvision-style weights to start from. */
  init: z.string().nullable(),
  training: trainingConfigSchema,
});

export type RunConfig = z.infer<typeof runConfigSchema>;

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
