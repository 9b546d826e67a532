// From trained weights to a model that answers: reads the averaged weights and, where grades are read
// off a score, fits the cut points to the graded training images.

import { compile, type Engine, type Tensor } from '@semise/autograd';
import { InputError } from '../errors.js';
import { EMBEDDING } from '../methods/index.js';
import { random } from '../random.js';
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
import { embeddings, isBySeverity, POOL, severities, type TrainedModel } from './model.js';

/** @param state of the training, whose averaged weights the engine holds too */
export async function finishModel(
  config: TrainingConfig,
  data: TrainingData,
  engine: Engine,
  state: TrainingState,
): Promise<TrainedModel> {
  const { answer } = methodOf(config, data);
  const weights = averagedWeights(state);
  if (!isBySeverity(answer)) return { config, answer, weights };

  /** One output of [count, ...] for each of the images, one after another. */
  const run = async (
    indices: readonly number[],
    outputs: (count: number) => Record<'value', Tensor>,
  ): Promise<number[]> => {
    const values: number[] = [];
    for await (const { indices: part, fed } of batches(indices, data.read)) {
      const program = compile({ outputs: outputs(part.length), provider: config.provider });
      const runnable = await engine.load(program);
      for (const value of (await runnable.run(fed)).value) values.push(Number(value));
      await runnable.release();
    }
    return values;
  };
  const pool = answer === 'pool' ? healthyPool(data, config.seed) : [];
  if (pool.length > 0) {
    const z = await run(pool, (count) => embeddings(config, AVERAGE, count));
    const values = Float32Array.from(z);
    weights.set(POOL, { shape: [pool.length, EMBEDDING], data: values });
    await engine.write(new Map([[AVERAGE + POOL, values]]));
  }
  const scores = await run(
    data.graded.map((g) => g.index),
    (count) => severities(config, answer, AVERAGE, count, pool.length),
  );
  const cuts = fitCutPoints(
    scores,
    data.graded.map((g) => g.grade),
    config.grades,
  );
  return { config, answer, weights, cuts };
}

/** Healthy training images to measure from, at most 50 of them. */
function healthyPool({ graded }: TrainingData, seed: number): number[] {
  const healthy = graded.filter((g) => g.grade === 0).map((g) => g.index);
  if (healthy.length === 0) {
    throw new InputError(
      'no training image has grade 0: severity cannot be measured from health; choose another --method',
    );
  }
  return random(seed, 'healthy pool').shuffle(healthy).slice(0, 50);
}
