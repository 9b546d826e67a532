// What an optimiser is: a rule that turns gradients into updates, as nodes of the graph.

import type { Tensor, Variable } from '../graph.js';
import type { Update } from '../program.js';

/**
 * @param parameters what to train @param gradients of the loss, one a parameter
 * @param learningRate a scalar, usually an input, so that any schedule works
 * @returns the updates of the parameters and of the optimiser's own state variables, which are named
 *   after the parameter (`momentum.<name>`)
 */
export type Optimizer = (
  parameters: readonly Variable[],
  gradients: readonly Tensor[],
  learningRate: Tensor,
) => Update[];

/** Which parameters weight decay holds for: matrices and kernels, not biases and norm scales. */
export const decays = (parameter: Tensor): boolean => parameter.shape.length > 1;
