import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { constant, input } from '../graph.js';
import type { NamedTensor } from '../safetensors.js';
import { assertClose, evaluate, useEngine } from '../testing/engine.js';
import { checkGradient } from '../testing/gradient-check.js';
import { at, build, pixel } from '../testing/indexing.js';
import { property, seed } from '../testing/property.js';
import { uniform, values } from '../testing/random-values.js';
import { affineGrid, type GridPadding, gridSample, gridSampleNearest } from './grid-sample.js';

const engine = useEngine();

/** Places given in pixels, at least 0.1 from a pixel's centre, where the slope jumps. */
function places(s: number, [n, ho, wo]: number[], [h, w]: number[], far: number): NamedTensor {
  const next = uniform(s);
  const along = (length: number) => {
    const whole = Math.floor(next() * (length + 2 * far)) - far;
    return (2 * (whole + 0.1 + 0.8 * next()) + 1) / length - 1;
  };
  return {
    shape: [n, ho, wo, 2],
    data: Float32Array.from({ length: n * ho * wo * 2 }, (_, i) => along(i % 2 ? h : w)),
  };
}

/** Bilinear sampling written out: the four neighbours by their distance. */
function sampled(x: NamedTensor, grid: NamedTensor, padding: GridPadding): number[] {
  const [n, c, h, w] = x.shape;
  const [, ho, wo] = grid.shape;
  return build([n, c, ho, wo], ([image, channel, i, j]) => {
    let column = ((at(grid, [image, i, j, 0]) + 1) * w - 1) / 2;
    let row = ((at(grid, [image, i, j, 1]) + 1) * h - 1) / 2;
    if (padding === 'border') {
      column = Math.min(w - 1, Math.max(0, column));
      row = Math.min(h - 1, Math.max(0, row));
    }
    let value = 0;
    for (const u of [Math.floor(row), Math.floor(row) + 1]) {
      for (const v of [Math.floor(column), Math.floor(column) + 1]) {
        value +=
          (1 - Math.abs(row - u)) * (1 - Math.abs(column - v)) * pixel(x, [image, channel, u, v]);
      }
    }
    return value;
  });
}

const drawn = fc.record({
  n: fc.integer({ min: 1, max: 2 }),
  c: fc.integer({ min: 1, max: 3 }),
  image: fc.tuple(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 5 })),
  out: fc.tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 3 })),
  far: fc.nat(3),
  seed,
});

for (const padding of ['zeros', 'border'] as const) {
  test(`gridSample, ${padding} outside: value, and gradients by image and by place`, () =>
    property(30, drawn, async ({ n, c, image, out, far, seed }) => {
      const x = values(seed, [n, c, ...image]);
      const grid = places(seed + 1, [n, ...out], image, far);
      await checkGradient(engine(), (t, g) => gridSample(t, g, padding), [x, grid], {
        step: 8e-3,
        expected: sampled(x, grid, padding),
      });
    }));
}

test('gridSample: places far outside give black or the border, never NaN', async () => {
  const x = values(1, [1, 1, 3, 3]);
  const grid = constant([-1e4, -1e4, 1e4, 1e4], [1, 1, 2, 2]);
  const t = constant(x.data, x.shape);
  const outputs = { zeros: gridSample(t, grid), border: gridSample(t, grid, 'border') };
  const r = await evaluate(engine(), outputs);
  assert.deepEqual([...r.zeros], [0, 0]);
  assert.deepEqual([...r.border], [x.data[0], x.data[8]]);
});

test('gridSampleNearest takes the pixel that a place lies in, and 0 outside', () =>
  property(20, drawn, async ({ n, c, image, out, far, seed }) => {
    const x = values(seed, [n, c, ...image]);
    const grid = places(seed + 1, [n, ...out], image, far);
    const y = gridSampleNearest(constant(x.data, x.shape), constant(grid.data, grid.shape));
    const r = await evaluate(engine(), { y });
    const [h, w] = image;
    const truth = build([n, c, ...out], ([k, channel, i, j]) => {
      const [u, v] = [0, 1].map((axis) => at(grid, [k, i, j, axis]));
      const place = [Math.floor(((v + 1) * h) / 2), Math.floor(((u + 1) * w) / 2)];
      return pixel(x, [k, channel, ...place]);
    });
    assertClose(r.y, truth, 1e-6);
  }));

test('affineGrid: value and gradient', () =>
  property(
    12,
    fc.record({
      n: fc.integer({ min: 1, max: 3 }),
      h: fc.integer({ min: 1, max: 4 }),
      w: fc.integer({ min: 1, max: 4 }),
      seed,
    }),
    async ({ n, h, w, seed }) => {
      const theta = values(seed, [n, 2, 3]);
      await checkGradient(engine(), (t) => affineGrid(t, h, w), [theta], {
        step: 0.1,
        expected: build([n, h, w, 2], ([k, i, j, axis]) => {
          const [x, y] = [(2 * j + 1) / w - 1, (2 * i + 1) / h - 1];
          const [a, b, c] = [0, 1, 2].map((m) => at(theta, [k, axis, m]));
          return a * x + b * y + c;
        }),
      });
    },
  ));

test('the identity map gives the image, a flip its mirror image, a shift its neighbours', async () => {
  const x = values(4, [3, 2, 4, 5]);
  const theta = constant([1, 0, 0, 0, 1, 0, -1, 0, 0, 0, 1, 0, 1, 0, 2 / 5, 0, 1, 0], [3, 2, 3]);
  const y = gridSample(constant(x.data, x.shape), affineGrid(theta, 4, 5));
  const r = await evaluate(engine(), { y });
  const truth = build(x.shape, ([n, c, i, j]) => pixel(x, [n, c, i, [j, 4 - j, j + 1][n]]));
  assertClose(r.y, truth, 1e-5);
});

test('what does not fit is refused, and quoted', () => {
  const [x, grid] = [input('x', [2, 3, 4, 4]), input('g', [1, 2, 2, 2])];
  const quoted = (message: RegExp) => ({ name: 'ShapeError', message });
  assert.throws(() => gridSample(x, grid), quoted(/\[2,3,4,4\].*\[1,2,2,2\]/));
  assert.throws(() => gridSample(x, input('g', [2, 2, 2, 3])), quoted(/\[2,2,2,3\]/));
  assert.throws(() => gridSample(x, input('g', [2, 2, 2])), quoted(/\[2,2,2\]/));
  assert.throws(
    () => gridSample(input('x', [2, 3, 4]), input('g', [2, 2, 2, 2])),
    quoted(/\[2,3,4\]/),
  );
  assert.throws(() => affineGrid(input('t', [2, 3]), 4, 4), quoted(/\[2,3\]/));
});
