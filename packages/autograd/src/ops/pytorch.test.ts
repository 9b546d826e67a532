// Every op that PyTorch has: its value and its gradients at fixed inputs.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { constant, input } from '../graph.js';
import { assertClose, evaluate, useEngine } from '../testing/engine.js';
import { CASES, checkGolden, golden, tensors } from '../testing/pytorch-cases.js';
import * as ops from './index.js';

const engine = useEngine();

/** Ops without a gradient, and parts of ops: their own tests say what they should give. */
const NO_GRADIENT = [
  ...['equal', 'greater', 'greaterOrEqual', 'less', 'lessOrEqual', 'sign', 'floor', 'cast'],
  ...['argMax', 'broadcastShapes', 'repeats', 'sumTo', 'gridSampleNearest'],
];

test('each op has its golden, and each golden its case here', () => {
  const made = new Set([...tensors.keys()].map((key) => key.slice(0, key.lastIndexOf('/'))));
  made.delete('batch statistics');
  assert.deepEqual([...made].sort(), Object.keys(CASES).sort());
  const covered = new Set([...made].map((name) => name.split(',')[0]));
  const others = Object.keys(ops).filter((name) => !covered.has(name));
  assert.deepEqual(others.sort(), NO_GRADIENT.sort());
});

for (const name of Object.keys(CASES)) {
  test(`as PyTorch: ${name}`, () => checkGolden(engine(), name));
}

test('as PyTorch: the statistics that batchNorm hands on', async () => {
  const x = golden('batch statistics/x');
  const [w, b] = [constant([1, 1, 1]), constant([0, 0, 0])];
  const { batchMean, batchVariance } = ops.batchNorm(input('x', x.shape), w, b);
  const result = await evaluate(engine(), { batchMean, batchVariance }, { x: x.data });
  assertClose(result.batchMean, golden('batch statistics/mean').data);
  assertClose(result.batchVariance, golden('batch statistics/variance').data);
});
