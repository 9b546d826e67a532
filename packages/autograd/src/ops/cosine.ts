// Cosine similarity, defined for zero vectors too.

import type { Tensor } from '../graph.js';
import { add, mul, pow, square, sub } from './elementwise.js';
import { gemm } from './matmul.js';
import { sum } from './reduce.js';

/** Below this length a vector counts as having none: its cosine with anything tends to 0, never NaN. */
const EPSILON = 1e-12;

/** x / |x| along the last axis; a zero vector stays zero. */
export const normalize = (x: Tensor): Tensor =>
  mul(x, pow(add(sum(square(x), [-1], { keepDims: true }), EPSILON), -0.5));

/** The cosine of every row of `a` [N, D] with every row of `b` [M, D]. @returns [N, M], in [-1, 1] */
export const cosineMatrix = (a: Tensor, b: Tensor): Tensor =>
  gemm(normalize(a), normalize(b), { transB: true });

/** The cosine of vectors along the last axis. @returns [...], in [-1, 1] */
export const cosineSimilarity = (a: Tensor, b: Tensor): Tensor =>
  sum(mul(normalize(a), normalize(b)), [-1]);

/** 1 - cosine, the D(u, v) of the method. @returns [...], in [0, 2] */
export const cosineDistance = (a: Tensor, b: Tensor): Tensor => sub(1, cosineSimilarity(a, b));
