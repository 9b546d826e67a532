// Matrix products: batched with broadcasting, and the plain Gemm of a linear layer.

import { node, ShapeError, type Tensor } from '../graph.js';
import { broadcastShapes, sumTo } from './broadcast.js';
import { add } from './elementwise.js';
import { transpose } from './transpose.js';

const swapLast = (x: Tensor): Tensor => {
  const order = x.shape.map((_, i) => i);
  order.push(...order.splice(-2).reverse());
  return transpose(x, order);
};

/** [..., m, k] x [..., k, n] -> [..., m, n]; leading axes broadcast. */
export function matmul(a: Tensor, b: Tensor): Tensor {
  const [m, k] = a.shape.slice(-2);
  const [k2, n] = b.shape.slice(-2);
  if (a.shape.length < 2 || b.shape.length < 2 || k !== k2) {
    throw new ShapeError(`matmul: [${a.shape}] x [${b.shape}]`);
  }
  if (a.shape.length === 2 && b.shape.length === 2) return gemm(a, b);
  const batch = broadcastShapes('matmul', a.shape.slice(0, -2), b.shape.slice(0, -2));
  return node({
    op: 'matmul',
    inputs: [a, b],
    shape: [...batch, m, n],
    dtype: a.dtype,
    lower: (emit, inputs) => emit.op('MatMul', inputs),
    gradient: (dy) => [
      sumTo(matmul(dy, swapLast(b)), a.shape),
      sumTo(matmul(swapLast(a), dy), b.shape),
    ],
  });
}

/** op(a) x op(b) of two matrices, either read transposed: no transposed copy is made. */
export function gemm(
  a: Tensor,
  b: Tensor,
  options: { transA?: boolean; transB?: boolean } = {},
): Tensor {
  const { transA = false, transB = false } = options;
  const [m, k] = transA ? [a.shape[1], a.shape[0]] : a.shape;
  const [k2, n] = transB ? [b.shape[1], b.shape[0]] : b.shape;
  if (a.shape.length !== 2 || b.shape.length !== 2 || k !== k2) {
    throw new ShapeError(
      `gemm: [${a.shape}]${transA ? 'ᵀ' : ''} x [${b.shape}]${transB ? 'ᵀ' : ''}`,
    );
  }
  return node({
    op: 'gemm',
    inputs: [a, b],
    shape: [m, n],
    dtype: a.dtype,
    lower: (emit, inputs) =>
      emit.op('Gemm', inputs, { transA: transA ? 1 : 0, transB: transB ? 1 : 0 }),
    gradient: (dy) => [
      transA ? gemm(b, dy, { transA: transB, transB: true }) : gemm(dy, b, { transB: !transB }),
      transB ? gemm(dy, a, { transA: true, transB: transA }) : gemm(a, dy, { transA: !transA }),
    ],
  });
}

/**
 * A linear layer, x Wᵀ + b, as in PyTorch.
 * @param x [N, in] @param weight [out, in] @param bias [out] @returns [N, out]
 */
export function linear(x: Tensor, weight: Tensor, bias?: Tensor): Tensor {
  const y = gemm(x, weight, { transB: true });
  return bias ? add(y, bias) : y;
}
