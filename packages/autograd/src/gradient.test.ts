import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gradients, pullback } from './gradient.js';
import { constant, input, type Tensor } from './graph.js';
import { add, exp, greater, mul, pow, square, where } from './ops/elementwise.js';
import { matmul } from './ops/matmul.js';
import { sum } from './ops/reduce.js';
import { stopGradient } from './ops/stop-gradient.js';
import { evaluate, useEngine } from './testing/engine.js';
import { checkGradient } from './testing/gradient-check.js';
import { values } from './testing/random-values.js';

const engine = useEngine();

const at = async (loss: Tensor, wrt: Tensor[], feeds: Record<string, Float32Array | number>) => {
  const slopes = gradients(loss, wrt);
  const outputs = Object.fromEntries(slopes.map((g, i) => [`g${i}`, g]));
  const results = await evaluate(engine(), outputs, feeds);
  return slopes.map((_, i) => [...results[`g${i}`]].map(Number));
};

test('a node used many times takes the sum of what comes back', async () => {
  const x = input('x', []);
  const y = mul(x, x);
  assert.deepEqual(await at(add(mul(y, y), add(y, x)), [x], { x: 2 }), [[4 * 8 + 4 + 1]]);
});

test('by an inner node, and by an inner node and what it was made of at once', async () => {
  const x = input('x', [2]);
  const y = square(x);
  const loss = sum(mul(y, x));
  // By y alone the loss is y x; by x it is x^3.
  assert.deepEqual(await at(loss, [y, x], { x: Float32Array.of(1, 3) }), [
    [1, 3],
    [3, 27],
  ]);
});

test('by the loss itself 1, by what it does not depend on zeros of its shape', async () => {
  const [x, other] = [input('x', [2]), input('other', [2, 2])];
  const loss = sum(x);
  assert.deepEqual(await at(loss, [loss, other, x], { x: Float32Array.of(1, 2) }), [
    [1],
    [0, 0, 0, 0],
    [1, 1],
  ]);
});

test('nothing flows through stopGradient, conditions and integers', async () => {
  const x = input('x', [3]);
  const y = where(greater(x, 0), stopGradient(exp(x)), mul(x, 3));
  assert.deepEqual(await at(sum(y), [x], { x: Float32Array.of(-1, 1, 2) }), [[3, 0, 0]]);
});

test('a deep chain of many kinds of op', async () => {
  const deep = (x: Tensor, w: Tensor) => {
    let y = x;
    for (let i = 0; i < 12; i++) y = add(mul(matmul(y, w), 0.3), mul(x, 0.5));
    return y;
  };
  await checkGradient(engine(), deep, [values(1, [2, 3]), values(2, [3, 3])]);
});

test('derivatives of derivatives, to the third', async () => {
  const x = input('x', []);
  const first = gradients(pow(x, 4), [x])[0];
  const second = gradients(first, [x])[0];
  const third = gradients(second, [x])[0];
  const r = await evaluate(engine(), { first, second, third }, { x: 2 });
  assert.deepEqual([[...r.first], [...r.second], [...r.third]], [[32], [48], [48]]);
});

test('a loss that is no scalar is refused, and its shape quoted', () => {
  const x = input('x', [2, 3]);
  assert.throws(() => gradients(x, [x]), { name: 'ShapeError', message: /\[2,3\].*scalar/ });
  assert.throws(() => gradients(constant([1]), [x]), /\[1\]/);
});

test('pullback: of many numbers at once, each times its own', async () => {
  const x = input('x', [3]);
  const dy = constant([1, 10, 100]);
  const [slope] = pullback(square(x), dy, [x]);
  const r = await evaluate(engine(), { slope }, { x: Float32Array.of(1, 2, 3) });
  assert.deepEqual([...r.slope], [2, 40, 600]);
  assert.throws(() => pullback(square(x), constant(1), [x]), /\[\] for values of \[3\]/);
});
