// Checkpoints: everything a training needs to go on, in one safetensors file written atomically.
// Weights keep torchvision's names under `encoder.`, their moving averages under `average.`.

import { type NamedTensor, readSafetensors, writeSafetensors } from '@semise/autograd';
import { InputError } from '../errors.js';

export interface Checkpoint {
  /** Steps done. */
  readonly step: number;
  readonly tensors: Map<string, NamedTensor>;
}

export const writeCheckpoint = (
  file: string,
  step: number,
  state: ReadonlyMap<string, NamedTensor>,
): Promise<void> => writeSafetensors(file, state, { step: `${step}` });

/** Values by name: what an engine or a file of weights takes. */
export const onlyData = (weights: ReadonlyMap<string, NamedTensor>) =>
  new Map([...weights].map(([name, { data }]) => [name, data]));

/** @throws InputError if the file is not a checkpoint of semise */
export async function readCheckpoint(file: string): Promise<Checkpoint> {
  const { tensors, metadata } = await readSafetensors(file).catch((error: Error) => {
    throw new InputError(`${file}: cannot be read as a checkpoint (${error.message})`);
  });
  const step = Number(metadata.step);
  if (!Number.isInteger(step)) {
    throw new InputError(`${file}: no step count in its header; it is not a semise checkpoint`);
  }
  return { step, tensors };
}
