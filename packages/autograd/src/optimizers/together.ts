// Vectors put together. A network has many: biases, scales and shifts. A dozen small ops for each of
// them take as long as a dozen for a large kernel; put together, all of them take as long as one.

import type { Tensor } from '../graph.js';
import { concat } from '../ops/slice.js';
import { split } from '../ops/split.js';

export interface Together {
  /** Tensors that are no vectors, then all vectors as one. */
  readonly parts: readonly Tensor[];
  /** What was computed of each part, as tensors of the first shapes in the first order. */
  apart(computed: readonly Tensor[]): Tensor[];
}

export function together(tensors: readonly Tensor[]): Together {
  const isVector = ({ shape }: Tensor) => shape.length === 1;
  const vectors = tensors.filter(isVector);
  const others = tensors.filter((t) => !isVector(t));
  return {
    parts: vectors.length === 0 ? others : [...others, concat(vectors)],
    apart: (computed) => {
      const wholes = computed.slice(0, others.length);
      const pieces =
        vectors.length > 1
          ? split(
              computed[others.length],
              vectors.map(({ shape }) => shape[0]),
            )
          : computed.slice(others.length);
      return tensors.map((t) => (isVector(t) ? pieces.shift() : wholes.shift()) as Tensor);
    },
  };
}
