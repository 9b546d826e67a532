// Normalisation: batch norm (with running statistics) and group norm.
// References: Ioffe & Szegedy 2015 (arXiv 1502.03167); Wu & He 2018 (arXiv 1803.08494).

import { constant, node, ShapeError, size, type Tensor } from '../graph.js';
import { affineBlocks } from './blocked.js';
import { channelAffine, channelDot } from './channel.js';
import { add, div, mul, neg, sqrt, square, sub } from './elementwise.js';
import { mean, sum } from './reduce.js';
import { reshape } from './reshape.js';

export interface BatchNormResult {
  /** The shape of x. */
  readonly y: Tensor;
  /** Mean and unbiased variance of the batch [C], for running statistics. */
  readonly batchMean: Tensor;
  readonly batchVariance: Tensor;
}

const overBatch = [0, 2, 3];
const perChannel = (x: Tensor) => reshape(x, [1, x.shape[0], 1, 1]);

/**
 * Batch norm with the statistics of the batch itself.
 * @param x [N, C, H, W] @param weight [C] @param bias [C]
 */
export function batchNorm(
  x: Tensor,
  weight: Tensor,
  bias: Tensor,
  epsilon = 1e-5,
): BatchNormResult {
  checkChannels('batchNorm', x, weight, bias);
  const count = size(x.shape) / x.shape[1];
  const mu = mean(x, overBatch);
  const centred = channelAffine(x, constant(new Float32Array(x.shape[1]).fill(1)), neg(mu));
  const variance = mul(channelDot(centred, centred), 1 / count);
  const y = normalizeBatch(x, weight, bias, centred, variance, epsilon);
  return { y, batchMean: mu, batchVariance: mul(variance, count / Math.max(1, count - 1)) };
}

/**
 * centred / sqrt(variance + epsilon) * weight + bias, where both statistics are those of x: its
 * gradient includes the way through them, so none is asked of `centred` and `variance` themselves.
 * It is A dy + B centred + C a channel.
 */
function normalizeBatch(
  x: Tensor,
  weight: Tensor,
  bias: Tensor,
  centred: Tensor,
  variance: Tensor,
  epsilon: number,
): Tensor {
  const count = size(x.shape) / x.shape[1];
  const inverse = div(1, sqrt(add(variance, epsilon)));
  const a = mul(weight, inverse);
  const y = channelAffine(centred, a, bias);
  return node({
    ...y,
    op: 'batchNorm',
    inputs: [centred, a, bias, x, weight],
    gradient: (dy) => {
      const sumDy = sum(dy, overBatch);
      const sumDyX = mul(channelDot(dy, centred), inverse); // of dy times the normalised x
      const b = mul(mul(a, inverse), mul(sumDyX, -1 / count));
      const c = mul(mul(a, sumDy), -1 / count);
      const dx = add(channelAffine(centred, b, c), mul(dy, perChannel(a)));
      return [null, null, sumDy, dx, sumDyX];
    },
  });
}

/** Batch norm with fixed statistics, as at inference. @param x [N, C, H, W]; the others [C] */
export function batchNormInference(
  x: Tensor,
  weight: Tensor,
  bias: Tensor,
  runningMean: Tensor,
  runningVariance: Tensor,
  epsilon = 1e-5,
): Tensor {
  checkChannels('batchNormInference', x, weight, bias, runningMean, runningVariance);
  return node({
    op: 'batchNormInference',
    inputs: [x, weight, bias, runningMean, runningVariance],
    shape: x.shape,
    dtype: x.dtype,
    lower: (emit, inputs) => emit.op('BatchNormalization', inputs, { epsilon: { float: epsilon } }),
    blocked: {
      layout: ([layout]) => layout,
      lower: (emit, [image, ...vectors]) => {
        const [w, b, mean, variance] = vectors.map((v) => v.in('plain'));
        const deviation = emit.op('Sqrt', [emit.op('Add', [variance, emit.scalar(epsilon)])]);
        const scale = emit.op('Div', [w, deviation]);
        const shift = emit.op('Sub', [b, emit.op('Mul', [mean, scale])]);
        return affineBlocks(emit, image.in('image'), x.shape[1], scale, shift);
      },
    },
    gradient: (dy) => {
      const inverse = div(1, sqrt(add(runningVariance, epsilon)));
      const scale = mul(weight, inverse);
      const sumDy = sum(dy, overBatch);
      const centred = sub(sum(mul(dy, x), overBatch), mul(runningMean, sumDy));
      const dWeight = mul(centred, inverse);
      const dVariance = mul(mul(dWeight, scale), mul(-0.5, inverse));
      const dMean = mul(-1, mul(scale, sumDy));
      return [mul(dy, perChannel(scale)), dWeight, sumDy, dMean, dVariance];
    },
  });
}

/** Group norm: each image's channels normalised in `groups` groups. @param x [N, C, H, W] */
export function groupNorm(
  x: Tensor,
  groups: number,
  weight: Tensor,
  bias: Tensor,
  epsilon = 1e-5,
): Tensor {
  checkChannels('groupNorm', x, weight, bias);
  const [n, channels] = x.shape;
  if (channels % groups !== 0) {
    throw new ShapeError(`groupNorm: ${channels} channels of [${x.shape}] in ${groups} groups`);
  }
  const grouped = reshape(x, [n, groups, -1]);
  const centred = sub(grouped, mean(grouped, [2], { keepDims: true }));
  const variance = mean(square(centred), [2], { keepDims: true });
  const unit = reshape(div(centred, sqrt(add(variance, epsilon))), x.shape);
  return add(mul(unit, perChannel(weight)), perChannel(bias));
}

function checkChannels(op: string, x: Tensor, ...perChannelTensors: Tensor[]): void {
  for (const t of perChannelTensors) {
    if (x.shape.length !== 4 || t.shape.join() !== `${x.shape[1]}`) {
      throw new ShapeError(`${op}: image [${x.shape}] with a vector of shape [${t.shape}]`);
    }
  }
}
