// U-Net (Ronneberger et al., arXiv 1505.04597) on any of the encoders: the contracting path is the
// encoder itself, so that one trained for severity starts a segmentation.

import {
  concat,
  conv2d,
  relu,
  type Tensor,
  upsampleBilinear,
  upsampleNearest,
} from '@semise/autograd';
import { batchNormalization, convolution } from './layers.js';
import type { EncoderName } from './resnet.js';
import { constantly, normal, type Scope } from './scope.js';

/** Channels of a level of the decoder: half of what its skip connections bring, within these. */
const NARROWEST = 16;
const WIDEST = 256;

/** Coarser levels that answer, too, under deep supervision. */
const AUXILIARY = 2;

export interface UNetOptions {
  /** Classes of a pixel, background included. */
  readonly classes: number;
  /**
   * Also answers from the next two coarser levels, enlarged to full size (Lee et al., arXiv 1409.5185).
   */
  readonly deepSupervision?: boolean;
}

/**
 * The expanding path: enlarge twice, join the skip connections, convolve; level by level up to the
 * size of the image.
 * @param stages feature maps of an encoder, from fine to coarse, each as large as the one before or
 *   half as large; the finest half the size of the image
 * @returns logits [N, classes, H, W] from fine to coarse: one, or more under deep supervision
 */
export function unetDecoder(
  scope: Scope,
  stages: readonly Tensor[],
  { classes, deepSupervision = false }: UNetOptions,
): Tensor[] {
  const levels = bySize(stages).reverse();
  let x = concat(levels[0], 1);
  const answers: Tensor[] = [];
  for (let level = 1; level <= levels.length; level++) {
    const skips = levels[level] ?? [];
    const s = scope.within(`${level}`);
    const brought = skips.reduce((sum, skip) => sum + skip.shape[1], 0);
    const width = Math.min(WIDEST, Math.max(NARROWEST, brought >> 1));
    x = convolved(s, '1', concat([upsampleNearest(x, 2), ...skips], 1), width);
    // At the size of the image a second convolution costs more than it helps.
    if (skips.length > 0) x = convolved(s, '2', x, width);
    const finer = levels.length - level;
    if (finer === 0) answers.unshift(head(s, x, classes));
    else if (deepSupervision && finer <= AUXILIARY) {
      answers.unshift(upsampleBilinear(head(s, x, classes), 2 ** finer));
    }
  }
  return answers;
}

/** Feature maps of equal size together. */
function bySize(stages: readonly Tensor[]): Tensor[][] {
  const levels: Tensor[][] = [];
  for (const stage of stages) {
    const last = levels.at(-1);
    if (last?.[0].shape[2] === stage.shape[2]) last.push(stage);
    else levels.push([stage]);
  }
  return levels;
}

function convolved(scope: Scope, name: string, x: Tensor, out: number): Tensor {
  const y = convolution(scope, `conv${name}`, x, out, 3, { padding: 1 });
  return relu(batchNormalization(scope, `bn${name}`, y));
}

/** One logit a class and pixel. */
function head(scope: Scope, x: Tensor, classes: number): Tensor {
  const s = scope.within('head');
  const weight = s.weight('weight', [classes, x.shape[1], 1, 1], normal(0.01));
  return conv2d(x, weight, s.weight('bias', [classes], constantly(0)));
}

/** What the sides of an image must be multiples of, for the encoder to halve it without remainder. */
export const sideStep = (encoder: EncoderName): number => (encoder === 'small' ? 16 : 32);
