// What every image is described by, without any grade: how much of each patch word, and of edges of each direction,
// stands where in it. Where the encoder is from elsewhere, its features.
//
// Words are counted in cells of three sizes, a spatial pyramid (Lazebnik, Schmid & Ponce, CVPR 2006): on an X-ray it
// matters where a texture is, on a fundus only how much of it there is.

import {
  add,
  avgPool2d,
  constant,
  gather,
  mean,
  mul,
  slice,
  type Tensor,
  transpose,
} from '@semise/autograd';
import { ELSEWHERE } from '../../models/index.js';
import { standardize, VIEW_PRESETS } from '../../views/index.js';
import type { TrainingConfig } from '../config.js';
import { inCells } from './cells.js';
import { type Dictionaries, GRAINS, nearWords } from './dictionary.js';
import { edges } from './edges.js';

export type Described = Pick<
  TrainingConfig,
  'encoder' | 'channels' | 'imageSize' | 'pixels' | 'views'
>;

/** Larger images are shrunk towards so many pixels a side. */
const IMAGE = 64;
/** Cells a side that words are counted in, where images have places. */
const CELLS = 4;
/** How many of the looks, the first ones, see where in the image things are. */
export const PLACED = 2;

/**
 * Looks at an image, each of parts that count the same: words of both grains in 4 x 4 cells; edges; fine words in
 * 2 x 2 cells; fine words of the whole image. Or the features. Mirror images are the same where they are the same to
 * a reader.
 * @param seen images [n, C, S, S], 0..1, or features [n, F] @param dictionaries undefined for features
 * @returns looks of parts [n, ...]
 */
export function looks(
  config: Described,
  seen: Tensor,
  dictionaries: Dictionaries<Tensor> | undefined,
): Tensor[][] {
  if (!dictionaries) return [[standardize(seen, config.pixels)]];
  const { horizontalFlip, verticalFlip } = VIEW_PRESETS[config.views];
  let all = [grey(config, seen)];
  if (horizontalFlip > 0) all = all.flatMap((x) => [x, reversed(x, 3)]);
  if (verticalFlip > 0) all = all.flatMap((x) => [x, reversed(x, 2)]);
  const each = all.map((x) => {
    const fine = nearWords(x, dictionaries.fine, GRAINS.fine);
    const coarse = nearWords(x, dictionaries.coarse, GRAINS.coarse);
    const placed = [inCells(fine, CELLS), inCells(coarse, CELLS)];
    return [placed, [edges(x)], [inCells(fine, 2)], [inCells(fine, 1)]];
  });
  return each[0].map((look, l) =>
    look.map((_, part) =>
      mul(
        each.map((parts) => parts[l][part]).reduce((a, b) => add(a, b)),
        1 / all.length,
      ),
    ),
  );
}

/** Whether images are described by patches, not by features that come from elsewhere. */
export const hasPatches = ({ encoder }: Pick<Described, 'encoder'>): boolean =>
  encoder !== ELSEWHERE;

/**
 * Images as grey ones, shrunk by a whole number towards 64 pixels a side. Of a fundus the green channel, in which
 * vessels and lesions stand out most; else the mean of the channels.
 * @param images [n, C, S, S], 0..1 @returns [n, 1, s, s]
 */
export function grey({ views }: Pick<Described, 'views'>, images: Tensor): Tensor {
  const green = views === 'fundus' && images.shape[1] === 3;
  const one = green ? slice(images, 1, 1, 2) : mean(images, [1], { keepDims: true });
  const factor = Math.floor(images.shape[3] / IMAGE);
  return factor > 1 ? avgPool2d(one, { kernel: factor }) : one;
}

/** The same, back to front along an axis. */
function reversed(x: Tensor, axis: number): Tensor {
  const order = x.shape.map((_, i) => (i === 0 ? axis : i === axis ? 0 : i));
  const rows = [...Array(x.shape[axis]).keys()].reverse();
  return transpose(gather(transpose(x, order), constant(rows, undefined, 'int64')), order);
}
