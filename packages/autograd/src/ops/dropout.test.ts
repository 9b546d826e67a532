import assert from 'node:assert/strict';
import { test } from 'node:test';
import { constant, input } from '../graph.js';
import { useEngine } from '../testing/engine.js';
import { checkGradient } from '../testing/gradient-check.js';
import { values } from '../testing/random-values.js';
import { dropout } from './dropout.js';

const engine = useEngine();

test('dropout: zero where the random number is below the rate, scaled elsewhere', async () => {
  const x = values(1, [4, 6]);
  const uniform = values(2, [4, 6], 0, 1).data.with(0, 0).with(1, 0.25);
  for (const rate of [0, 0.25, 0.9]) {
    await checkGradient(engine(), (t) => dropout(t, rate, constant(uniform, [4, 6])), [x], {
      step: 0.1,
      expected: [...x.data].map((v, i) => (uniform[i] >= rate ? v / (1 - rate) : 0)),
    });
  }
});

test('dropout: a rate outside [0, 1) and random numbers of another shape are refused', () => {
  const [x, u] = [input('x', [2, 3]), input('u', [3])];
  for (const rate of [-0.1, 1, Number.NaN]) {
    assert.throws(() => dropout(x, rate, x), { name: 'RangeError', message: /dropout: rate/ });
  }
  assert.throws(() => dropout(x, 0.5, u), { name: 'ShapeError', message: /\[2,3\].*\[3\]/ });
});
