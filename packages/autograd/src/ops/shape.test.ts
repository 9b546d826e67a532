// Ops that move elements: reshape, flatten, transpose, slice, split, pad, concat, stopGradient.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { gradients } from '../gradient.js';
import { constant, input, type Shape, size, type Tensor } from '../graph.js';
import { evaluate, useEngine } from '../testing/engine.js';
import { checkGradient } from '../testing/gradient-check.js';
import { at, build } from '../testing/indexing.js';
import { property, seed, shape } from '../testing/property.js';
import { values } from '../testing/random-values.js';
import { mul, square } from './elementwise.js';
import { sum } from './reduce.js';
import { flatten, reshape } from './reshape.js';
import { concat, pad, slice } from './slice.js';
import { split } from './split.js';
import { stopGradient } from './stop-gradient.js';
import { transpose } from './transpose.js';

const engine = useEngine();
const linear = { step: 0.1 };

/** Has the shape that it should, and goes on into a product, so that gradients are not all alike. */
const shaped = (y: Tensor, expected: Shape): Tensor => {
  assert.deepEqual(y.shape, expected);
  return y;
};

test('reshape: value and gradient, one size worked out', () =>
  property(
    15,
    fc.record({ of: shape(0, 4), order: fc.nat(), free: fc.nat(3), lead: fc.boolean(), seed }),
    async ({ of, order, free, lead, seed }) => {
      // The factors in another order, the first two together, with or without a leading one.
      const turned = of.map((_, i) => of[(i + order) % of.length]);
      const merged = turned.length > 1 ? [turned[0] * turned[1], ...turned.slice(2)] : turned;
      const to = lead ? [1, ...merged] : merged;
      const x = values(seed, of);
      const f = (t: Tensor) =>
        shaped(
          reshape(
            t,
            to.map((n, i) => (i === free ? -1 : n)),
          ),
          to,
        );
      await checkGradient(engine(), f, [x], { ...linear, expected: [...x.data] });
    },
  ));

test('flatten keeps the first axis', async () => {
  const x = values(1, [2, 3, 2, 2]);
  const f = (t: Tensor) => shaped(flatten(t), [2, 12]);
  await checkGradient(engine(), f, [x], { ...linear, expected: [...x.data] });
});

const permutation = shape(1, 4).chain((of) =>
  fc.record({
    of: fc.constant(of),
    order: fc.shuffledSubarray(
      of.map((_, i) => i),
      { minLength: of.length },
    ),
    seed,
  }),
);

test('transpose: value and gradient in any order of axes', () =>
  property(20, permutation, async ({ of, order, seed }) => {
    const x = values(seed, of);
    const to = order.map((axis) => of[axis]);
    await checkGradient(engine(), (t) => shaped(transpose(t, order), to), [x], {
      ...linear,
      expected: build(to, (index) =>
        at(
          x,
          of.map((_, axis) => index[order.indexOf(axis)]),
        ),
      ),
    });
  }));

test('transpose: without an order the axes are reversed', async () => {
  const x = values(1, [2, 3, 4]);
  await checkGradient(engine(), (t) => shaped(transpose(t), [4, 3, 2]), [x], {
    ...linear,
    expected: build([4, 3, 2], ([i, j, k]) => at(x, [k, j, i])),
  });
});

test('slice: value, gradient and its gradient, with a step', () =>
  property(
    40,
    fc.record({
      lead: shape(0, 2),
      tail: shape(0, 2),
      length: fc.integer({ min: 1, max: 9 }),
      from: fc.nat(8),
      to: fc.nat(8),
      step: fc.integer({ min: 1, max: 4 }),
      negative: fc.boolean(),
      seed,
    }),
    async ({ lead, tail, length, from, to, step, negative, seed }) => {
      const start = from % length;
      const end = start + 1 + (to % (length - start));
      const of = [...lead, length, ...tail];
      const axis = lead.length;
      const x = values(seed, of);
      const sliced = of.with(axis, Math.ceil((end - start) / step));
      const f = (t: Tensor) =>
        shaped(slice(t, negative ? axis - of.length : axis, start, end, step), sliced);
      await checkGradient(engine(), f, [x], {
        ...linear,
        expected: build(sliced, (index) => at(x, index.with(axis, start + step * index[axis]))),
      });
      // d sum(slice(x)^3)/dx, differentiated once more: passes through the gradient of the slice.
      const slope = (t: Tensor) => {
        const y = f(t);
        return gradients(sum(mul(square(y), y)), [t])[0];
      };
      await checkGradient(engine(), slope, [x], { samples: 6 });
    },
  ));

test('split: value and gradient of every piece', async () => {
  const lengths = [3, 1, 2];
  for (const [i, start] of [0, 3, 4].entries()) {
    const x = values(7, [6]);
    await checkGradient(engine(), (t) => shaped(split(t, lengths)[i], [lengths[i]]), [x], {
      ...linear,
      expected: build([lengths[i]], ([at]) => x.data[start + at]),
    });
  }
});

