// Clipping gradients by their common length.

import type { Tensor } from '../graph.js';
import { add, div, minimum, mul, sqrt, square } from '../ops/elementwise.js';
import { sum } from '../ops/reduce.js';
import { together } from './together.js';

/** Scales all gradients together so that their global norm is at most `limit` (arXiv 1211.5063). @returns them and the norm before clipping */
export function clipByGlobalNorm(
  gradients: readonly Tensor[],
  limit: number,
): { clipped: Tensor[]; norm: Tensor } {
  const { parts, apart } = together(gradients);
  const norm = sqrt(parts.map((g) => sum(square(g))).reduce((a, b) => add(a, b)));
  const scale = minimum(1, div(limit, add(norm, 1e-6)));
  return { clipped: apart(parts.map((g) => mul(g, scale))), norm };
}
