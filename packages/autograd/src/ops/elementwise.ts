// Elementwise arithmetic with broadcasting, comparisons and activations.
// A plain number is taken for a float32 scalar.

import { constant, type DType, node, type Tensor } from '../graph.js';
import { view } from '../layout.js';
import { affineBlocks, pointwise } from './blocked.js';
import { broadcastShapes, sumTo } from './broadcast.js';

export type Operand = Tensor | number;
const tensor = (x: Operand): Tensor => (typeof x === 'number' ? constant(x) : x);

type BinaryGradient = (
  dy: Tensor,
  a: Tensor,
  b: Tensor,
  y: Tensor,
) => readonly [Tensor | null, Tensor | null];

const binary =
  (
    op: string,
    onnx: string,
    gradient: BinaryGradient,
    byChannel?: (channels: number) => Parameters<typeof pointwise>[3],
  ) =>
  (left: Operand, right: Operand): Tensor => {
    const a = tensor(left);
    const b = tensor(right);
    const shape = broadcastShapes(op, a.shape, b.shape);
    return node({
      op,
      inputs: [a, b],
      shape,
      dtype: a.dtype,
      lower: (emit, inputs) => emit.op(onnx, inputs),
      blocked: pointwise(
        shape,
        [a.shape, b.shape],
        (emit, inputs) => emit.op(onnx, inputs),
        byChannel?.(shape[1]),
      ),
      gradient: (dy, y) => {
        const [da, db] = gradient(dy, a, b, y);
        return [da && sumTo(da, a.shape), db && sumTo(db, b.shape)];
      },
    });
  };

export const add = binary(
  'add',
  'Add',
  (dy) => [dy, dy],
  (channels) => (emit, image, shift) => {
    const ones = emit.constant(new Float32Array(channels).fill(1), [channels], 'float32');
    return affineBlocks(emit, image, channels, ones, view(emit, shift, [channels]));
  },
);
export const sub = binary('sub', 'Sub', (dy) => [dy, neg(dy)]);
export const mul = binary(
  'mul',
  'Mul',
  (dy, a, b) => [mul(dy, b), mul(dy, a)],
  (channels) => (emit, image, scale) => affineBlocks(emit, image, channels, scale),
);
export const div = binary('div', 'Div', (dy, _, b, y) => [div(dy, b), neg(div(mul(dy, y), b))]);
/** The larger of two; where equal the first takes the gradient. */
export const maximum = binary('maximum', 'Max', (dy, a, b) => {
  const first = cast(greaterOrEqual(a, b), 'float32');
  return [mul(dy, first), mul(dy, sub(1, first))];
});
/** The smaller of two; where equal the first takes the gradient. */
export const minimum = binary('minimum', 'Min', (dy, a, b) => {
  const first = cast(lessOrEqual(a, b), 'float32');
  return [mul(dy, first), mul(dy, sub(1, first))];
});

const compare =
  (op: string, onnx: string) =>
  (left: Operand, right: Operand): Tensor => {
    const a = tensor(left);
    const b = tensor(right);
    const shape = broadcastShapes(op, a.shape, b.shape);
    return node({
      op,
      inputs: [a, b],
      shape,
      dtype: 'bool',
      lower: (emit, inputs) => emit.op(onnx, inputs),
      blocked: pointwise(shape, [a.shape, b.shape], (emit, inputs) => emit.op(onnx, inputs)),
    });
  };

export const equal = compare('equal', 'Equal');
export const greater = compare('greater', 'Greater');
export const greaterOrEqual = compare('greaterOrEqual', 'GreaterOrEqual');
export const less = compare('less', 'Less');
export const lessOrEqual = compare('lessOrEqual', 'LessOrEqual');

type UnaryGradient = (dy: Tensor, x: Tensor, y: Tensor) => Tensor | null;

const unary =
  (op: string, onnx: string, gradient: UnaryGradient) =>
  (x: Tensor): Tensor =>
    node({
      op,
      inputs: [x],
      shape: x.shape,
      dtype: x.dtype,
      lower: (emit, inputs) => emit.op(onnx, inputs),
      blocked: pointwise(x.shape, [x.shape], (emit, inputs) => emit.op(onnx, inputs)),
      gradient: (dy, y) => [gradient(dy, x, y)],
    });

export const neg = unary('neg', 'Neg', (dy) => neg(dy));
export const exp = unary('exp', 'Exp', (dy, _, y) => mul(dy, y));
export const log = unary('log', 'Log', (dy, x) => div(dy, x));
export const sqrt = unary('sqrt', 'Sqrt', (dy, _, y) => div(mul(dy, 0.5), y));
export const abs = unary('abs', 'Abs', (dy, x) => mul(dy, sign(x)));
export const floor = unary('floor', 'Floor', () => null);
export const sin = unary('sin', 'Sin', (dy, x) => mul(dy, cos(x)));
export const cos = unary('cos', 'Cos', (dy, x) => neg(mul(dy, sin(x))));
export const tanh = unary('tanh', 'Tanh', (dy, _, y) => mul(dy, sub(1, mul(y, y))));
export const erf = unary('erf', 'Erf', (dy, x) =>
  mul(dy, mul(2 / Math.sqrt(Math.PI), exp(neg(mul(x, x))))),
);
export const sigmoid = unary('sigmoid', 'Sigmoid', (dy, _, y) => mul(dy, mul(y, sub(1, y))));
/** log(1 + exp(x)), without overflow. */
export const softplus = unary('softplus', 'Softplus', (dy, x) => mul(dy, sigmoid(x)));
/** max(0, x). */
export const relu = unary('relu', 'Relu', (dy, _, y) => reluGradient(dy, y));