test('pad: value and gradient, with any value', () =>
  property(
    20,
    fc.record({
      of: shape(1, 4),
      axis: fc.nat(3),
      before: fc.nat(3),
      after: fc.nat(3),
      value: fc.constantFrom(0, -2, 0.5),
      seed,
    }),
    async ({ of, axis: drawn, before, after, value, seed }) => {
      const axis = drawn % of.length;
      const x = values(seed, of);
      const padded = of.with(axis, of[axis] + before + after);
      await checkGradient(
        engine(),
        (t) => shaped(pad(t, axis - of.length, before, after, value), padded),
        [x],
        {
          ...linear,
          expected: build(padded, (index) => {
            const i = index[axis] - before;
            return i < 0 || i >= of[axis] ? value : at(x, index.with(axis, i));
          }),
        },
      );
    },
  ));

test('concat: value and gradients of every part', () =>
  property(
    20,
    fc.record({
      of: shape(1, 4),
      axis: fc.nat(3),
      lengths: fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 1, maxLength: 4 }),
      seed,
    }),
    async ({ of, axis: drawn, lengths, seed }) => {
      const axis = drawn % of.length;
      const parts = lengths.map((n, k) => values(seed + k, of.with(axis, n)));
      const whole = of.with(
        axis,
        lengths.reduce((a, b) => a + b),
      );
      await checkGradient(engine(), (...t) => shaped(concat(t, axis - of.length), whole), parts, {
        ...linear,
        expected: build(whole, (index) => {
          let i = index[axis];
          let part = 0;
          while (i >= lengths[part]) i -= lengths[part++];
          return at(parts[part], index.with(axis, i));
        }),
      });
    },
  ));

test('stopGradient: the same value, no gradient', async () => {
  const x = input('x', [3]);
  const [g] = gradients(sum(mul(x, stopGradient(square(x)))), [x]);
  const r = await evaluate(
    engine(),
    { same: stopGradient(x), g },
    { x: Float32Array.of(1, 2, -3) },
  );
  assert.deepEqual([...r.same], [1, 2, -3]);
  assert.deepEqual([...r.g], [1, 4, 9]);
});

test('integers are moved, too', async () => {
  const x = constant([1, 2, 3, 4, 5, 6], [2, 3], 'int64');
  const outputs = {
    turned: transpose(x),
    part: slice(x, 1, 0, 3, 2),
    both: concat([reshape(x, [3, 2]), transpose(x)], 1),
    padded: pad(x, 0, 1, 0),
  };
  for (const t of Object.values(outputs)) assert.equal(t.dtype, 'int64');
  const r = await evaluate(engine(), outputs);
  assert.deepEqual([...r.turned].map(Number), [1, 4, 2, 5, 3, 6]);
  assert.deepEqual([...r.part].map(Number), [1, 3, 4, 6]);
  assert.deepEqual([...r.both].map(Number), [1, 2, 1, 4, 3, 4, 2, 5, 5, 6, 3, 6]);
  assert.deepEqual([...r.padded].map(Number), [0, 0, 0, 1, 2, 3, 4, 5, 6]);
});

test('shapes and axes that do not fit are refused, and quoted', () => {
  const [x, y] = [input('x', [2, 3]), input('y', [3, 3, 1])];
  const quoted = (message: RegExp) => ({ name: 'ShapeError', message });
  assert.equal(size(x.shape), 6);
  assert.throws(() => reshape(x, [4]), quoted(/\[2,3\] does not fit \[4\]/));
  assert.throws(() => reshape(x, [4, -1]), quoted(/\[2,3\] does not fit \[4,-1\]/));
  assert.throws(() => reshape(x, [-1, -1]), quoted(/\[-1,-1\]/));
  assert.throws(() => transpose(x, [0, 0]), quoted(/\[0,0\].*\[2,3\]/));
  assert.throws(() => transpose(x, [0]), quoted(/\[0\].*\[2,3\]/));
  assert.throws(() => slice(x, 2, 0, 1), quoted(/axis 2 .*\[2,3\]/));
  assert.throws(() => slice(x, 1, 1, 4), quoted(/1:4:1 of axis 1 of \[2,3\]/));
  assert.throws(() => slice(x, 1, 2, 2), quoted(/2:2:1/));
  assert.throws(() => slice(x, 1, 0, 2, 0), quoted(/0:2:0/));
  assert.throws(() => pad(x, 0, -1, 0), quoted(/-1 before and 0 after .*\[2,3\]/));
  assert.throws(() => concat([x, y]), quoted(/\[2,3\] and \[3,3,1\]/));
  assert.throws(() => concat([x, input('z', [2, 4])]), quoted(/\[2,3\] and \[2,4\] along axis 0/));
  assert.throws(() => concat([]), quoted(/no tensors/));
});
