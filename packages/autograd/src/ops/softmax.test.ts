import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { gradients } from '../gradient.js';
import { input, type Tensor } from '../graph.js';
import { assertClose, evaluate, useEngine } from '../testing/engine.js';
import { checkGradient } from '../testing/gradient-check.js';
import { at, build, range, total } from '../testing/indexing.js';
import { property, seed, shape } from '../testing/property.js';
import { values } from '../testing/random-values.js';
import { mul } from './elementwise.js';
import { sum } from './reduce.js';
import { logSoftmax, softmax } from './softmax.js';

const engine = useEngine();

for (const [name, op] of Object.entries({ softmax, logSoftmax })) {
  test(`${name}: value and gradient along any axis`, () =>
    property(
      20,
      fc.record({ of: shape(1, 4), axis: fc.nat(3), negative: fc.boolean(), seed }),
      async ({ of, axis, negative, seed }) => {
        const a = axis % of.length;
        const x = values(seed, of, -3, 3);
        await checkGradient(engine(), (t) => op(t, negative ? a - of.length : a), [x], {
          expected: build(of, (index) => {
            const whole = total(range(of[a]).map((k) => Math.exp(at(x, index.with(a, k)))));
            const share = Math.exp(at(x, index)) / whole;
            return op === softmax ? share : Math.log(share);
          }),
        });
      },
    ));
}

test('large logits: no overflow, forward or backward', async () => {
  const x = Float32Array.of(1e4, -1e4, 0, -1e4, -1e4, -1e4);
  const t = input('x', [2, 3]);
  const weighted = (y: Tensor) => gradients(sum(mul(y, y)), [t])[0];
  const [p, l] = [softmax(t), logSoftmax(t)];
  const r = await evaluate(engine(), { p, l, gp: weighted(p), gl: weighted(l) }, { x });
  const third = 1 / 3;
  assertClose(r.p, [1, 0, 0, third, third, third]);
  assertClose(r.l, [0, -2e4, -1e4, ...Array(3).fill(Math.log(third))]);
  assertClose(r.gp, [0, 0, 0, 0, 0, 0], 1e-6);
  // dy = 2 l; dx = dy - p sum(dy)
  assertClose(r.gl, [6e4, -4e4, -2e4, 0, 0, 0], 1e-5);
});

test('an axis out of range is refused, and the shape quoted', () => {
  const x = input('x', [2, 3]);
  assert.throws(() => softmax(x, 2), { name: 'ShapeError', message: /axis 2 .*\[2,3\]/ });
  assert.throws(() => logSoftmax(x, -3), { name: 'ShapeError', message: /axis -3 .*\[2,3\]/ });
});
