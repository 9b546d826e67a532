// AdamW (Loshchilov & Hutter, arXiv 1711.05101), in PyTorch's form.

import { variable } from '../graph.js';
import { add, div, mul, sqrt, square, sub } from '../ops/elementwise.js';
import type { Update } from '../program.js';
import { decays, type Optimizer } from './optimizer.js';

export interface AdamWOptions {
  readonly beta1?: number;
  readonly beta2?: number;
  readonly epsilon?: number;
  /** Decoupled: w shrinks by learningRate * weightDecay a step. */
  readonly weightDecay?: number;
  /** Decay biases and norm scales too, as PyTorch does unless told otherwise. */
  readonly decayAll?: boolean;
}

export function adamW(options: AdamWOptions = {}): Optimizer {
  const { beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8, weightDecay = 0.01 } = options;
  return (parameters, gradients, learningRate) => {
    // beta^t, kept as state: one scalar of each for all parameters.
    const power1 = variable('adam.beta1_power', [], 1, { trainable: false });
    const power2 = variable('adam.beta2_power', [], 1, { trainable: false });
    const next1 = mul(power1, beta1);
    const next2 = mul(power2, beta2);
    const stepSize = div(learningRate, sub(1, next1));
    const correction = sqrt(sub(1, next2));
    const updates = parameters.flatMap((w, i): Update[] => {
      const g = gradients[i];
      const m = variable(`adam.m.${w.name}`, w.shape, 0, { trainable: false });
      const v = variable(`adam.v.${w.name}`, w.shape, 0, { trainable: false });
      const nextM = add(mul(m, beta1), mul(g, 1 - beta1));
      const nextV = add(mul(v, beta2), mul(square(g), 1 - beta2));
      const decayed = weightDecay > 0 && (options.decayAll || decays(w));
      const shrunk = decayed ? mul(w, sub(1, mul(learningRate, weightDecay))) : w;
      const step = div(nextM, add(div(sqrt(nextV), correction), epsilon));
      return [
        [w, sub(shrunk, mul(step, stepSize))],
        [m, nextM],
        [v, nextV],
      ];
    });
    return [...updates, [power1, next1], [power2, next2]];
  };
}
