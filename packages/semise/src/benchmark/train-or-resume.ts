// A run that may have been begun before: it goes on from its checkpoint, or starts again.

import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { exists } from '../atomic.js';
import { InputError } from '../errors.js';
import {
  RUN_FILES,
  type RunResult,
  resumeRun,
  type TrainHooks,
  type TrainOptions,
  trainRun,
} from '../run/index.js';

/**
 * @returns null where the signal stopped it
 * @throws InputError, TrainingError as `trainRun`
 */
export async function trainOrResume(
  options: TrainOptions,
  hooks: TrainHooks,
): Promise<RunResult | null> {
  if (await exists(join(options.out, RUN_FILES.config))) {
    try {
      return await resumeRun(options.out, hooks);
    } catch (error) {
      // Of another version, or damaged: what can be made anew is not worth a question.
      if (!(error instanceof InputError)) throw error;
    }
  }
  await rm(options.out, { recursive: true, force: true });
  return trainRun(options, hooks);
}
