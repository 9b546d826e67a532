// From trained weights to a model that answers: reads the averaged weights and, where grades are read
// off a score, fits the cut points to the graded training images.

import { compile, type Engine } from '@semise/autograd';
import {
  AVERAGE,
  averagedWeights,
  methodOf,
  type TrainingConfig,
  type TrainingData,
  type TrainingState,
} from '../training/index.js';
import { fitCutPoints } from './cut-points.js';
import { batches } from './grade-images.js';
import { severityOutputs, type TrainedModel } from './model.js';

/** @param state of the training, whose averaged weights the engine holds too */
export async function finishModel(
  config: TrainingConfig,
  data: TrainingData,
  engine: Engine,
  state: TrainingState,
): Promise<TrainedModel> {
  const { answer } = methodOf(config, data.comparisons.length);
  const weights = averagedWeights(state);
  if (answer === 'softmax' || answer === 'corn') return { config, answer, weights };

  const indices = data.graded.map((g) => g.index);
  const scores: number[] = [];
  for await (const { indices: part, image } of batches(indices, data.read)) {
    const program = compile({
      outputs: severityOutputs(config, answer, AVERAGE, part.length),
      provider: config.provider,
    });
    const runnable = await engine.load(program);
    const { score } = await runnable.run({ image });
    scores.push(...Array.from(score as Float32Array));
    await runnable.release();
  }
  const cuts = fitCutPoints(
    scores,
    data.graded.map((g) => g.grade),
    config.grades,
  );
  return { config, answer, weights, cuts };
}
