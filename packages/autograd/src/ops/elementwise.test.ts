import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { gradients } from '../gradient.js';
import { constant, input, ShapeError, type Tensor } from '../graph.js';
import { assertClose, evaluate, useEngine } from '../testing/engine.js';
import { checkGradient } from '../testing/gradient-check.js';
import { at, build } from '../testing/indexing.js';
import { broadcastPair, property, seed, shape } from '../testing/property.js';
import { distinct, integers, values } from '../testing/random-values.js';
import { broadcastShapes, broadcastTo } from './broadcast.js';
import * as ops from './elementwise.js';
import { sum } from './reduce.js';

const engine = useEngine();

/** The error function by Simpson's rule on its integral. */
function erf(x: number): number {
  const n = 400;
  const h = x / n;
  let s = 0;
  for (let i = 0; i <= n; i++) {
    s += (i === 0 || i === n ? 1 : i % 2 ? 4 : 2) * Math.exp(-((i * h) ** 2));
  }
  return (2 / Math.sqrt(Math.PI)) * (h / 3) * s;
}
const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));

const BINARY: Record<string, [(a: Tensor, b: Tensor) => Tensor, (a: number, b: number) => number]> =
  {
    add: [ops.add, (a, b) => a + b],
    sub: [ops.sub, (a, b) => a - b],
    mul: [ops.mul, (a, b) => a * b],
    div: [ops.div, (a, b) => a / b],
    maximum: [ops.maximum, Math.max],
    minimum: [ops.minimum, Math.min],
  };

for (const [name, [op, truth]] of Object.entries(BINARY)) {
  test(`${name}: value and gradient under broadcasting`, () =>
    property(12, fc.record({ shapes: broadcastPair, seed }), async ({ shapes: [a, b], seed }) => {
      const x = distinct(seed, a);
      // Halfway between the values of x, so that neither tie nor cross.
      const y = { shape: b, data: distinct(seed + 1, b).data.map((v) => v + 0.05) };
      if (name === 'div') y.data = y.data.map((v) => (v < 0 ? v - 1 : v + 1));
      await checkGradient(engine(), op, [x, y], {
        expected: build(broadcastShapes(name, a, b), (i) => truth(at(x, i), at(y, i))),
      });
    }));
}

const COMPARE: Record<
  string,
  [(a: Tensor, b: Tensor) => Tensor, (a: number, b: number) => boolean]
> = {
  equal: [ops.equal, (a, b) => a === b],
  greater: [ops.greater, (a, b) => a > b],
  greaterOrEqual: [ops.greaterOrEqual, (a, b) => a >= b],
  less: [ops.less, (a, b) => a < b],
  lessOrEqual: [ops.lessOrEqual, (a, b) => a <= b],
};

test('comparisons hold where they should, ties included, and yield booleans', () =>
  property(8, fc.record({ shapes: broadcastPair, seed }), async ({ shapes: [a, b], seed }) => {
    const [x, y] = [integers(seed, a, -1, 1), integers(seed + 1, b, -1, 1)];
    const [tx, ty] = [input('x', a), input('y', b)];
    const outputs = Object.fromEntries(
      Object.entries(COMPARE).map(([name, [op]]) => [name, op(tx, ty)]),
    );
    const result = await evaluate(engine(), outputs, { x: x.data, y: y.data });
    for (const [name, [, truth]] of Object.entries(COMPARE)) {
      assert.equal(outputs[name].dtype, 'bool');
      assert.deepEqual(
        [...result[name]].map(Boolean),
        build(broadcastShapes(name, a, b), (i) => Number(truth(at(x, i), at(y, i)))).map(Boolean),
        name,
      );
    }
  }));

