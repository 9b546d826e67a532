// Convolutions in blocks of channels against the plain lowering, whose own tests compare it with
// written-out sums and finite differences: value and both gradients, on shapes that take each branch.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type Engine, openEngine } from '../engine.js';
import { gradients } from '../gradient.js';
import { input, type Shape } from '../graph.js';
import { compile, formOf } from '../program.js';
import { assertClose, evaluate } from '../testing/engine.js';
import { modelParts } from '../testing/onnx-model.js';
import { values } from '../testing/random-values.js';
import { type ConvOptions, conv2d } from './conv.js';
import { add, mul, relu } from './elementwise.js';
import { batchNorm } from './norm.js';
import { sum } from './reduce.js';
import { upsampleNearest } from './resize.js';
import { concat } from './slice.js';

let blocked: Engine;
let plain: Engine;
before(async () => {
  blocked = await openEngine({ threads: 1 });
  plain = await openEngine({ threads: 1, blocks: false });
});
after(() => Promise.all([blocked.close(), plain.close()]));

const CASES: readonly (readonly [what: string, x: Shape, weight: Shape, options: ConvOptions])[] = [
  ['wide maps', [16, 16, 6, 12], [16, 16, 3, 3], { padding: 1 }],
  ['narrow maps, side by side', [32, 32, 2, 2], [32, 32, 3, 3], { padding: 1 }],
  ['fewer images than a block', [8, 32, 14, 14], [16, 32, 3, 3], { padding: 1 }],
  ['images in groups', [32, 32, 14, 14], [32, 32, 3, 3], { padding: 1 }],
  ['a first layer', [8, 3, 20, 20], [16, 3, 7, 7], { stride: 2, padding: 3 }],
  ['stride 2', [32, 32, 4, 4], [48, 32, 3, 3], { stride: 2, padding: 1 }],
  ['stride 2, odd maps', [32, 32, 7, 7], [16, 32, 3, 3], { stride: 2, padding: 1 }],
  ['stride 2, even kernel', [16, 16, 9, 9], [16, 16, 4, 4], { stride: 2, padding: 1 }],
  ['stride as long as the kernel', [16, 16, 9, 9], [16, 16, 2, 2], { stride: 2 }],
  ['stride 3', [16, 16, 9, 10], [16, 16, 4, 4], { stride: 3, padding: 1 }],
  ['a stride along one axis', [16, 16, 9, 9], [16, 16, 3, 2], { stride: [2, 1], padding: [1, 0] }],
  ['one pixel', [16, 32, 8, 8], [32, 32, 1, 1], {}],
  ['one pixel, stride 2', [8, 16, 7, 7], [32, 16, 1, 1], { stride: 2 }],
  ['one pixel, padded', [16, 16, 5, 5], [16, 16, 1, 1], { padding: 1 }],
  ['dilation', [16, 16, 12, 12], [16, 16, 3, 3], { padding: 2, dilation: 2 }],
  ['each channel by itself', [16, 3, 9, 10], [3, 1, 5, 5], { padding: 2, groups: 3 }],
  ['each channel, stride', [16, 2, 9, 10], [2, 1, 3, 2], { stride: [2, 1], groups: 2 }],
  ['each channel, dilation', [4, 4, 9, 10], [4, 1, 3, 3], { dilation: 2, padding: 1, groups: 4 }],
  ['images that fill no block', [37, 16, 6, 6], [16, 16, 3, 3], { padding: 1 }],
];

for (const [what, shape, kernel, options] of CASES) {
  test(`in blocks as plain: ${what}`, async () => {
    const [x, w] = [input('x', shape), input('w', kernel)];
    const y = conv2d(x, w, undefined, options);
    const [dx, dw] = gradients(sum(mul(y, input('dy', y.shape))), [x, w]);
    const feeds = {
      x: values(1, shape).data,
      w: values(2, kernel).data,
      dy: values(3, y.shape).data,
    };
    const outputs = { y, dx, dw };
    const [own, truth] = [
      await evaluate(blocked, outputs, feeds),
      await evaluate(plain, outputs, feeds),
    ];
    for (const name of ['y', 'dx', 'dw']) assertClose(own[name], truth[name], 1e-4, name);
  });
}

