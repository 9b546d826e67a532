// What one side does in a step, ready to be timed.

import type { Engine } from '@semise/autograd';
import type { Case } from '../cases.js';

export interface Work {
  /** One step. @returns its loss, or any number that shows that it ran */
  step(): Promise<number>;
  /** Trainable numbers of the network: both sides must have as many. */
  readonly parameters: number;
  /** Floating point operations of the convolutions and matrix products of a step. */
  readonly flops: number;
  /** From the model's code to a program ready to run. */
  readonly buildMs: number;
  close?(): Promise<void>;
}

export type Prepare = (c: Case, engine: Engine, folder: string) => Promise<Work>;
