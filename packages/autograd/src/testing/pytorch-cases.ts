// Every op that PyTorch has, and its comparison with PyTorch's value and gradients at fixed inputs
// (fixtures/make_goldens.py), wherever the engine runs.

import assert from 'node:assert/strict';
import type { Engine } from '../engine.js';
import { gradients } from '../gradient.js';
import { constant, input, type Tensor } from '../graph.js';
import * as ops from '../ops/index.js';
import { assertClose, evaluate } from './engine.js';
import { goldens } from './goldens.js';

export const CASES: Record<string, (...x: Tensor[]) => Tensor> = {
  add: ops.add,
  sub: ops.sub,
  mul: ops.mul,
  div: ops.div,
  maximum: ops.maximum,
  minimum: ops.minimum,
  exp: ops.exp,
  sin: ops.sin,
  cos: ops.cos,
  tanh: ops.tanh,
  erf: ops.erf,
  sigmoid: ops.sigmoid,
  abs: ops.abs,
  neg: ops.neg,
  relu: ops.relu,
  gelu: ops.gelu,
  softplus: ops.softplus,
  logSigmoid: ops.logSigmoid,
  log: ops.log,
  sqrt: ops.sqrt,
  pow: (x) => ops.pow(x, 2.5),
  clip: (x) => ops.clip(x, -0.7, 0.4),
  square: ops.square,
  dropout: (x, uniform) => ops.dropout(x, 0.25, ops.stopGradient(uniform)),
  stopGradient: (a, b) => ops.mul(a, ops.stopGradient(ops.mul(a, b))),
  broadcastTo: (x) => ops.broadcastTo(x, [2, 4, 3]),
  sum: (x) => ops.sum(x, [0, 2], { keepDims: true }),
  mean: (x) => ops.mean(x, [1, 3]),
  max: (x) => ops.max(x, [1, 2]),
  min: (x) => ops.min(x, [0, 2]),
  logSumExp: (x) => ops.logSumExp(x, [1]),
  softmax: (x) => ops.softmax(x, 1),
  logSoftmax: (x) => ops.logSoftmax(x),
  matmul: ops.matmul,
  gemm: (a, b) => ops.gemm(a, b),
  'gemm, transA': (a, b) => ops.gemm(a, b, { transA: true }),
  'gemm, transB': (a, b) => ops.gemm(a, b, { transB: true }),
  'gemm, both': (a, b) => ops.gemm(a, b, { transA: true, transB: true }),
  linear: ops.linear,
  normalize: ops.normalize,
  cosineSimilarity: ops.cosineSimilarity,
  cosineDistance: ops.cosineDistance,
  cosineMatrix: ops.cosineMatrix,
  reshape: (x) => ops.reshape(x, [4, -1]),
  flatten: ops.flatten,
  transpose: (x) => ops.transpose(x, [2, 0, 1]),
  slice: (x) => ops.slice(x, 1, 1, 8, 3),
  pad: (x) => ops.pad(x, 1, 1, 2, 0.5),
  concat: (...x) => ops.concat(x, 1),
  gather: (x) => ops.gather(x, constant([2, 0, 2, 1, 1, 2], [2, 3], 'int64'), 1),
  scatterAdd: (x) => ops.scatterAdd(x, constant([1, 3, 1, 0, 1], [5], 'int64'), 4),
  oneHot: (x) => ops.mul(x, ops.oneHot(constant([2, 0, 3], [3], 'int32'), 4)),
  where: (a, b) => ops.where(constant([1, 0, 1], [3, 1], 'bool'), a, b),
  conv2d: (x, w, b) => ops.conv2d(x, w, b, { padding: 1 }),
  'conv2d, 1 x 1': (x, w) => ops.conv2d(x, w),
  'conv2d, 1 x 1, stride 2': (x, w) => ops.conv2d(x, w, undefined, { stride: 2 }),
  'conv2d, stride 2': (x, w) => ops.conv2d(x, w, undefined, { stride: 2, padding: 1 }),
  'conv2d, stem': (x, w) => ops.conv2d(x, w, undefined, { stride: 2, padding: 3 }),
  'conv2d, large': (x, w) => ops.conv2d(x, w, undefined, { padding: 1 }),
  'conv2d, uneven': (x, w) =>
    ops.conv2d(x, w, undefined, { stride: [1, 3], padding: [2, 0], dilation: [3, 1] }),
  'conv2d, groups': (x, w) => ops.conv2d(x, w, undefined, { groups: 2, dilation: 2, padding: 1 }),
  'conv2d, depthwise': (x, w) => ops.conv2d(x, w, undefined, { groups: 4, padding: 1, stride: 2 }),
  convTranspose2d: (x, w, b) => ops.convTranspose2d(x, w, b, { stride: 2 }),
  'convTranspose2d, uneven': (x, w) =>
    ops.convTranspose2d(x, w, undefined, {
      stride: [3, 2],
      padding: [1, 0],
      dilation: [1, 2],
      outputPadding: [2, 1],
      groups: 2,
    }),
  maxPool2d: (x) => ops.maxPool2d(x, { kernel: 3, stride: 2, padding: 1 }),
  'maxPool2d, rest': (x) => ops.maxPool2d(x, { kernel: 2 }),
  avgPool2d: (x) => ops.avgPool2d(x, { kernel: 3, stride: 2, padding: 1 }),
  'avgPool2d, rest': (x) => ops.avgPool2d(x, { kernel: 2 }),
  globalAvgPool2d: ops.globalAvgPool2d,
  upsampleNearest: (x) => ops.upsampleNearest(x, 3),
  upsampleBilinear: (x) => ops.upsampleBilinear(x, 2),
  'gridSample, zeros': (x, grid) => ops.gridSample(x, grid),
  'gridSample, border': (x, grid) => ops.gridSample(x, grid, 'border'),
  affineGrid: (theta) => ops.affineGrid(theta, 3, 4),
  batchNorm: (x, w, b) => ops.batchNorm(x, w, b).y,
  batchNormInference: (x, w, b, mean, variance) => ops.batchNormInference(x, w, b, mean, variance),
  groupNorm: (x, w, b) => ops.groupNorm(x, 2, w, b),
};

