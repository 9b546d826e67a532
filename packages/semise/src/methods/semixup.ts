// Semixup (Nguyen et al., arXiv 2003.01944), made for the grading of knees: two views of an image, and their
// mixture, get one answer, and the mixture's answer lies between theirs.
// Published: graded images mixed and unmixed, weights 2, 2 and 4, as here. Here: only mixed ones; the weights
// grow as `rampUp` says, times `unlabelledWeight`. It takes a second pass through the encoder.

import {
  add,
  mean,
  mul,
  reshape,
  slice,
  softmax,
  square,
  sub,
  type Tensor,
} from '@semise/autograd';
import { softmaxHead } from '../models/index.js';
import { type Method, type MethodContext, part } from './method.js';
import { gradedAndTwoViews, semiSupervised } from './semi-supervised.js';
import type { MethodSettings } from './settings.js';
import { rampUp } from './teacher-terms.js';

const WEIGHTS = { inManifold: 2, interpolation: 2, outOfManifold: 4 };

export const semixup = (context: MethodContext, s: MethodSettings): Method =>
  semiSupervised(
    context,
    s,
    { name: 'semixup', summary: 'mixed grades, and one answer for two views and their mixture' },
    { ...gradedAndTwoViews(context), mixesGraded: true },
    (scope, batch) => {
      if (!batch.mixing) throw new Error('Semixup in a phase that mixes nothing');
      const images = (v: number): Tensor => part(batch, batch.images, 'any', { view: v });
      const logits = (v: number): Tensor =>
        softmaxHead(scope, part(batch, batch.features, 'any', { view: v }), batch.grades);
      const [first, second] = [logits(0), logits(1)];
      // As many shares as there are graded images, which are no fewer.
      const shares = slice(batch.mixing.share, 0, 0, first.shape[0]);
      const between = (a: Tensor, b: Tensor): Tensor => {
        const share = reshape(shares, [-1, ...a.shape.slice(1).map(() => 1)]);
        return add(mul(a, share), mul(b, sub(1, share)));
      };
      const { features } = batch.encode(between(images(0), images(1)));
      const mixed = softmax(softmaxHead(scope, features, batch.grades));
      const [p, q] = [softmax(first), softmax(second)];
      const grown = mul(rampUp(batch.progress, s.rampUp), s.unlabelledWeight);
      const term = (value: Tensor, weight: number) => ({ value, weight: mul(grown, weight) });
      return {
        inManifold: term(apart(p, q), WEIGHTS.inManifold),
        interpolation: term(apart(mixed, softmax(between(first, second))), WEIGHTS.interpolation),
        outOfManifold: term(add(apart(p, mixed), apart(q, mixed)), WEIGHTS.outOfManifold),
      };
    },
  );

/** Mean squared difference of probabilities. */
const apart = (a: Tensor, b: Tensor): Tensor => mean(square(sub(a, b)));
