// Dropout (Srivastava et al. 2014), with the random numbers given, so that a step can be repeated.

import { ShapeError, type Tensor } from '../graph.js';
import { cast, greaterOrEqual, mul } from './elementwise.js';

/**
 * Zeroes each element with probability `rate` and scales the others by 1 / (1 - rate).
 * @param uniform numbers in [0, 1) of the shape of `x`, usually an input drawn anew each step
 */
export function dropout(x: Tensor, rate: number, uniform: Tensor): Tensor {
  if (!(rate >= 0 && rate < 1)) throw new RangeError(`dropout: rate ${rate} outside [0, 1)`);
  if (uniform.shape.join() !== x.shape.join()) {
    throw new ShapeError(`dropout: [${x.shape}] with random numbers [${uniform.shape}]`);
  }
  return mul(x, mul(cast(greaterOrEqual(uniform, rate), 'float32'), 1 / (1 - rate)));
}
