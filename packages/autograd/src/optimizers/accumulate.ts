// Gradient accumulation: the mean gradient of several batches, for one large effective batch.

import { constant, type Tensor, type Variable, variable } from '../graph.js';
import { broadcastTo } from '../ops/broadcast.js';
import { add, mul } from '../ops/elementwise.js';
import type { Update } from '../program.js';

export interface Accumulation {
  /** Adds one batch's gradients / batches: the updates of each micro-step. */
  readonly add: (gradients: readonly Tensor[]) => Update[];
  /** The mean gradients, for the optimiser's step after the last micro-step. */
  readonly gradients: readonly Variable[];
  /** Sets the sums back to zero: updates of the optimiser's step. */
  readonly reset: Update[];
}

/**
 * Sums kept as variables `accumulated.<name>`. Each batch sees its own batch-norm statistics and its
 * own negatives: a contrastive loss over 4 x 64 images is not the same as one over 256.
 */
export function accumulation(parameters: readonly Variable[], batches: number): Accumulation {
  const sums = parameters.map((w) =>
    variable(`accumulated.${w.name}`, w.shape, 0, { trainable: false }),
  );
  return {
    gradients: sums,
    add: (gradients) => sums.map((s, i): Update => [s, add(s, mul(gradients[i], 1 / batches))]),
    reset: sums.map((s): Update => [s, broadcastTo(constant(0), s.shape)]),
  };
}
