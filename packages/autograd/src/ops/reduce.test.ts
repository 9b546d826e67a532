import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { gradients } from '../gradient.js';
import { input, type Shape, type Tensor } from '../graph.js';
import type { NamedTensor } from '../safetensors.js';
import { assertClose, evaluate, useEngine } from '../testing/engine.js';
import { checkGradient } from '../testing/gradient-check.js';
import { at, build, indices, total } from '../testing/indexing.js';
import { property, seed, shape } from '../testing/property.js';
import { distinct, integers } from '../testing/random-values.js';
import * as ops from './reduce.js';

const engine = useEngine();

const drawn = shape(0, 4).chain((of) =>
  fc.record({
    of: fc.constant(of),
    axes: fc.option(fc.subarray(of.map((_, i) => i)), { nil: undefined }),
    negative: fc.boolean(),
    keepDims: fc.boolean(),
    seed,
  }),
);

/** What `reduce` makes of the elements that fall together. */
function reduced(
  x: NamedTensor,
  axes: readonly number[],
  keepDims: boolean,
  reduce: (list: number[]) => number,
): { shape: Shape; data: number[] } {
  const kept = x.shape.map((n, i) => (axes.includes(i) ? 1 : n));
  const within = x.shape.map((n, i) => (axes.includes(i) ? n : 1));
  return {
    shape: keepDims ? kept : x.shape.filter((_, i) => !axes.includes(i)),
    data: build(kept, (index) =>
      reduce(
        indices(within).map((inner) =>
          at(
            x,
            inner.map((v, i) => v + index[i]),
          ),
        ),
      ),
    ),
  };
}

type Reduce = typeof ops.sum;
const REDUCTIONS: Record<string, [Reduce, (list: number[]) => number]> = {
  sum: [ops.sum, total],
  mean: [ops.mean, (list) => total(list) / list.length],
  max: [ops.max, (list) => Math.max(...list)],
  min: [ops.min, (list) => Math.min(...list)],
  logSumExp: [ops.logSumExp, (list) => Math.log(total(list.map(Math.exp)))],
};

for (const [name, [op, reduce]] of Object.entries(REDUCTIONS)) {
  test(`${name}: value and gradient over any axes`, () =>
    property(25, drawn, async ({ of, axes, negative, keepDims, seed }) => {
      // Not centred at zero, where a sum would cancel.
      const x = { shape: of, data: distinct(seed, of, 0.06).data.map((v) => v + 0.7) };
      const given = negative ? axes?.map((a) => a - of.length) : axes;
      const truth = reduced(x, axes ?? of.map((_, i) => i), keepDims, reduce);
      const f = (t: Tensor): Tensor => {
        const y = op(t, given, { keepDims });
        assert.deepEqual(y.shape, truth.shape);
        return y;
      };
      await checkGradient(engine(), f, [x], { expected: truth.data });
    }));
}

test('max and min: elements that tie share the gradient, and it adds up to one', () =>
  property(8, seed, async (seed) => {
    const x = integers(seed, [3, 5], 0, 1);
    const t = input('x', x.shape);
    for (const [op, best] of [
      [ops.max, Math.max],
      [ops.min, Math.min],
    ] as const) {
      const [g] = gradients(ops.sum(op(t, [1])), [t]);
      const result = await evaluate(engine(), { g }, { x: x.data });
      const expected = build(x.shape, ([i, j]) => {
        const row = [0, 1, 2, 3, 4].map((k) => at(x, [i, k]));
        const hit = best(...row);
        return at(x, [i, j]) === hit ? 1 / row.filter((v) => v === hit).length : 0;
      });
      assertClose(result.g, expected);
    }
  }));

test('logSumExp: large values neither overflow nor vanish', async () => {
  const t = input('x', [2, 2]);
  const y = ops.logSumExp(t, [1]);
  const [g] = gradients(ops.sum(y), [t]);
  const r = await evaluate(engine(), { y, g }, { x: Float32Array.of(1000, 1000, -1000, -1002) });
  assertClose(r.y, [1000 + Math.log(2), -1000 + Math.log1p(Math.exp(-2))], 1e-6);
  const far = 1 / (1 + Math.exp(2));
  assertClose(r.g, [0.5, 0.5, 1 - far, far]);
});

test('argMax: the first of equals', async () => {
  const t = input('x', [2, 3]);
  const outputs = { rows: ops.argMax(t), columns: ops.argMax(t, 0) };
  const r = await evaluate(engine(), outputs, { x: Float32Array.of(1, 5, 5, 2, -1, 7) });
  assert.deepEqual([...r.rows], [1n, 2n]);
  assert.deepEqual([...r.columns], [1n, 0n, 1n]);
});

test('an axis out of range is refused, and the shape quoted', () => {
  const x = input('x', [2, 3]);
  for (const [name, [op]] of Object.entries(REDUCTIONS)) {
    const quoted = { name: 'ShapeError', message: new RegExp(`${name}.*axis 2 .*\\[2,3\\]`) };
    assert.throws(() => op(x, [2]), quoted);
    assert.throws(() => op(x, [-3]), /axis -3/);
  }
});
