// One training step as one program: views, encoder, losses, gradients, optimiser, moving average.

import {
  accumulation,
  adamW,
  add,
  clipByGlobalNorm,
  compile,
  concat,
  constant,
  gradients,
  input,
  lars,
  movingAverage,
  mul,
  type Optimizer,
  type Program,
  sgd,
  type Tensor,
  type Update,
} from '@semise/autograd';
import {
  type Batch,
  batchSize,
  METHODS,
  type Method,
  type Phase,
  type Term,
} from '../methods/index.js';
import { ENCODERS, type RootScope, rootScope } from '../models/index.js';
import { standardize, toUnit, viewGraph } from '../views/index.js';
import type { TrainingConfig } from './config.js';

/** The averaged weights answer; their names begin with this. */
export const AVERAGE = 'average.';

/** The method of a configuration, laid out for its batch size and data. */
export const methodOf = (config: TrainingConfig, comparisons: number): Method =>
  METHODS[config.method](
    { batch: config.batch, comparisons, grades: config.grades },
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
  const { plan } = phase;
  const images = batchSize(plan);
  const shape = [images, config.channels, config.imageSize, config.imageSize];
  const views = standardize(
    viewGraph(toUnit(input('images', shape, 'uint8')), plan.views),
    config.pixels,
  );

  const scope = rootScope({ seed: config.seed, training: true });
  const encode = ENCODERS[config.encoder];
  // At rest the encoder is what will answer, the averaged weights with their running statistics, and
  // what it makes is a constant to the heads.
  const resting = rootScope({ seed: config.seed, training: false, prefix: AVERAGE });
  const { features } = encode((phase.trainsEncoder ? scope : resting).within('encoder'), views);

  const repeated = (t: Tensor): Tensor => concat(Array<Tensor>(plan.views).fill(t));
  const batch: Batch = {
    plan,
    grades: config.grades,
    features,
    grade: repeated(input('batch.grade', [plan.graded], 'int32')),
    subject: repeated(input('batch.subject', [plan.graded], 'int32')),
    weight: constant(new Float32Array(plan.graded * plan.views).fill(1)),
    comparisonTarget: repeated(input('batch.target', [plan.comparisons])),
    comparisonWeight: repeated(input('batch.comparisonWeight', [plan.comparisons])),
  };
  return compileStep(config, phase.name, scope, phase.terms(scope, batch));
}

export type OptimizerConfig = Pick<
  TrainingConfig,
  'optimizer' | 'weightDecay' | 'clipNorm' | 'accumulate' | 'provider'
>;

/** The programs of a step: gradients of the terms by the weights of a scope, optimiser, averages. */
export function compileStep(
  config: OptimizerConfig,
  name: string,
  scope: RootScope,
  named: Readonly<Record<string, Term>>,
): StepPrograms {
  const terms = Object.entries(named);
  const loss = terms
    .map(([, term]) => mul(term.value, term.weight))
    .reduce((total, term) => add(total, term));

  const weights = scope.weights;
  const gradient = gradients(loss, weights);
  const optimize = (g: readonly Tensor[]): Update[] => {
    const { clipped } = clipByGlobalNorm(g, config.clipNorm);
    return optimizerOf(config)(weights, clipped, input('learningRate', []));
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
