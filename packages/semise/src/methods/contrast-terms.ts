// Terms that compare images without asking which grade they have, or only whether it is the same.

import {
  add,
  concat,
  constant,
  gather,
  input,
  mul,
  reshape,
  sub,
  type Tensor,
} from '@semise/autograd';
import { InputError } from '../errors.js';
import {
  alike,
  cellPixels,
  denseContrast,
  infoNce,
  maskedError,
  nearest,
  nextQueue,
  ntXent,
  painted,
  places,
  rankNContrast,
  supervisedContrast,
} from '../losses/index.js';
import { linear, projectionHead, type Scope } from '../models/index.js';
import { random } from '../random.js';
import { type Batch, part } from './method.js';
import { rowsOf } from './plan.js';
import type { MethodSettings } from './settings.js';
import { EMBEDDING, embed } from './terms.js';

/** Embeddings of earlier batches that are kept. */
const QUEUE = 512;

/** Temperature of Rank-N-Contrast on distances of features (the paper's). */
export const RNC_TEMPERATURE = 2;

/** Images of one grade are alike (SupCon), on the graded views. */
export const gradeContrast = (scope: Scope, batch: Batch, s: MethodSettings): Tensor =>
  supervisedContrast(
    embed(scope, part(batch, batch.features, 'graded')),
    alike(batch.grade),
    s.tau,
  );

/** Features lie in the order of grades (Rank-N-Contrast), on the graded views. */
export const gradeRanks = (batch: Batch): Tensor =>
  rankNContrast(part(batch, batch.features, 'graded'), batch.grade, RNC_TEMPERATURE);

/** NT-Xent on the `any` images, with the positives that are asked for. */
export function anyContrast(scope: Scope, batch: Batch, s: MethodSettings): Tensor {
  const view = (v: number): Tensor => embed(scope, part(batch, batch.features, 'any', { view: v }));
  if (s.positives === 'subject') {
    const rows = (t: Tensor) => concat([part(batch, t, 'any'), part(batch, t, 'siblings')]);
    return supervisedContrast(
      embed(scope, rows(batch.features)),
      alike(rows(batch.rowSubject)),
      s.tau,
    );
  }
  const [first, second] = [view(0), view(1)];
  if (s.positives === 'views') return ntXent(concat([first, second]), s.tau);
  const queue = scope.memory('neighbours', [QUEUE, EMBEDDING], 0);
  scope.update(queue, nextQueue(queue, first));
  const one = infoNce(second, nearest(first, queue), s.tau);
  const other = infoNce(first, nearest(second, queue), s.tau);
  return mul(add(one, other), 0.5);
}

/** The coarsest feature map. [R, C, h, w] @throws InputError if the encoder shows none */
function lastMap({ stages }: { readonly stages: readonly Tensor[] }): Tensor {
  if (stages.length > 0) return stages[stages.length - 1];
  throw new InputError(
    'denseWeight and maskedWeight need feature maps, which an encoder in an ONNX file does not show; set both to 0',
  );
}

/** Dense contrast between the two views of the `any` images. */
export function placeContrast(scope: Scope, batch: Batch, s: MethodSettings): Tensor {
  const at = (v: number): Tensor => places(part(batch, lastMap(batch), 'any', { view: v }));
  const project = (p: Tensor): Tensor => {
    const [n, count, c] = p.shape;
    const z = projectionHead(scope.within('dense'), reshape(p, [n * count, c]), EMBEDDING);
    return reshape(z, [n, count, EMBEDDING]);
  };
  const [first, second] = [at(0), at(1)];
  return denseContrast(project(first), project(second), first, second, s.tau);
}

/** Patterns of hidden squares to draw from. */
export const MASKS = 256;

/**
 * Hidden squares of the `any` images' first views are painted (SimMIM). A square is what one place of the
 * coarsest feature map stands for; hidden ones have the training images' mean colour. It takes a second
 * pass through the encoder.
 * @throws InputError if squares do not fill the image, or are fewer than four
 */
export function hiddenSquares(scope: Scope, batch: Batch, s: MethodSettings): Tensor {
  const images = part(batch, batch.images, 'any', { view: 0 });
  const [n, channels, size] = images.shape;
  const [, , h, w] = lastMap(batch).shape;
  if (size % h !== 0 || h * w < 4) {
    throw new InputError(
      `maskedWeight ${s.maskedWeight}: images of ${size} pixels do not divide into squares to hide; choose an image size that is a multiple of 32, 64 or more`,
    );
  }
  const fields = input('mask.field', [rowsOf(batch.plan, 'student')], 'int32');
  const cells = gather(patterns(h, w, s.maskedShare), part(batch, fields, 'any', { view: 0 }));
  const hidden = cellPixels(cells, size);
  const at = places(lastMap(batch.encode(mul(images, sub(1, hidden)))));
  const pixels = channels * (size / h) * (size / w);
  const squares = linear(scope, 'paint', reshape(at, [n * h * w, at.shape[2]]), pixels);
  return maskedError(painted(reshape(squares, [n, h, w, pixels]), channels, size), images, hidden);
}

/** Each hides its share of the squares, one at least and never all. @returns [MASKS, h, w], 1 where hidden */
function patterns(h: number, w: number, share: number): Tensor {
  const hidden = Math.min(h * w - 1, Math.max(1, Math.round(share * h * w)));
  const r = random(0, 'hidden squares');
  const values = Array.from({ length: MASKS }, () =>
    r.shuffle(Array.from({ length: h * w }, (_, i) => (i < hidden ? 1 : 0))),
  );
  return constant(values.flat(), [MASKS, h, w]);
}