test('in blocks as plain: enlarged, put together, convolved, as in a U-Net', async () => {
  const [x, skip, w, v] = [
    input('x', [3, 32, 4, 5]),
    input('skip', [3, 16, 8, 10]),
    input('w', [32, 32, 3, 3]),
    input('v', [16, 48, 3, 3]),
  ];
  const deep = upsampleNearest(conv2d(x, w, undefined, { padding: 1 }), 2);
  const y = conv2d(concat([deep, skip], 1), v, undefined, { padding: 1 });
  const [dx, dSkip, dw] = gradients(sum(mul(y, input('dy', y.shape))), [x, skip, w]);
  const outputs = { y, dx, dSkip, dw };
  const feeds = {
    x: values(1, x.shape).data,
    skip: values(2, skip.shape).data,
    w: values(3, w.shape).data,
    v: values(4, v.shape).data,
    dy: values(5, y.shape).data,
  };
  const { ops } = modelParts(formOf(compile({ outputs }), 16).model);
  assert.equal(ops.filter((op) => op === 'Resize' || op === 'Split').length, 0);
  const [own, truth] = [
    await evaluate(blocked, outputs, feeds),
    await evaluate(plain, outputs, feeds),
  ];
  for (const name of Object.keys(outputs)) assertClose(own[name], truth[name], 1e-4, name);
});

for (const [what, side, kernels] of [
  ['3 x 3 and 1 x 1', 8, [3, 1]],
  ['1 x 1 and 3 x 3, on narrow maps', 4, [1, 3]],
  ['three of them', 7, [3, 1, 3]],
] as const) {
  test(`in blocks as plain: several convolutions halve one image, ${what}`, async () => {
    const x = input('x', [16, 16, side, side]);
    const weights = kernels.map((k, i) => input(`w${i}`, [32, 16, k, k]));
    const made = weights.map((w) =>
      conv2d(x, w, undefined, { stride: 2, padding: (w.shape[2] - 1) / 2 }),
    );
    const dys = made.map((y, i) => input(`dy${i}`, y.shape));
    const total = made.map((y, i) => sum(mul(y, dys[i]))).reduce((a, b) => add(a, b));
    const [dx, ...rest] = gradients(total, [x, ...weights]);
    const outputs = { dx, ...Object.fromEntries(rest.map((dw, i) => [`dw${i}`, dw])) };
    const leaves = [x, ...weights, ...dys];
    const feeds = Object.fromEntries(leaves.map((t, i) => [t.name, values(i, t.shape).data]));
    const [own, truth] = [
      await evaluate(blocked, outputs, feeds),
      await evaluate(plain, outputs, feeds),
    ];
    for (const name of Object.keys(outputs)) assertClose(own[name], truth[name], 1e-4, name);
    // Each phase takes over what came before it: the rest of a sum costs no pass of its own.
    const { ops } = modelParts(formOf(compile({ outputs: { dx } }), 16).model);
    if (side % 2 === 0) assert(!ops.includes('Pad'), `${new Set(ops)}`);
  });
}

test('in blocks as plain: a convolution with batch norm and ReLU', async () => {
  const shape = [16, 16, 6, 6];
  const [x, w, scale, shift] = [
    input('x', shape),
    input('w', [32, 16, 3, 3]),
    input('scale', [32]),
    input('shift', [32]),
  ];
  const y = relu(batchNorm(conv2d(x, w, undefined, { padding: 1 }), scale, shift).y);
  const weighted = sum(mul(y, input('dy', y.shape)));
  const [dx, dw, dScale, dShift] = gradients(weighted, [x, w, scale, shift]);
  const outputs = { y, dx, dw, dScale, dShift };
  const feeds = {
    x: values(1, shape).data,
    w: values(2, w.shape).data,
    scale: values(3, [32], 0.5, 2).data,
    shift: values(4, [32]).data,
    dy: values(5, y.shape).data,
  };
  const [own, truth] = [
    await evaluate(blocked, outputs, feeds),
    await evaluate(plain, outputs, feeds),
  ];
  for (const name of Object.keys(outputs)) assertClose(own[name], truth[name], 1e-3, name);
  // Not the plain form twice.
  const { ops } = modelParts(formOf(compile({ outputs }), 16).model);
  assert(ops.includes('ReorderInput') && ops.includes('ReorderOutput'), `${new Set(ops)}`);
});
