import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { gradients } from '../gradient.js';
import { constant, input, type Tensor } from '../graph.js';
import type { NamedTensor } from '../safetensors.js';
import { assertClose, evaluate, useEngine } from '../testing/engine.js';
import { checkGradient } from '../testing/gradient-check.js';
import { at, build, indices, pixel, total } from '../testing/indexing.js';
import { property, seed } from '../testing/property.js';
import { values } from '../testing/random-values.js';
import { type ConvOptions, conv2d, convTranspose2d } from './conv.js';
import { mul, tanh } from './elementwise.js';
import { sum } from './reduce.js';

const engine = useEngine();

type Pair = [number, number];
interface Drawn {
  n: number;
  perGroup: Pair;
  groups: number;
  kernel: Pair;
  stride: Pair;
  padding: Pair;
  dilation: Pair;
  extra: Pair;
  bias: boolean;
  seed: number;
}

const pairOf = (min: number, max: number) =>
  fc.tuple(fc.integer({ min, max }), fc.integer({ min, max })) as fc.Arbitrary<Pair>;

/** `extra`: rows and columns beyond the smallest image that the kernel fits, in [0, `most`]. */
const drawn = (most: number): fc.Arbitrary<Drawn> =>
  fc.record({
    n: fc.integer({ min: 1, max: 3 }),
    perGroup: pairOf(1, 3),
    groups: fc.integer({ min: 1, max: 3 }),
    kernel: pairOf(1, 4),
    stride: pairOf(1, 3),
    padding: pairOf(0, 3),
    dilation: pairOf(1, 3),
    extra: pairOf(0, most),
    bias: fc.boolean(),
    seed,
  });

/** A convolution written out: each output is a sum over its window. */
function correlate(
  x: NamedTensor,
  w: NamedTensor,
  b: NamedTensor | undefined,
  d: Pick<Drawn, 'groups' | 'stride' | 'padding' | 'dilation'>,
): number[] {
  const [n, , h, width] = x.shape;
  const [out, perGroup, kh, kw] = w.shape;
  const [ho, wo] = [h, width].map(
    (s, i) =>
      Math.floor((s + 2 * d.padding[i] - d.dilation[i] * ([kh, kw][i] - 1) - 1) / d.stride[i]) + 1,
  );
  return build([n, out, ho, wo], ([image, o, i, j]) => {
    const first = Math.floor(o / (out / d.groups)) * perGroup;
    return (
      (b ? b.data[o] : 0) +
      total(
        indices([perGroup, kh, kw]).map(([c, u, v]) => {
          const row = i * d.stride[0] - d.padding[0] + u * d.dilation[0];
          const column = j * d.stride[1] - d.padding[1] + v * d.dilation[1];
          return at(w, [o, c, u, v]) * pixel(x, [image, first + c, row, column]);
        }),
      )
    );
  });
}

function convCase(d: Drawn): [NamedTensor[], ConvOptions] {
  const [perGroup, outPerGroup] = d.perGroup;
  const image = d.extra.map((e, i) =>
    Math.max(1, d.dilation[i] * (d.kernel[i] - 1) + 1 - 2 * d.padding[i] + e),
  );
  const x = values(d.seed, [d.n, perGroup * d.groups, ...image]);
  const w = values(d.seed + 1, [outPerGroup * d.groups, perGroup, ...d.kernel]);
  const b = values(d.seed + 2, [outPerGroup * d.groups]);
  const { stride, padding, dilation, groups } = d;
  return [d.bias ? [x, w, b] : [x, w], { stride, padding, dilation, groups }];
}

const convCheck = (d: Drawn, samples: number) => {
  const [inputs, options] = convCase(d);
  return checkGradient(engine(), (x, w, b) => conv2d(x, w, b, options), inputs, {
    expected: correlate(inputs[0], inputs[1], inputs[2], d),
    step: 0.1,
    samples,
  });
};

test('conv2d: value and gradients at any stride, padding, dilation and groups', () =>
  property(60, drawn(5), (d) => convCheck(d, 24)));

test('conv2d: a constant weight, on images small enough to be seen whole', () =>
  property(
    60,
    fc.record({
      n: fc.integer({ min: 1, max: 3 }),
      channels: pairOf(1, 3),
      image: pairOf(1, 3),
      kernel: pairOf(1, 4),
      stride: pairOf(1, 2),
      padding: pairOf(0, 2),
      dilation: pairOf(1, 2),
      seed,
    }),
    async ({ n, channels: [perGroup, out], image, kernel, seed, ...spatial }) => {
      const reach = kernel.map((k, i) => spatial.dilation[i] * (k - 1) + 1);
      fc.pre(reach.every((r, i) => r <= image[i] + 2 * spatial.padding[i]));
      const x = values(seed, [n, perGroup, ...image]);
      const w = values(seed + 1, [out, perGroup, ...kernel]);
      const y = conv2d(input('x', x.shape), constant(w.data, w.shape), undefined, spatial);
      const result = await evaluate(engine(), { y }, { x: x.data });
      assertClose(result.y, correlate(x, w, undefined, { groups: 1, ...spatial }));
    },
  ));

