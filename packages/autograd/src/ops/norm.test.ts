import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { gradients } from '../gradient.js';
import { input, type Tensor } from '../graph.js';
import type { NamedTensor } from '../safetensors.js';
import { assertClose, evaluate, useEngine } from '../testing/engine.js';
import { checkGradient } from '../testing/gradient-check.js';
import { at, build, indices, total } from '../testing/indexing.js';
import { property, seed } from '../testing/property.js';
import { values } from '../testing/random-values.js';
import { add, mul, square } from './elementwise.js';
import { batchNorm, batchNormInference, groupNorm } from './norm.js';
import { sum } from './reduce.js';

const engine = useEngine();

/** Images of at least six pixels a channel: of two, the normalised values hardly vary. */
const drawn = fc.record({
  n: fc.integer({ min: 1, max: 3 }),
  channels: fc.integer({ min: 1, max: 4 }),
  height: fc.integer({ min: 2, max: 4 }),
  width: fc.integer({ min: 3, max: 5 }),
  offset: fc.constantFrom(0, -3, 8),
  seed,
});

function statistics(list: readonly number[]) {
  const mean = total(list) / list.length;
  return { mean, variance: total(list.map((v) => (v - mean) ** 2)) / list.length };
}

const channel = (x: NamedTensor, c: number): number[] =>
  indices([x.shape[0], x.shape[2], x.shape[3]]).map(([n, i, j]) => at(x, [n, c, i, j]));

test('batchNorm: value and gradients by image, scale and shift', () =>
  property(25, drawn, async ({ n, channels, height, width, offset, seed }) => {
    const shape = [n, channels, height, width];
    const x = values(seed, shape, offset - 2, offset + 2);
    const [weight, bias] = [values(seed + 1, [channels], 0.5, 2), values(seed + 2, [channels])];
    await checkGradient(
      engine(),
      (...t) => batchNorm(t[0], t[1], t[2], 1e-3).y,
      [x, weight, bias],
      {
        step: 0.03,
        tolerance: 5e-3,
        expected: build(shape, (i) => {
          const { mean, variance } = statistics(channel(x, i[1]));
          const unit = (at(x, i) - mean) / Math.sqrt(variance + 1e-3);
          return unit * weight.data[i[1]] + bias.data[i[1]];
        }),
      },
    );
  }));

test('batchNorm: statistics of the batch, the variance unbiased, both with gradients', () =>
  property(6, drawn, async ({ n, channels, height, width, offset, seed }) => {
    const x = values(seed, [n, channels, height, width], offset - 2, offset + 2);
    const ones = (t: Tensor) => [input('w', [t.shape[1]]), input('b', [t.shape[1]])] as const;
    const count = n * height * width;
    const t = input('x', x.shape);
    const { batchMean, batchVariance } = batchNorm(t, ...ones(t));
    const result = await evaluate(engine(), { batchMean, batchVariance }, { x: x.data });
    const truth = build([channels], ([c]) => c).map((c) => statistics(channel(x, c)));
    assertClose(
      result.batchMean,
      truth.map((s) => s.mean),
    );
    assertClose(
      result.batchVariance,
      truth.map((s) => (s.variance * count) / (count - 1)),
      1e-4,
    );
  }));

test('batchNorm: a gradient through the statistics themselves', async () => {
  const f = (x: Tensor): Tensor => {
    const { batchMean, batchVariance } = batchNorm(x, sum(square(x), [0, 2, 3]), sum(x, [0, 2, 3]));
    return add(batchMean, square(batchVariance));
  };
  await checkGradient(engine(), f, [values(3, [2, 3, 3, 2])]);
});

test('batchNorm: the gradient of a gradient', async () => {
  const slope = (x: Tensor, w: Tensor, b: Tensor): Tensor => {
    const { y } = batchNorm(x, w, b, 0.1);
    return gradients(sum(mul(square(y), y)), [x])[0];
  };
  await checkGradient(
    engine(),
    slope,
    [values(1, [2, 2, 3, 2]), values(2, [2], 0.5, 2), values(3, [2])],
    { samples: 12 },
  );
});

test('batchNorm: a channel without variation gives the shift, and finite gradients', async () => {
  const [x, w, b] = [input('x', [2, 1, 2, 2]), input('w', [1]), input('b', [1])];
  const { y } = batchNorm(x, w, b);
  const [dx] = gradients(sum(square(y)), [x]);
  const feeds = { x: new Float32Array(8).fill(3), w: 2, b: 0.5 };
  const r = await evaluate(engine(), { y, dx }, feeds);
  assertClose(r.y, Array(8).fill(0.5));
  assertClose(r.dx, Array(8).fill(0), 1e-3);
});

test('batchNormInference: value and gradients by image, scale, shift and both statistics', () =>
  property(15, drawn, async ({ n, channels, height, width, offset, seed }) => {
    const shape = [n, channels, height, width];
    const x = values(seed, shape, offset - 2, offset + 2);
    const [w, b, mean] = [1, 2, 3].map((k) => values(seed + k, [channels], offset - 1, offset + 1));
    const variance = values(seed + 4, [channels], 0.5, 3);
    await checkGradient(
      engine(),
      (...t) => batchNormInference(t[0], t[1], t[2], t[3], t[4], 1e-3),
      [x, w, b, mean, variance],
      {
        expected: build(shape, (i) => {
          const c = i[1];
          const unit = (at(x, i) - mean.data[c]) / Math.sqrt(variance.data[c] + 1e-3);
          return unit * w.data[c] + b.data[c];
        }),
      },
    );
  }));

test('groupNorm: value and gradients, one group to a group a channel', () =>
  property(
    20,
    fc.record({
      groups: fc.integer({ min: 1, max: 3 }),
      perGroup: fc.integer({ min: 1, max: 2 }),
      drawn,
    }),
    async ({ groups, perGroup, drawn: { n, height, width, offset, seed } }) => {
      const shape = [n, groups * perGroup, height, width];
      const x = values(seed, shape, offset - 2, offset + 2);
      const w = values(seed + 1, [shape[1]], 0.5, 2);
      const b = values(seed + 2, [shape[1]]);
      await checkGradient(
        engine(),
        (...t) => groupNorm(t[0], groups, t[1], t[2], 1e-2),
        [x, w, b],
        {
          step: 0.03,
          tolerance: 5e-3,
          expected: build(shape, (i) => {
            const first = Math.floor(i[1] / perGroup) * perGroup;
            const group = indices([perGroup, height, width]).map(([c, u, v]) =>
              at(x, [i[0], first + c, u, v]),
            );
            const { mean, variance } = statistics(group);
            return ((at(x, i) - mean) / Math.sqrt(variance + 1e-2)) * w.data[i[1]] + b.data[i[1]];
          }),
        },
      );
    },
  ));

test('norms whose shapes do not fit are refused, and quoted', () => {
  const [x, two, three] = [input('x', [2, 3, 4, 4]), input('w', [2]), input('b', [3])];
  const quoted = (message: RegExp) => ({ name: 'ShapeError', message });
  assert.throws(() => batchNorm(x, two, three), quoted(/\[2,3,4,4\].*\[2\]/));
  assert.throws(
    () => batchNormInference(x, three, three, three, two),
    quoted(/\[2,3,4,4\].*\[2\]/),
  );
  assert.throws(
    () => groupNorm(x, 2, three, three),
    quoted(/3 channels of \[2,3,4,4\] in 2 groups/),
  );
  assert.throws(() => groupNorm(input('x', [2, 3]), 1, three, three), quoted(/\[2,3\]/));
});
