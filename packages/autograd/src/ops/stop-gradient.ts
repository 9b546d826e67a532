// The same value, through which no gradient flows.

import { node, type Tensor } from '../graph.js';

/** `x` as if it were a constant of the step: nothing that made it is trained through it. */
export function stopGradient(x: Tensor): Tensor {
  return node({
    op: 'stopGradient',
    inputs: [x],
    shape: x.shape,
    dtype: x.dtype,
    lower: (_, [a]) => a,
  });
}
