// The layers that encoders and heads are made of, with PyTorch's names and defaults.

import {
  add,
  linear as affine,
  batchNorm,
  batchNormInference,
  type ConvOptions,
  conv2d,
  mul,
  type Tensor,
} from '@semise/autograd';
import { constantly, fanInUniform, kaiming, type Scope } from './scope.js';

/** Convolution without bias, `<name>.weight`. @param x [N, C, H, W] */
export function convolution(
  scope: Scope,
  name: string,
  x: Tensor,
  out: number,
  kernel: number,
  options: ConvOptions = {},
): Tensor {
  const shape = [out, x.shape[1] / (options.groups ?? 1), kernel, kernel];
  return conv2d(x, scope.within(name).weight('weight', shape, kaiming), undefined, options);
}

/** How much of the batch's statistics enters the running ones at each step (PyTorch's default). */
const MOMENTUM = 0.1;

/** Batch norm, `<name>.weight`, `.bias`, `.running_mean`, `.running_var`. @param x [N, C, H, W] */
export function batchNormalization(scope: Scope, name: string, x: Tensor): Tensor {
  const s = scope.within(name);
  const shape = [x.shape[1]];
  const weight = s.weight('weight', shape, constantly(1));
  const bias = s.weight('bias', shape, constantly(0));
  const runningMean = s.statistic('running_mean', shape, 0);
  const runningVariance = s.statistic('running_var', shape, 1);
  if (!scope.training) return batchNormInference(x, weight, bias, runningMean, runningVariance);
  const { y, batchMean, batchVariance } = batchNorm(x, weight, bias);
  s.update(runningMean, add(mul(runningMean, 1 - MOMENTUM), mul(batchMean, MOMENTUM)));
  s.update(runningVariance, add(mul(runningVariance, 1 - MOMENTUM), mul(batchVariance, MOMENTUM)));
  return y;
}

/** x Wᵀ + b, `<name>.weight` and `.bias`. @param x [N, in] @returns [N, out] */
export function linear(scope: Scope, name: string, x: Tensor, out: number): Tensor {
  const s = scope.within(name);
  const weight = s.weight('weight', [out, x.shape[1]], fanInUniform);
  const bias = s.weight('bias', [out], (r) => fanInUniform(r, [out, x.shape[1]]).slice(0, out));
  return affine(x, weight, bias);
}