const UNARY: Record<string, [(x: Tensor) => Tensor, (x: number) => number, 'positive'?]> = {
  neg: [ops.neg, (x) => -x],
  exp: [ops.exp, Math.exp],
  log: [ops.log, Math.log, 'positive'],
  sqrt: [ops.sqrt, Math.sqrt, 'positive'],
  abs: [ops.abs, Math.abs],
  sin: [ops.sin, Math.sin],
  cos: [ops.cos, Math.cos],
  tanh: [ops.tanh, Math.tanh],
  erf: [ops.erf, erf],
  sigmoid: [ops.sigmoid, sigmoid],
  softplus: [ops.softplus, (x) => Math.log1p(Math.exp(x))],
  relu: [ops.relu, (x) => Math.max(0, x)],
  gelu: [ops.gelu, (x) => 0.5 * x * (1 + erf(x / Math.SQRT2))],
  logSigmoid: [ops.logSigmoid, (x) => Math.log(sigmoid(x))],
  square: [ops.square, (x) => x * x],
  'pow 3': [(x) => ops.pow(x, 3), (x) => x ** 3],
  'pow 1': [(x) => ops.pow(x, 1), (x) => x],
  'pow -1.5': [(x) => ops.pow(x, -1.5), (x) => x ** -1.5, 'positive'],
  clip: [(x) => ops.clip(x, -0.4, 0.6), (x) => Math.min(0.6, Math.max(-0.4, x))],
};

for (const [name, [op, truth, domain]] of Object.entries(UNARY)) {
  test(`${name}: value and gradient`, () =>
    property(4, fc.record({ of: shape(), seed }), async ({ of, seed }) => {
      const x = domain ? values(seed, of, 0.5, 2.5) : distinct(seed, of);
      await checkGradient(engine(), op, [x], { expected: [...x.data].map(truth) });
    }));
}

test('sign and floor: values, and no gradient', async () => {
  const x = Float32Array.of(-1.5, -0.2, 0, 0.2, 2.7);
  const t = input('x', [5]);
  const y = ops.add(ops.sign(t), ops.floor(t));
  const [g] = gradients(sum(y), [t]);
  const r = await evaluate(engine(), { sign: ops.sign(t), floor: ops.floor(t), g }, { x });
  assert.deepEqual([...r.sign], [-1, -1, 0, 1, 1]);
  assert.deepEqual([...r.floor], [-2, -1, 0, 0, 2]);
  assert.deepEqual([...r.g], [0, 0, 0, 0, 0]);
});

test('where: value and gradient, every part broadcast', () =>
  property(
    10,
    fc.record({ shapes: broadcastPair, mask: fc.nat(3), seed }),
    async ({ shapes: [a, b], mask, seed }) => {
      const whole = broadcastShapes('where', a, b);
      const held = integers(seed + 2, mask === 0 ? [] : mask === 1 ? whole : b, 0, 1);
      const condition = constant(Uint8Array.from(held.data), held.shape, 'bool');
      const [x, y] = [values(seed, a), values(seed + 1, b)];
      await checkGradient(engine(), (s, t) => ops.where(condition, s, t), [x, y], {
        expected: build(whole, (i) => (at(held, i) ? at(x, i) : at(y, i))),
      });
    },
  ));

test('broadcastTo: value and gradient', () =>
  property(10, fc.record({ shapes: broadcastPair, seed }), async ({ shapes: [a, b], seed }) => {
    const whole = broadcastShapes('broadcastTo', a, b);
    const x = values(seed, a);
    await checkGradient(engine(), (t) => broadcastTo(t, whole), [x], {
      expected: build(whole, (i) => at(x, i)),
    });
  }));

test('numbers stand for scalars on either side', async () => {
  const x = values(3, [4], 0.5, 2);
  await checkGradient(engine(), (t) => ops.sub(2, ops.div(1, ops.mul(t, 3))), [x], {
    expected: [...x.data].map((v) => 2 - 1 / (3 * v)),
  });
});

