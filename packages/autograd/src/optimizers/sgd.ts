// Stochastic gradient descent with momentum, in PyTorch's form: v' = m v + g; w' = w - lr v'.

import { variable } from '../graph.js';
import { add, mul, sub } from '../ops/elementwise.js';
import type { Update } from '../program.js';
import { decays, type Optimizer } from './optimizer.js';

export interface SgdOptions {
  /** In [0, 1). */
  readonly momentum?: number;
  readonly nesterov?: boolean;
  /** Added to the gradient as weightDecay * w. */
  readonly weightDecay?: number;
  /** Decay biases and norm scales too, as PyTorch does unless told otherwise. */
  readonly decayAll?: boolean;
}

export function sgd(options: SgdOptions = {}): Optimizer {
  const { momentum = 0, nesterov = false, weightDecay = 0, decayAll = false } = options;
  return (parameters, gradients, learningRate) =>
    parameters.flatMap((w, i): Update[] => {
      const decayed = weightDecay > 0 && (decayAll || decays(w));
      const g = decayed ? add(gradients[i], mul(w, weightDecay)) : gradients[i];
      if (momentum === 0) return [[w, sub(w, mul(g, learningRate))]];
      const v = variable(`momentum.${w.name}`, w.shape, 0, { trainable: false });
      const next = add(mul(v, momentum), g);
      const step = nesterov ? add(g, mul(next, momentum)) : next;
      return [
        [w, sub(w, mul(step, learningRate))],
        [v, next],
      ];
    });
}
