// One training step as one program: batch, losses, gradients, optimiser, moving average.

import {
  accumulation,
  adamW,
  add,
  clipByGlobalNorm,
  compile,
  gradients,
  input,
  lars,
  movingAverage,
  mul,
  type Optimizer,
  type Program,
  sgd,
  sub,
  type Tensor,
  type Update,
} from '@semise/autograd';
import { METHODS, type Method, type Phase, type Term } from '../methods/index.js';
import { type RootScope, rootScope } from '../models/index.js';
import { batchGraph } from './batch-graph.js';
import type { TrainingData } from './batches.js';
import type { TrainingConfig } from './config.js';

/** How many graded images there are of each grade. @returns [K] */
export const gradeCounts = (
  { grades }: Pick<TrainingConfig, 'grades'>,
  { graded }: Pick<TrainingData, 'graded'>,
): number[] =>
  Array.from({ length: grades }, (_, grade) => graded.filter((g) => g.grade === grade).length);

/** The method of a configuration, laid out for its batch size and data. */
export const methodOf = (
  config: TrainingConfig,
  data: Pick<TrainingData, 'comparisons' | 'graded'>,
): Method =>
  METHODS[config.method](
    {
      batch: config.batch,
      comparisons: data.comparisons.length,
      grades: config.grades,
      counts: gradeCounts(config, data),
    },
    config.settings,
  );

const optimizerOf = (config: OptimizerConfig): Optimizer => {
  const { weightDecay } = config;
  if (config.optimizer === 'sgd') return sgd({ momentum: 0.9, nesterov: true, weightDecay });
  if (config.optimizer === 'lars') return lars({ weightDecay });
  return adamW({ weightDecay });
};

export interface StepPrograms {
  /** Run for each batch. Outputs `loss` and one scalar a term. */
  readonly batch: Program;
  /** With gradient accumulation: run after the last batch of a step. */
  readonly apply?: Program;
}

/** Compiles the step of one phase. */
export function stepPrograms(config: TrainingConfig, phase: Phase): StepPrograms {
  const scope = rootScope({ seed: config.seed, training: true });
  const batch = batchGraph(config, phase, scope);
  return compileStep(config, phase.name, scope, phase.terms(scope, batch));
}

export type OptimizerConfig = Pick<
  TrainingConfig,
  'optimizer' | 'weightDecay' | 'clipNorm' | 'accumulate' | 'provider'
>;

/**
 * The programs of a step: gradients of the terms by the weights of a scope, optimiser, averages.
 *
 * @param rateOf learning rate of a weight in learning rates of the step
 */
export function compileStep(
  config: OptimizerConfig,
  name: string,
  scope: RootScope,
  named: Readonly<Record<string, Term>>,
  rateOf: (weight: string) => number = () => 1,
): StepPrograms {
  const terms = Object.entries(named);
  const loss = terms
    .map(([, term]) => mul(term.value, term.weight))
    .reduce((total, term) => add(total, term));

  const weights = scope.weights;
  const gradient = gradients(loss, weights);
  const optimize = (g: readonly Tensor[]): Update[] => {
    const { clipped } = clipByGlobalNorm(g, config.clipNorm);
    const updates = optimizerOf(config)(weights, clipped, input('learningRate', []));
    // A step of any of our optimisers is as long as the learning rate: part of it is that of a lower rate.
    return updates.map(([v, next]): Update => {
      const rate = v.trainable ? rateOf(v.name) : 1;
      return rate === 1 ? [v, next] : [v, add(v, mul(sub(next, v), rate))];
    });
  };
  const averaged = (updates: readonly Update[]): Update[] => {
    const kept = updates.filter(([v]) => v.trainable || scope.statistics.includes(v));
    return [...updates, ...movingAverage(kept, input('averageDecay', []))];
  };
  const outputs = { loss, ...Object.fromEntries(terms.map(([term, { value }]) => [term, value])) };
  const { provider } = config;

  if (config.accumulate === 1) {
    const updates = averaged([...optimize(gradient), ...scope.updates]);
    return { batch: compile({ name, outputs, updates, provider }) };
  }
  const sums = accumulation(weights, config.accumulate);
  // The average of a statistic follows each batch; that of a weight each step.
  const statistics = [...scope.updates, ...movingAverage(scope.updates, input('averageDecay', []))];
  return {
    batch: compile({
      name,
      outputs,
      updates: [...sums.add(gradient), ...statistics],
      provider,
    }),
    apply: compile({
      name: `${name}-apply`,
      outputs: {},
      updates: [...averaged(optimize(sums.gradients)), ...sums.reset],
      provider,
    }),
  };
}
