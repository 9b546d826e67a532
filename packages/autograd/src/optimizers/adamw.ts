// AdamW (Loshchilov & Hutter, arXiv 1711.05101), in PyTorch's form.

import { type Tensor, variable } from '../graph.js';
import { add, div, mul, sqrt, square, sub } from '../ops/elementwise.js';
import type { Update } from '../program.js';
import { decays, type Optimizer } from './optimizer.js';
import { together } from './together.js';

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
    // Both the step and epsilon take the correction of v, which so costs no pass over v.
    const correction = sqrt(sub(1, next2));
    const [stepLength, smallest] = [mul(stepSize, correction), mul(correction, epsilon)];
    const rule = (w: Tensor, g: Tensor, m: Tensor, v: Tensor): Tensor[] => {
      const nextM = add(mul(m, beta1), mul(g, 1 - beta1));
      const nextV = add(mul(v, beta2), mul(square(g), 1 - beta2));
      const decayed = weightDecay > 0 && (options.decayAll || decays(w));
      const shrunk = decayed ? mul(w, sub(1, mul(learningRate, weightDecay))) : w;
      const step = div(nextM, add(sqrt(nextV), smallest));
      return [sub(shrunk, mul(step, stepLength)), nextM, nextV];
    };
    const [means, variances] = ['m', 'v'].map((moment) =>
      parameters.map((w) => variable(`adam.${moment}.${w.name}`, w.shape, 0, { trainable: false })),
    );
    const { parts, apart } = together(parameters);
    const [g, m, v] = [gradients, means, variances].map((of) => together(of).parts);
    const next = parts.map((w, i) => rule(w, g[i], m[i], v[i]));
    const updates = [parameters, means, variances].flatMap((of, k) => {
      const computed = apart(next.map((row) => row[k]));
      return of.map((variable, i): Update => [variable, computed[i]]);
    });
    return [...updates, [power1, next1], [power2, next2]];
  };
}
