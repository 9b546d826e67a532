import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { gradients } from '../gradient.js';
import { input, type Tensor } from '../graph.js';
import type { NamedTensor } from '../safetensors.js';
import { evaluate, useEngine } from '../testing/engine.js';
import { checkGradient } from '../testing/gradient-check.js';
import { at, build, indices, pixel, total } from '../testing/indexing.js';
import { property, seed } from '../testing/property.js';
import { distinct, values } from '../testing/random-values.js';
import { avgPool2d, globalAvgPool2d, maxPool2d, type PoolOptions } from './pool.js';
import { sum } from './reduce.js';

const engine = useEngine();

const drawn = fc
  .record({
    n: fc.integer({ min: 1, max: 2 }),
    channels: fc.integer({ min: 1, max: 3 }),
    kernel: fc.integer({ min: 1, max: 4 }),
    stride: fc.option(fc.integer({ min: 1, max: 5 }), { nil: undefined }),
    padding: fc.nat(2),
    extra: fc.tuple(fc.nat(6), fc.nat(6)),
    seed,
  })
  .map(({ n, channels, kernel, stride, padding: most, extra, seed }) => {
    const padding = Math.min(most, Math.floor(kernel / 2));
    const shape = [n, channels, ...extra.map((e) => Math.max(1, kernel - 2 * padding) + e)];
    return { shape, options: { kernel, stride, padding }, seed };
  });

/** What `pool` makes of each window, in which pixels beyond the border are undefined. */
function windows(
  x: NamedTensor,
  { kernel, stride = kernel, padding = 0 }: PoolOptions,
  pool: (window: (number | undefined)[]) => number,
): number[] {
  const [n, c, h, w] = x.shape;
  const [ho, wo] = [h, w].map((s) => Math.floor((s + 2 * padding - kernel) / stride) + 1);
  return build([n, c, ho, wo], ([image, channel, i, j]) =>
    pool(
      indices([kernel, kernel]).map(([u, v]) => {
        const value = pixel(
          x,
          [image, channel, i * stride - padding + u, j * stride - padding + v],
          Number.NaN,
        );
        return Number.isNaN(value) ? undefined : value;
      }),
    ),
  );
}

test('maxPool2d: value and gradient, any stride, padding and rest', () =>
  property(50, drawn, async ({ shape, options, seed }) => {
    const drawn = distinct(seed, shape);
    // All below zero: padding must not win.
    const x = { shape, data: drawn.data.map((v) => v - 20) };
    await checkGradient(engine(), (t) => maxPool2d(t, options), [x], {
      expected: windows(x, options, (w) =>
        Math.max(...w.map((v) => v ?? Number.NEGATIVE_INFINITY)),
      ),
    });
  }));

test('maxPool2d: of equal values one takes the gradient', async () => {
  const x = input('x', [1, 1, 2, 4]);
  const [g] = gradients(sum(maxPool2d(x, { kernel: 2 })), [x]);
  const result = await evaluate(engine(), { g }, { x: new Float32Array(8).fill(3) });
  for (const columns of [
    [0, 1],
    [2, 3],
  ]) {
    const window = columns.flatMap((j) => [result.g[j], result.g[4 + j]]).map(Number);
    assert.deepEqual(window.sort(), [0, 0, 0, 1]);
  }
});

test('avgPool2d: value and gradient, padding counted as zeros', () =>
  property(50, drawn, async ({ shape, options, seed }) => {
    const x = values(seed, shape);
    await checkGradient(engine(), (t) => avgPool2d(t, options), [x], {
      step: 0.1,
      expected: windows(x, options, (w) => total(w.map((v) => v ?? 0)) / w.length),
    });
  }));

test('pooling on large maps: value and gradient', () =>
  property(
    6,
    fc.record({ kernel: fc.constantFrom(2, 3), stride: fc.constantFrom(1, 2), seed }),
    async ({ kernel, stride, seed }) => {
      const options = { kernel, stride, padding: kernel === 3 ? 1 : 0 };
      const x = distinct(seed, [2, 3, 17, 18]);
      await checkGradient(engine(), (t) => maxPool2d(t, options), [x], {
        expected: windows(x, options, (w) =>
          Math.max(...w.map((v) => v ?? Number.NEGATIVE_INFINITY)),
        ),
      });
      await checkGradient(engine(), (t) => avgPool2d(t, options), [x], {
        expected: windows(x, options, (w) => total(w.map((v) => v ?? 0)) / w.length),
      });
    },
  ));

test('avgPool2d: the gradient of a gradient', async () => {
  const twice = (x: Tensor): Tensor => {
    const y = avgPool2d(x, { kernel: 3, stride: 2, padding: 1 });
    return gradients(sum(avgPool2d(y, { kernel: 2 })), [y])[0];
  };
  // Linear: its gradient does not depend on x, nor is it zero.
  const x = values(1, [1, 2, 6, 7]);
  const r = await evaluate(engine(), { g: twice(input('x', x.shape)) }, { x: x.data });
  assert.deepEqual(
    [...r.g],
    build([1, 2, 3, 4], ([, , i]) => (i < 2 ? 0.25 : 0)),
  );
});

test('globalAvgPool2d: value and gradient', async () => {
  const x = values(2, [2, 3, 4, 5]);
  await checkGradient(engine(), globalAvgPool2d, [x], {
    expected: build(
      [2, 3],
      ([n, c]) => total(indices([4, 5]).map((p) => at(x, [n, c, ...p]))) / 20,
    ),
  });
});

test('pools whose window does not fit are refused, and quoted', () => {
  const x = input('x', [2, 3, 4, 4]);
  for (const pool of [maxPool2d, avgPool2d]) {
    const quoted = (part: RegExp) => ({ name: 'ShapeError', message: part });
    assert.throws(() => pool(x, { kernel: 5 }), quoted(/\[2,3,4,4\], kernel 5/));
    assert.throws(() => pool(x, { kernel: 2, padding: 2 }), quoted(/padding 2/));
    assert.throws(() => pool(x, { kernel: 2, stride: 0 }), quoted(/stride 0/));
    assert.throws(() => pool(input('x', [3, 4, 4]), { kernel: 2 }), quoted(/\[3,4,4\]/));
  }
  assert.throws(() => globalAvgPool2d(input('x', [3, 4])), /\[3,4\]/);
});
