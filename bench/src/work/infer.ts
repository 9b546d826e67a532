// A network with its classifier at rest, exported with constant weights: what a user deploys.

import { exportModel, input } from '@semise/autograd';
import { ENCODERS, rootScope, softmaxHead } from 'semise';
import { batches } from '../batches.js';
import { forwardFlops, weightCount } from '../graph.js';
import type { Prepare } from './work.js';

export const infer: Prepare = async (c, engine) => {
  const start = performance.now();
  const scope = rootScope({ seed: 1, training: false });
  const images = input('images', [1, 3, c.size, c.size]);
  const logits = softmaxHead(scope, ENCODERS[c.network](scope, images).features, c.classes);
  const variables = [...scope.weights, ...scope.statistics];
  const model = exportModel({
    name: c.id,
    outputs: { logits },
    weights: new Map(variables.map((v) => [v.name, v.initial])),
  });
  const runnable = await engine.load({
    model,
    inputs: { images: { shape: [-1, 3, c.size, c.size], dtype: 'float32' } },
    outputs: { logits: { shape: [-1, c.classes], dtype: 'float32' } },
    variables: {},
    updates: {},
    provider: engine.provider,
  });
  const buildMs = performance.now() - start;
  const shape = [c.batch, 3, c.size, c.size];
  const feeds = batches({ images: { shape, dtype: 'float32' } }, c.classes);
  let count = 0;
  return {
    step: async () => Number((await runnable.run(feeds[count++ % feeds.length])).logits[0]),
    parameters: weightCount([logits]),
    flops: c.batch * forwardFlops([logits]),
    buildMs,
  };
};
