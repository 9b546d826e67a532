// LARS (You et al., arXiv 1708.03888): SGD whose step is scaled, a layer at a time, by the ratio of
// the weights' norm to the gradient's. Biases and norm scales are left at plain SGD, as SimCLR does.

import { constant, variable } from '../graph.js';
import { add, div, greater, mul, sqrt, square, sub, where } from '../ops/elementwise.js';
import { sum } from '../ops/reduce.js';
import type { Update } from '../program.js';
import { decays, type Optimizer } from './optimizer.js';

export interface LarsOptions {
  readonly momentum?: number;
  readonly weightDecay?: number;
  /** eta, the trust coefficient. */
  readonly trust?: number;
}

export function lars(options: LarsOptions = {}): Optimizer {
  const { momentum = 0.9, weightDecay = 1e-6, trust = 1e-3 } = options;
  return (parameters, gradients, learningRate) =>
    parameters.flatMap((w, i): Update[] => {
      const adapted = decays(w);
      const g = adapted ? add(gradients[i], mul(w, weightDecay)) : gradients[i];
      const weightNorm = sqrt(sum(square(w)));
      const gradientNorm = sqrt(sum(square(g)));
      const ratio = where(
        greater(mul(weightNorm, gradientNorm), 0),
        div(mul(weightNorm, trust), add(gradientNorm, 1e-12)),
        constant(1),
      );
      const v = variable(`momentum.${w.name}`, w.shape, 0, { trainable: false });
      const next = add(mul(v, momentum), mul(g, adapted ? mul(ratio, learningRate) : learningRate));
      return [
        [w, sub(w, next)],
        [v, next],
      ];
    });
}
