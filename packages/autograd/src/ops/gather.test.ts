import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { gradients } from '../gradient.js';
import { constant, input, type Tensor } from '../graph.js';
import { evaluate, useEngine } from '../testing/engine.js';
import { checkGradient } from '../testing/gradient-check.js';
import { at, build, total } from '../testing/indexing.js';
import { property, seed, shape } from '../testing/property.js';
import { integers, values } from '../testing/random-values.js';
import { mul, square } from './elementwise.js';
import { gather, oneHot, scatterAdd } from './gather.js';
import { sum } from './reduce.js';

const engine = useEngine();

test('gather: value, gradient and its gradient, along any axis, indices repeated', () =>
  property(
    40,
    fc.record({ of: shape(1, 4), axis: fc.nat(3), at: shape(0, 2), wide: fc.boolean(), seed }),
    async ({ of, axis: drawn, at: places, wide, seed }) => {
      const axis = drawn % of.length;
      const x = values(seed, of);
      const chosen = integers(seed + 1, places, 0, of[axis] - 1);
      const indices = constant([...chosen.data], places, wide ? 'int64' : 'int32');
      const result = [...of.slice(0, axis), ...places, ...of.slice(axis + 1)];
      const f = (t: Tensor): Tensor => {
        const y = gather(t, indices, axis - of.length);
        assert.deepEqual(y.shape, result);
        return y;
      };
      await checkGradient(engine(), f, [x], {
        step: 0.1,
        expected: build(result, (index) => {
          const from = at(chosen, index.slice(axis, axis + places.length));
          return at(x, [...index.slice(0, axis), from, ...index.slice(axis + places.length)]);
        }),
      });
      const slope = (t: Tensor): Tensor => {
        const y = f(t);
        return gradients(sum(mul(square(y), y)), [t])[0];
      };
      await checkGradient(engine(), slope, [x], { samples: 6 });
    },
  ));

test('scatterAdd: rows that meet are added, rows that none reaches stay zero', () =>
  property(
    15,
    fc.record({
      m: fc.integer({ min: 1, max: 6 }),
      d: fc.integer({ min: 1, max: 4 }),
      count: fc.integer({ min: 1, max: 5 }),
      seed,
    }),
    async ({ m, d, count, seed }) => {
      const rows = values(seed, [m, d]);
      const to = integers(seed + 1, [m], 0, count - 1);
      const indices = constant([...to.data], [m], 'int64');
      await checkGradient(engine(), (t) => scatterAdd(t, indices, count), [rows], {
        step: 0.1,
        expected: build([count, d], ([i, j]) =>
          total([...to.data].map((target, k) => (target === i ? at(rows, [k, j]) : 0))),
        ),
      });
    },
  ));

test('oneHot: one at the index, zeros for an index outside', async () => {
  for (const dtype of ['int64', 'int32'] as const) {
    const classes = constant([0, 2, -1, 3, 1, 1], [2, 3], dtype);
    const y = oneHot(classes, 3);
    assert.deepEqual([y.shape, y.dtype], [[2, 3, 3], 'float32']);
    const r = await evaluate(engine(), { y });
    assert.deepEqual([...r.y], [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 1, 0]);
  }
});

test('oneHot: no gradient passes through the index', async () => {
  const classes = input('classes', [2], 'int64');
  const x = input('x', [2, 3]);
  const [g] = gradients(sum(mul(x, oneHot(classes, 3))), [x]);
  const r = await evaluate(
    engine(),
    { g },
    { classes: BigInt64Array.of(2n, 0n), x: new Float32Array(6).fill(5) },
  );
  assert.deepEqual([...r.g], [0, 0, 1, 1, 0, 0]);
});

test('what does not fit is refused, and quoted', () => {
  const [x, i] = [input('x', [2, 3]), input('i', [4], 'int64')];
  assert.throws(() => gather(x, i, 2), { name: 'ShapeError', message: /axis 2 .*\[2,3\]/ });
  assert.throws(() => scatterAdd(x, i, 4), { name: 'ShapeError', message: /\[2,3\].*\[4\]/ });
});
