// calibration.json: what graded images say of a model's uncertainty, in the run folder or in a file of its own.

import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { InputError } from '../errors.js';
import { uncertaintySchema } from '../evaluation/uncertainty.js';

export const calibrationSchema = z.object({
  semise: z.string(),
  /** SHA-256 of the model.onnx that it speaks of. */
  model: z.string(),
  /** The graded images it was fitted on. */
  data: z.object({
    /** Path of their labels.csv. */
    file: z.string(),
    fingerprint: z.string(),
    /** The rows of the file that were taken; null = all. */
    split: z.enum(['train', 'validation', 'test']).nullable(),
  }),
  uncertainty: uncertaintySchema,
});

export type Calibration = z.infer<typeof calibrationSchema>;

/** Names a model by its content. */
export const modelFingerprint = (model: Uint8Array): string =>
  createHash('sha256').update(model).digest('hex');

/**
 * Reads the calibration of a model.
 *
 * @returns null where there is no such file
 * @throws InputError if it is no calibration, or one of another model
 */
export async function readCalibration(file: string, model: string): Promise<Calibration | null> {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null;
    throw new InputError(
      `${file}: cannot be read (${error.code}); give the file of semise calibrate`,
    );
  });
  if (text === null) return null;
  const cure = 'make it anew with semise calibrate';
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw new InputError(`${file}: not valid JSON; ${cure}`);
  }
  const { data, error } = calibrationSchema.safeParse(json);
  if (error) {
    const [issue] = error.issues;
    throw new InputError(`${file}: field ${issue.path.join('.')}: ${issue.message}; ${cure}`);
  }
  if (data.model !== model) {
    throw new InputError(`${file}: field model: it was fitted to another model.onnx; ${cure}`);
  }
  return data;
}
