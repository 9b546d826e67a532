// Terms that learn from a first guess at the order of ungraded images (training/patch-order): where the guess is
// sure of two images, the network is to order strong views of them alike.

import {
  cast,
  constant,
  gather,
  greaterOrEqual,
  sigmoid,
  sub,
  type Tensor,
} from '@semise/autograd';
import { gradeOrder, preference } from '../losses/index.js';
import { type Scope, severityAxis, softmaxHead } from '../models/index.js';
import { type Batch, part } from './method.js';
import type { MethodSettings } from './settings.js';

/** Both sides of every two of the `any` views, of which the first is the more severe where `weights` is 1. */
function surePairs(batch: Batch, s: MethodSettings) {
  const n = batch.guess.shape[0];
  const all = [...Array(n).keys()].flatMap((i) =>
    [...Array(n).keys()].flatMap((j) => (i === j ? [] : [[i, j] as const])),
  );
  const rows = ([0, 1] as const).map((side) =>
    constant(
      all.map((pair) => pair[side]),
      undefined,
      'int64',
    ),
  );
  const sides = (t: Tensor) => rows.map((of) => gather(t, of));
  const [a, b] = sides(batch.guess);
  const weights = cast(greaterOrEqual(sigmoid(sub(a, b)), s.patchSureness), 'float32');
  return { sides, weights, targets: constant(new Float32Array(all.length).fill(1)) };
}

/** Preferences on the severity axis. */
export function patchOrder(scope: Scope, batch: Batch, s: MethodSettings): Tensor {
  const { sides, weights, targets } = surePairs(batch, s);
  const [a, b] = sides(severityAxis(scope, part(batch, batch.features, 'any')));
  return preference(sub(a, b), targets, weights);
}

/** The same as the softmax head hears comparisons: the grade of the more severe one is not the lower. */
export function patchGrades(scope: Scope, batch: Batch, s: MethodSettings): Tensor {
  const { sides, weights, targets } = surePairs(batch, s);
  const [a, b] = sides(softmaxHead(scope, part(batch, batch.features, 'any'), batch.grades));
  return gradeOrder(a, b, targets, weights);
}
