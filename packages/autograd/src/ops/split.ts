// A vector cut into pieces by one op.

import { node, type Tensor } from '../graph.js';
import { pad } from './slice.js';

/** @param lengths of the pieces; together that of the vector */
export const split = (x: Tensor, lengths: readonly number[]): Tensor[] =>
  lengths.map((length, i) => {
    const start = lengths.slice(0, i).reduce((sum, n) => sum + n, 0);
    return node({
      op: 'split',
      inputs: [x],
      shape: [length],
      dtype: x.dtype,
      lower: (emit, [v]) =>
        // WebGPU's Split has at most a dozen outputs.
        emit.provider === 'cpu'
          ? emit.ops('Split', [v, emit.ints(lengths)], lengths.length, { axis: 0 })[i]
          : emit.op('Slice', [v, emit.ints([start]), emit.ints([start + length])]),
      gradient: (dy) => [pad(dy, 0, start, x.shape[0] - start - length)],
    });
  });
