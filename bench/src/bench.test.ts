// The parts of the bench that reckon: which turns count, whose processor time it was, what a profile
// sums to.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { constant, conv2d, input, matmul, sum, variable } from '@semise/autograd';
import { calmest } from './alternate.js';
import { pickCases } from './cases.js';
import { forwardFlops, trainFlops, weightCount } from './graph.js';
import { processorName } from './machine.js';
import { machineSeconds, othersShare, processSeconds } from './processor.js';
import { summarize } from './profile.js';
import { median } from './statistics.js';

test('median of odd and even counts, whatever their order; none is refused', () => {
  assert.equal(median([9, 1, 5]), 5);
  assert.equal(median([10, 1, 3, 100]), 6.5);
  assert.throws(() => median([]), RangeError);
});

test('an unknown case is refused by name', () => {
  assert.deepEqual(
    pickCases(['embed-jpeg', 'unet-128-b8-train']).map((c) => c.id),
    ['embed-jpeg', 'unet-128-b8-train'],
  );
  assert.throws(() => pickCases(['resnet9']), /no case "resnet9"; one of resnet18-64-b32-train/);
});

test('a round is as calm as its most disturbed turn', () => {
  const round = (a: number, b: number) => [
    { ms: 1, others: a },
    { ms: 1, others: b },
  ];
  const rounds = [round(0, 0.9), round(0.2, 0.2), round(0.5, 0), round(0, 0)];
  assert.deepEqual(calmest(rounds, 2), [rounds[3], rounds[1]]);
});

test('processor time is read off /proc, also of a program with spaces and brackets in its name', () => {
  // user 1.00 s, nice 0.02, system 0.30, idle and waiting left out, irq 0.04, softirq 0.05, steal 0.06
  assert.equal(machineSeconds('cpu  100 2 30 99999 777 4 5 6 0 0\ncpu0 1 1 1'), 1.47);
  const stat = '42 (a) b (c) R 1 42 42 0 -1 4194560 10 11 12 13 150 25 0 0 20 0 7';
  assert.equal(processSeconds(stat), 1.75);
  const before = { machine: 10, process: 1 };
  assert.equal(othersShare(before, { machine: 14, process: 4 }, 2), 0.5);
  assert.equal(othersShare(before, { machine: Number.NaN, process: 4 }, 2), 0);
});

test('a processor is named with its vector unit, where the system tells', () => {
  const text =
    'processor\t: 0\ncpu family\t: 25\nmodel\t\t: 1\nmodel name\t: AMD EPYC\nflags\t\t: fpu';
  assert.equal(
    processorName('AMD EPYC', `${text} avx avx2`),
    'AMD EPYC (family 25, model 1, AVX2)',
  );
  assert.equal(
    processorName('AMD EPYC', `${text} avx avx2 avx512f`),
    'AMD EPYC (family 25, model 1, AVX-512)',
  );
  assert.equal(processorName('Apple M2', ''), 'Apple M2');
});

test('operations of a convolution: forward, and the gradients that training asks for', () => {
  const images = input('images', [2, 3, 8, 8]);
  const first = variable('first', [4, 3, 3, 3], 1);
  const hidden = conv2d(images, first, undefined, { padding: 1 });
  const grouped = conv2d(hidden, variable('second', [4, 2, 3, 3], 1), undefined, { groups: 2 });
  const once = 2 * (2 * 4 * 8 * 8) * (3 * 9);
  const twice = 2 * (2 * 4 * 6 * 6) * (2 * 9);
  assert.equal(forwardFlops([grouped]), once + twice);
  // The images need no gradient; the hidden layer and both weights do.
  assert.equal(trainFlops([sum(grouped)]), 2 * once + 3 * twice);
  assert.equal(weightCount([grouped]), 4 * 27 + 4 * 18);
  const product = matmul(constant([1, 2, 3, 4, 5, 6], [2, 3]), constant([1, 2, 3], [3, 1]));
  assert.equal(trainFlops([product]), 2 * 2 * 3);
});

test('a profile: a run in milliseconds, ops by their share, warm-ups left out', () => {
  const run = (ts: number, dur: number) => ({ cat: 'Session', name: 'model_run', ts, dur });
  const kernel = (op: string, ts: number, dur: number, columns: number) => ({
    cat: 'Node',
    name: `${op}_kernel_time`,
    ts,
    dur,
    args: {
      op_name: op,
      input_type_shape: [{ float: [2, columns] }],
      output_type_shape: [{ float: [2] }],
    },
  });
  const profile = summarize(
    [
      run(0, 9000),
      kernel('Conv', 10, 8000, 3),
      run(10_000, 2000),
      kernel('Conv', 10_010, 500, 3),
      kernel('Gemm', 10_600, 1000, 3),
      run(20_000, 4000),
      kernel('Conv', 20_010, 700, 3),
      kernel('Conv', 20_800, 400, 5),
      { cat: 'Node', name: 'Conv_fence_before', ts: 20_900, dur: 99 },
    ],
    1,
  );
  assert.equal(profile.runMs, 3);
  assert.deepEqual(profile.byOp, [
    { what: 'Conv', ms: 0.8, calls: 1.5 },
    { what: 'Gemm', ms: 0.5, calls: 0.5 },
  ]);
  assert.deepEqual(
    profile.byShape.map((s) => [s.what, s.calls]),
    [
      ['Conv [2,3] -> [2]', 1],
      ['Gemm [2,3] -> [2]', 0.5],
      ['Conv [2,5] -> [2]', 0.5],
    ],
  );
});