test('conv2d: the common forms, on maps large enough for the lowering that they choose', () =>
  property(
    25,
    fc.record({
      kernel: fc.constantFrom<[Pair, Pair]>(
        [
          [1, 1],
          [0, 0],
        ],
        [
          [3, 3],
          [1, 1],
        ],
        [
          [5, 5],
          [2, 2],
        ],
        [
          [3, 3],
          [0, 0],
        ],
        [
          [7, 3],
          [3, 1],
        ],
        [
          [2, 2],
          [1, 0],
        ],
      ),
      stride: fc.constantFrom<Pair>([1, 1], [1, 1], [2, 2]),
      dilation: fc.constantFrom<Pair>([1, 1], [1, 1], [2, 2]),
      groups: fc.constantFrom(1, 1, 2),
      extra: pairOf(14, 18),
      seed,
    }),
    ({ kernel: [kernel, padding], ...rest }) =>
      convCheck({ n: 2, perGroup: [2, 3], kernel, padding, bias: false, ...rest }, 12),
  ));

test('conv2d: strides whose outputs, too, are large maps', () =>
  property(
    6,
    fc.record({
      stride: fc.constantFrom<Pair>([2, 2], [1, 2], [2, 1]),
      extra: pairOf(30, 34),
      seed,
    }),
    (drawn) =>
      convCheck(
        {
          ...{ n: 1, perGroup: [2, 2], groups: 1, bias: false },
          ...{ kernel: [3, 3], padding: [1, 1], dilation: [1, 1] },
          ...drawn,
        },
        8,
      ),
  ));

/** A transposed convolution written out: each input pixel spreads over its window. */
function spreadOut(
  x: NamedTensor,
  w: NamedTensor,
  b: NamedTensor | undefined,
  d: Drawn,
  outputPadding: Pair,
): number[] {
  const [n, channels, h, width] = x.shape;
  const [, perGroup, kh, kw] = w.shape;
  const [ho, wo] = [h, width].map(
    (s, i) =>
      (s - 1) * d.stride[i] -
      2 * d.padding[i] +
      d.dilation[i] * ([kh, kw][i] - 1) +
      outputPadding[i] +
      1,
  );
  const inGroup = channels / d.groups;
  return build([n, perGroup * d.groups, ho, wo], ([image, o, i, j]) => {
    const group = Math.floor(o / perGroup);
    const parts = indices([inGroup, kh, kw]).map(([k, u, v]) => {
      const row = i + d.padding[0] - u * d.dilation[0];
      const column = j + d.padding[1] - v * d.dilation[1];
      if (row % d.stride[0] !== 0 || column % d.stride[1] !== 0) return 0;
      const c = group * inGroup + k;
      const place = [image, c, row / d.stride[0], column / d.stride[1]];
      return at(w, [c, o % perGroup, u, v]) * pixel(x, place);
    });
    return (b ? b.data[o] : 0) + total(parts);
  });
}

const transposedCheck = (d: Drawn, [h, width]: Pair, samples: number) => {
  const [perGroup, outPerGroup] = d.perGroup;
  // No more padding than leaves an image, no more output padding than the stride tells apart.
  const padding = d.padding.map((p, i) =>
    Math.min(
      p,
      Math.floor((([h, width][i] - 1) * d.stride[i] + d.dilation[i] * (d.kernel[i] - 1)) / 2),
    ),
  ) as Pair;
  const outputPadding = d.extra.map((e, i) => e % d.stride[i]) as Pair;
  const x = values(d.seed, [d.n, perGroup * d.groups, h, width]);
  const w = values(d.seed + 1, [perGroup * d.groups, outPerGroup, ...d.kernel]);
  const b = d.bias ? values(d.seed + 2, [outPerGroup * d.groups]) : undefined;
  const { stride, dilation, groups } = d;
  return checkGradient(
    engine(),
    (tx, tw, tb) =>
      convTranspose2d(tx, tw, tb, { stride, padding, dilation, groups, outputPadding }),
    b ? [x, w, b] : [x, w],
    { expected: spreadOut(x, w, b, { ...d, padding }, outputPadding), step: 0.1, samples },
  );
};

test('convTranspose2d: value and gradients, output padding and groups included', () =>
  property(60, fc.record({ d: drawn(5), image: pairOf(1, 4) }), ({ d, image }) =>
    transposedCheck(d, image, 24),
  ));

