// For tests: a model that nobody trained, with every answer that there is.

import { input, type NamedTensor, type Tensor } from '@semise/autograd';
import { type Answer, anchorVariable, EMBEDDING, embed } from '../methods/index.js';
import {
  cornHead,
  ENCODERS,
  type EncoderName,
  type RootScope,
  rootScope,
  severityAxis,
  softmaxHead,
} from '../models/index.js';
import { random } from '../random.js';
import { POOL, type TrainedModel } from '../tasks/index.js';
import { patchGuess } from '../training/index.js';

/** Pixels a side of the images it takes. */
export const SIDE = 16;

/** A small model with weights drawn at random, big enough in its heads that answers differ. */
export function randomModel(
  answer: Answer,
  grades: number,
  encoder: EncoderName = 'small',
): TrainedModel {
  const scope = rootScope({ seed: 3, training: false });
  const pixels = { mean: [0.5, 0.4, 0.3], deviation: [0.25, 0.25, 0.2] };
  const shaped = { encoder, channels: 3, imageSize: SIDE, pixels, grades } as const;
  const config = { ...shaped, views: 'fundus' } as const;
  const image = input('image', [1, 3, SIDE, SIDE]);
  const { features } = ENCODERS[encoder](scope.within('encoder'), image);
  const heads: Record<Answer, (scope: RootScope, features: Tensor) => unknown> = {
    softmax: (s, f) => softmaxHead(s, f, grades),
    corn: (s, f) => cornHead(s, f, grades),
    axis: severityAxis,
    anchor: (s, f) => [embed(s, f), anchorVariable(s)],
    pool: (s, f) => [embed(s, f), s.statistic(POOL, [7, EMBEDDING], 0)],
    ensemble: (s, f) => [softmaxHead(s, f, grades), severityAxis(s, f)],
    blend: (s, f) => [softmaxHead(s, f, grades), severityAxis(s, f)],
    guided: (s, f) => [softmaxHead(s, f, grades), severityAxis(s, f), patchGuess(s, config, image)],
  };
  heads[answer](scope, features);
  const r = random(4, 'heads');
  // Kernels as a training starts with them; all that starts at 0 or 1, at random.
  const drawn = (name: string, initial: Float32Array) => {
    if (name.endsWith('running_var')) return initial.map(() => r.uniform(0.5, 2));
    if (name.startsWith('encoder.') && new Set(initial).size > 1) return initial;
    return initial.map((value) =>
      name.startsWith('encoder.') ? value + r.normal(0, 0.2) : r.normal(0, 0.6),
    );
  };
  const weights = new Map<string, NamedTensor>(
    [...scope.weights, ...scope.statistics].map(({ name, shape, initial }) => [
      name,
      { shape, data: drawn(name, initial) },
    ]),
  );
  return { config, answer, weights };
}