export const { tensors } = await goldens('ops.safetensors');

export const golden = (name: string) => {
  const found = tensors.get(name);
  assert(found, `no golden ${name}`);
  return found;
};

/**
 * Runs the case `name` on `engine` and compares value and gradients with the golden.
 * @param tolerance relative, of the value; gradients are given 2.5 times as much
 */
export async function checkGolden(engine: Engine, name: string, tolerance = 2e-5): Promise<void> {
  const count = [...tensors.keys()].filter((key) => key.startsWith(`${name}/x`)).length;
  const leaves = Array.from({ length: count }, (_, i) =>
    input(`x${i}`, golden(`${name}/x${i}`).shape),
  );
  const feeds = Object.fromEntries(leaves.map((x) => [x.name, golden(`${name}/${x.name}`).data]));
  const known = leaves.filter((_, i) => tensors.has(`${name}/d${i}`));
  const y = CASES[name](...leaves);
  const expected = golden(`${name}/y`);
  assert.deepEqual(y.shape, expected.shape);
  const weights = constant(golden(`${name}/weights`).data, y.shape);
  const slopes = gradients(ops.sum(ops.mul(y, weights)), known);
  const d = Object.fromEntries(slopes.map((g, i) => [`d${known[i].name.slice(1)}`, g]));
  const result = await evaluate(engine, { y, ...d }, feeds);
  assertClose(result.y, expected.data, tolerance);
  for (const key of Object.keys(d)) {
    assertClose(result[key], golden(`${name}/${key}`).data, 2.5 * tolerance, `gradient ${key}`);
  }
}