/**
 * dy where y, the result of a ReLU, is positive, else 0. The mask is a hard sigmoid so steep that
 * every normal number is beyond its ramp: with the product 0.15 ms for 2 MB, against 0.47 ms of
 * Greater and Where.
 */
function reluGradient(dy: Tensor, y: Tensor): Tensor {
  const lower: Tensor['lower'] = (emit, [d, z]) =>
    emit.provider === 'cpu'
      ? emit.op('Mul', [
          d,
          emit.op('HardSigmoid', [z], { alpha: { float: 3e38 }, beta: { float: 0 } }),
        ])
      : emit.op('Where', [emit.op('Greater', [z, emit.scalar(0)]), d, emit.scalar(0)]);
  return node({
    op: 'reluGradient',
    inputs: [dy, y],
    shape: dy.shape,
    dtype: dy.dtype,
    lower,
    blocked: pointwise(dy.shape, [dy.shape, y.shape], lower),
    gradient: (d) => [reluGradient(d, y), null],
  });
}

/** x * P(X <= x) for a standard normal X, the exact form (arXiv 1606.08415). */
export const gelu = (x: Tensor): Tensor => mul(mul(x, 0.5), add(1, erf(mul(x, Math.SQRT1_2))));
/** log(sigmoid(x)), without overflow. */
export const logSigmoid = (x: Tensor): Tensor => neg(softplus(neg(x)));
export const square = (x: Tensor): Tensor => mul(x, x);

/** x to a fixed power. */
export function pow(x: Tensor, exponent: number): Tensor {
  return node({
    op: 'pow',
    inputs: [x],
    shape: x.shape,
    dtype: x.dtype,
    lower: (emit, [a]) => emit.op('Pow', [a, emit.scalar(exponent)]),
    blocked: pointwise(x.shape, [x.shape], (emit, [a]) =>
      emit.op('Pow', [a, emit.scalar(exponent)]),
    ),
    gradient: (dy) => [mul(dy, mul(exponent, pow(x, exponent - 1)))],
  });
}

/** x held within [low, high]; no gradient outside. */
export const clip = (x: Tensor, low: number, high: number): Tensor =>
  minimum(maximum(x, low), high);

/** `yes` where `condition` holds, else `no`. */
export function where(condition: Tensor, yes: Operand, no: Operand): Tensor {
  const a = tensor(yes);
  const b = tensor(no);
  const shape = broadcastShapes(
    'where',
    condition.shape,
    broadcastShapes('where', a.shape, b.shape),
  );
  return node({
    op: 'where',
    inputs: [condition, a, b],
    shape,
    dtype: a.dtype,
    lower: (emit, inputs) => emit.op('Where', inputs),
    blocked: pointwise(shape, [condition.shape, a.shape, b.shape], (emit, inputs) =>
      emit.op('Where', inputs),
    ),
    gradient: (dy) => [
      null,
      sumTo(where(condition, dy, 0), a.shape),
      sumTo(where(condition, 0, dy), b.shape),
    ],
  });
}

/** -1, 0 or 1; no gradient. */
export const sign = (x: Tensor): Tensor =>
  node({
    op: 'sign',
    inputs: [x],
    shape: x.shape,
    dtype: x.dtype,
    lower: (emit, [a]) => {
      if (emit.provider !== 'webgpu') return emit.op('Sign', [a]);
      // The WebGPU provider has no Sign (onnxruntime 1.30).
      const [above, below] = ['Greater', 'Less'].map((compared) =>
        emit.op('Cast', [emit.op(compared, [a, emit.scalar(0)])], { to: ONNX_TYPE.float32 }),
      );
      return emit.op('Sub', [above, below]);
    },
  });

const ONNX_TYPE: Record<DType, number> = { float32: 1, uint8: 2, int32: 6, int64: 7, bool: 9 };

/** The values under another type; a gradient passes between float tensors only. */
export function cast(x: Tensor, dtype: DType): Tensor {
  if (x.dtype === dtype) return x;
  return node({
    op: 'cast',
    inputs: [x],
    shape: x.shape,
    dtype,
    lower: (emit, [a]) => emit.op('Cast', [a], { to: ONNX_TYPE[dtype] }),
    blocked: pointwise(x.shape, [x.shape], (emit, [a]) =>
      emit.op('Cast', [a], { to: ONNX_TYPE[dtype] }),
    ),
  });
}