test('at a kink the gradient is the documented one', async () => {
  const [a, b] = [input('a', [3]), input('b', [3])];
  const gradientOf = (y: Tensor, t: Tensor) => gradients(sum(y), [t])[0];
  const r = await evaluate(
    engine(),
    {
      maxFirst: gradientOf(ops.maximum(a, b), a),
      maxSecond: gradientOf(ops.maximum(a, b), b),
      minFirst: gradientOf(ops.minimum(a, b), a),
      minSecond: gradientOf(ops.minimum(a, b), b),
      relu: gradientOf(ops.relu(a), a),
      abs: gradientOf(ops.abs(a), a),
      clip: gradientOf(ops.clip(a, -1, 0), a),
    },
    { a: Float32Array.of(0, 2, -3), b: Float32Array.of(0, 1, -1) },
  );
  assert.deepEqual([...r.maxFirst], [1, 1, 0]);
  assert.deepEqual([...r.maxSecond], [0, 0, 1]);
  assert.deepEqual([...r.minFirst], [1, 0, 1]);
  assert.deepEqual([...r.minSecond], [0, 1, 0]);
  assert.deepEqual([...r.relu], [0, 1, 0]);
  assert.deepEqual([...r.abs], [0, 1, -1]);
  assert.deepEqual([...r.clip], [1, 0, 0]);
});

test('extreme arguments neither overflow nor give NaN, forward or backward', async () => {
  const x = Float32Array.of(-200, -50, 50, 200);
  const t = input('x', [4]);
  const functions = {
    sigmoid: ops.sigmoid,
    softplus: ops.softplus,
    logSigmoid: ops.logSigmoid,
    gelu: ops.gelu,
    tanh: ops.tanh,
  };
  const truth = {
    sigmoid: [0, 0, 1, 1],
    softplus: [0, 0, 50, 200],
    logSigmoid: [-200, -50, 0, 0],
    gelu: [0, 0, 50, 200],
    tanh: [-1, -1, 1, 1],
  };
  const slope = {
    sigmoid: [0, 0, 0, 0],
    softplus: [0, 0, 1, 1],
    logSigmoid: [1, 1, 0, 0],
    gelu: [0, 0, 1, 1],
    tanh: [0, 0, 0, 0],
  };
  for (const name of Object.keys(functions) as (keyof typeof functions)[]) {
    const y = functions[name](t);
    const r = await evaluate(engine(), { y, g: gradients(sum(y), [t])[0] }, { x });
    assertClose(r.y, truth[name], 1e-6, name);
    assertClose(r.g, slope[name], 1e-6, `gradient of ${name}`);
  }
});

test('cast: values change type; no gradient passes through an integer', async () => {
  const t = input('x', [3]);
  const whole = ops.cast(t, 'int64');
  const [g] = gradients(sum(ops.mul(t, ops.cast(whole, 'float32'))), [t]);
  const r = await evaluate(engine(), { whole, g }, { x: Float32Array.of(-1.5, 0.9, 3) });
  assert.deepEqual([...r.whole], [-1n, 0n, 3n]);
  assert.deepEqual([...r.g].map(Number), [-1, 0, 3]);
});

test('the gradient of a gradient: third power, sigmoid and log', async () => {
  const x = values(5, [6], 0.5, 2);
  const slope = (t: Tensor) =>
    gradients(sum(ops.mul(ops.pow(t, 3), ops.mul(ops.sigmoid(t), ops.log(t)))), [t])[0];
  await checkGradient(engine(), slope, [x], { step: 3e-3 });
});

test('shapes that do not broadcast are refused, and quoted', () => {
  const [a, b] = [input('a', [2, 3]), input('b', [4])];
  const quoted = { name: 'ShapeError', message: /\[2,3\].*\[4\]/ };
  assert.throws(() => ops.add(a, b), quoted);
  assert.throws(() => ops.equal(a, b), quoted);
  assert.throws(() => ops.where(ops.equal(a, a), a, b), quoted);
  assert.throws(() => broadcastTo(a, [4]), ShapeError);
  assert.throws(() => broadcastTo(a, [1, 3]), { message: /\[2,3\].*\[1,3\]/ });
});
