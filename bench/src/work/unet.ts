// A train step of a U-Net (Ronneberger et al., arXiv 1505.04597) on ResNet-18: the decoder enlarges by
// nearest pixels and convolves twice a level, as segmentation_models_pytorch has it; loss: binary
// cross-entropy + Dice.

import {
  add,
  concat,
  conv2d,
  div,
  input,
  logSigmoid,
  mean,
  mul,
  neg,
  relu,
  reshape,
  sigmoid,
  sub,
  sum,
  type Tensor,
  upsampleNearest,
} from '@semise/autograd';
import { batchNormalization, constantly, convolution, ENCODERS, kaiming, type Scope } from 'semise';
import { trainWork } from './train.js';
import type { Prepare } from './work.js';

/** Channels of the decoder, from coarse to fine. */
const DECODER = [256, 128, 64, 32, 16];

export const unet: Prepare = (c, engine) =>
  trainWork(c, engine, (scope, images) => {
    const masks = input('masks', [c.batch, c.classes, c.size, c.size]);
    const { stages } = ENCODERS[c.network](scope.within('encoder'), images);
    const skips = [...stages].reverse();
    let x = skips[0];
    DECODER.forEach((channels, level) => {
      const up = upsampleNearest(x, 2);
      const skip = skips[level + 1];
      const s = scope.within('decoder').within(`${level}`);
      x = block(s, '1', skip ? concat([up, skip], 1) : up, channels);
      x = block(s, '2', x, channels);
    });
    return bceDice(head(scope.within('head'), x, c.classes), masks);
  });

const block = (scope: Scope, name: string, x: Tensor, channels: number): Tensor =>
  relu(
    batchNormalization(
      scope,
      `bn${name}`,
      convolution(scope, `conv${name}`, x, channels, 3, { padding: 1 }),
    ),
  );

function head(scope: Scope, x: Tensor, classes: number): Tensor {
  const weight = scope.weight('weight', [classes, x.shape[1], 3, 3], kaiming);
  const bias = scope.weight('bias', [classes], constantly(0));
  return add(conv2d(x, weight, undefined, { padding: 1 }), reshape(bias, [1, classes, 1, 1]));
}

function bceDice(logits: Tensor, mask: Tensor): Tensor {
  const likelihood = add(mul(mask, logSigmoid(logits)), mul(sub(1, mask), logSigmoid(neg(logits))));
  const p = sigmoid(logits);
  const overlap = add(mul(2, sum(mul(p, mask))), 1);
  const dice = sub(1, div(overlap, add(add(sum(p), sum(mask)), 1)));
  return add(neg(mean(likelihood)), dice);
}
