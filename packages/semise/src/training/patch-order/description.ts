// What every image is described by, without any grade: how much of each patch word, and of edges of each direction,
// stands where in it. Where the encoder is from elsewhere, its features.

import { add, constant, gather, mul, type Tensor, transpose } from '@semise/autograd';
import { ELSEWHERE } from '../../models/index.js';
import { standardize, VIEW_PRESETS } from '../../views/index.js';
import type { TrainingConfig } from '../config.js';
import { type Dictionary, looked, wordCounts } from './dictionary.js';
import { edges } from './edges.js';

export type Described = Pick<
  TrainingConfig,
  'encoder' | 'channels' | 'imageSize' | 'pixels' | 'views'
>;

/**
 * Mirror images are the same where they are the same to a reader.
 * @param seen images [n, C, S, S], 0..1, or features [n, F] @param dictionary undefined for features
 * @returns parts [n, ...], each of a kind of its own
 */
export function description(
  config: Described,
  seen: Tensor,
  dictionary: Dictionary<Tensor> | undefined,
): Tensor[] {
  if (!dictionary) return [standardize(seen, config.pixels)];
  const { horizontalFlip, verticalFlip } = VIEW_PRESETS[config.views];
  let all = [looked(seen)];
  if (horizontalFlip > 0) all = all.flatMap((x) => [x, reversed(x, 3)]);
  if (verticalFlip > 0) all = all.flatMap((x) => [x, reversed(x, 2)]);
  const averaged = (of: (x: Tensor) => Tensor): Tensor =>
    mul(
      all.map(of).reduce((a, b) => add(a, b)),
      1 / all.length,
    );
  return [averaged((x) => wordCounts(x, dictionary)), averaged(edges)];
}

/** Whether images are described by patches, not by features that come from elsewhere. */
export const hasPatches = ({ encoder }: Pick<Described, 'encoder'>): boolean =>
  encoder !== ELSEWHERE;

/** The same, back to front along an axis. */
function reversed(x: Tensor, axis: number): Tensor {
  const order = x.shape.map((_, i) => (i === 0 ? axis : i === axis ? 0 : i));
  const rows = [...Array(x.shape[axis]).keys()].reverse();
  return transpose(gather(transpose(x, order), constant(rows, undefined, 'int64')), order);
}
