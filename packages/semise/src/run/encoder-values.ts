// An encoder trained elsewhere as the values that a training starts from.

import type { NamedTensor } from '@semise/autograd';
import { AVERAGE, averagedEncoder } from '../training/index.js';

/** The averaged encoder of a checkpoint, by our names. */
export const encoderValues = (
  tensors: ReadonlyMap<string, NamedTensor>,
): Map<string, Float32Array> =>
  new Map([...averagedEncoder(tensors)].map(([name, { data }]) => [`encoder.${name}`, data]));

/** Weights to start from, which are also where their moving average starts. */
export const withAverage = (
  weights: ReadonlyMap<string, Float32Array>,
): Map<string, Float32Array> =>
  new Map([...weights, ...[...weights].map(([name, w]) => [AVERAGE + name, w] as const)]);