test('convTranspose2d: value and gradients on large maps', () =>
  property(
    8,
    fc.record({ d: drawn(5), kernel: pairOf(1, 3), stride: pairOf(1, 2) }),
    ({ d, ...rest }) => transposedCheck({ ...d, ...rest, n: 1, groups: 1 }, [17, 16], 12),
  ));

test('conv2d: one number stands for both axes', async () => {
  const [x, w] = [values(1, [1, 2, 7, 6]), values(2, [2, 2, 2, 2])];
  const d = { groups: 1, stride: [2, 2], padding: [1, 1], dilation: [2, 2] } as const;
  const options = { stride: 2, padding: 1, dilation: 2 };
  const y = conv2d(input('x', x.shape), input('w', w.shape), undefined, options);
  const r = await evaluate(engine(), { y }, { x: x.data, w: w.data });
  assertClose(
    r.y,
    correlate(x, w, undefined, {
      groups: d.groups,
      stride: [2, 2],
      padding: [1, 1],
      dilation: [2, 2],
    }),
  );
});

test('conv2d: the gradient of a gradient, in images and weights', async () => {
  const cases: [number[], number[], ConvOptions][] = [
    [[2, 2, 6, 5], [3, 2, 3, 2], { stride: 2, padding: 1 }],
    [[1, 4, 5, 5], [4, 2, 3, 3], { groups: 2, dilation: [1, 2], padding: [0, 1] }],
    [[1, 1, 18, 17], [2, 1, 3, 3], { padding: 1 }],
  ];
  for (const [image, kernel, options] of cases) {
    const twice =
      (of: 'x' | 'w') =>
      (x: Tensor, w: Tensor): Tensor => {
        const y = tanh(conv2d(x, w, undefined, options));
        return gradients(sum(mul(y, y)), [of === 'x' ? x : w])[0];
      };
    const inputs = [values(1, image, -0.7, 0.7), values(2, kernel, -0.7, 0.7)];
    await checkGradient(engine(), twice('x'), inputs, { samples: 12 });
    await checkGradient(engine(), twice('w'), inputs, { samples: 12 });
  }
});

test('a weight used by two convolutions takes the sum of both gradients', async () => {
  const inputs = [values(1, [1, 2, 5, 5]), values(2, [2, 2, 3, 3])];
  const twice = (x: Tensor, w: Tensor) =>
    conv2d(tanh(conv2d(x, w, undefined, { padding: 1 })), w, undefined, { stride: 2 });
  await checkGradient(engine(), twice, inputs);
});

test('convolutions whose shapes do not fit are refused, and quoted', () => {
  const x = constant(new Float32Array(2 * 3 * 5 * 5), [2, 3, 5, 5]);
  const weight = (...shape: number[]) => input('w', shape);
  const refused = (make: () => Tensor, ...quotes: string[]) =>
    assert.throws(make, (error: Error) => {
      assert.equal(error.name, 'ShapeError');
      for (const quote of ['[2,3,5,5]', ...quotes])
        assert(error.message.includes(quote), error.message);
      return true;
    });
  refused(() => conv2d(x, weight(4, 2, 3, 3)), '[4,2,3,3]');
  refused(() => conv2d(x, weight(4, 3, 6, 6)), '[4,3,6,6]');
  refused(() => conv2d(x, weight(4, 1, 3, 3), undefined, { groups: 3 }), 'groups 3');
  refused(() => conv2d(x, weight(4, 3, 3)), '[4,3,3]');
  refused(() => conv2d(x, weight(4, 3, 3, 3), undefined, { stride: 0 }), 'stride [0,0]');
  refused(() => convTranspose2d(x, weight(4, 2, 3, 3)), '[4,2,3,3]');
  refused(() => convTranspose2d(x, weight(3, 2, 3, 3), undefined, { groups: 2 }), 'groups 2');
  refused(() => convTranspose2d(x, weight(3, 2, 1, 1), undefined, { padding: 3 }), '[3,2,1,1]');
  refused(
    () => convTranspose2d(x, weight(3, 2, 3, 3), undefined, { stride: 2, outputPadding: 2 }),
    'outputPadding [2,2]',
  );
});

test('an image that two convolutions of one stride read takes the sum of both gradients', async () => {
  const inputs = [values(1, [1, 2, 5, 5]), values(2, [2, 2, 3, 3]), values(3, [2, 2, 1, 1])];
  const both = (x: Tensor, w: Tensor, v: Tensor) =>
    mul(conv2d(x, w, undefined, { stride: 2, padding: 1 }), conv2d(x, v, undefined, { stride: 2 }));
  await checkGradient(engine(), both, inputs);
  const twice = (x: Tensor, w: Tensor, v: Tensor) => gradients(sum(tanh(both(x, w, v))), [x])[0];
  await checkGradient(engine(), twice, inputs, { samples: 12 });
});
