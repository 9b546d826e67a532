// A train step of a network with its classifier: cross-entropy, SGD with momentum.

import {
  compile,
  constant,
  type Engine,
  gradients,
  input,
  sgd,
  type Tensor,
} from '@semise/autograd';
import { crossEntropy, ENCODERS, type RootScope, rootScope, softmaxHead } from 'semise';
import { batches } from '../batches.js';
import type { Case } from '../cases.js';
import { trainFlops, weightCount } from '../graph.js';
import type { Prepare, Work } from './work.js';

const LEARNING_RATE = 0.01;

export const train: Prepare = (c, engine) =>
  trainWork(c, engine, (scope, images) => {
    const { features } = ENCODERS[c.network](scope, images);
    const labels = input('labels', [c.batch], 'int32');
    const weights = constant(new Float32Array(c.batch).fill(1));
    return crossEntropy(softmaxHead(scope, features, c.classes), labels, weights);
  });

/** The step that lowers `lossOf` by SGD with momentum, on random images and labels. */
export async function trainWork(
  c: Case,
  engine: Engine,
  lossOf: (scope: RootScope, images: Tensor) => Tensor,
): Promise<Work> {
  const start = performance.now();
  const scope = rootScope({ seed: 1, training: true });
  const loss = lossOf(scope, input('images', [c.batch, 3, c.size, c.size]));
  const { weights } = scope;
  const steps = sgd({ momentum: 0.9 })(
    weights,
    gradients(loss, weights),
    input('learningRate', []),
  );
  const program = compile({ name: c.id, outputs: { loss }, updates: [...steps, ...scope.updates] });
  const runnable = await engine.load(program);
  const buildMs = performance.now() - start;
  const feeds = batches(program.inputs, c.classes);
  let count = 0;
  return {
    step: async () => {
      const feed = feeds[count++ % feeds.length];
      return Number((await runnable.run({ ...feed, learningRate: LEARNING_RATE })).loss[0]);
    },
    parameters: weightCount([loss]),
    flops: trainFlops([loss]),
    buildMs,
  };
}
