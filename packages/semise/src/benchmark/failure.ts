// Runs that fail as a result: a training that diverges, or that the method refuses to begin with these images.

import { InputError } from '../errors.js';
import { TrainingError } from '../training/index.js';

/**
 * What a row says of its failure, without the paths of the machine that ran it.
 * @param folder of the run @param runs folder of all
 * @throws the error itself where it is no such result
 */
export function reasonOf(error: unknown, folder: string, runs: string): string {
  if (!(error instanceof InputError || error instanceof TrainingError)) throw error;
  return error.message.replaceAll(`${folder}/`, '').replaceAll(runs, 'runs');
}
