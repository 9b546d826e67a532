// MixMatch (Berthelot et al., arXiv 1905.02249): grades of other images are guessed from two views and
// sharpened; then all images, and their grades with them, are mixed with one another.
// Published: batch-norm statistics of the mixed images, weight 75 growing over 16,000 steps. Here: running
// statistics of the unmixed images, which is what the model will see; the weight grows as `rampUp` says,
// times `unlabelledWeight`. It takes a second pass through the encoder.

import {
  add,
  concat,
  log,
  logSoftmax,
  mean,
  mul,
  neg,
  slice,
  softmax,
  square,
  stopGradient,
  sub,
  sum,
  type Tensor,
} from '@semise/autograd';
import { softmaxHead } from '../models/index.js';
import { type Method, type MethodContext, mix, part, type Term } from './method.js';
import { rowsOf } from './plan.js';
import { gradedAndTwoViews } from './semi-supervised.js';
import type { MethodSettings } from './settings.js';
import { rampUp } from './teacher-terms.js';

/** The paper's weight of the guessed part, and the temperature of sharpening. */
const WEIGHT = 75;
const SHARPNESS = 0.5;

export function mixmatch(context: MethodContext, s: MethodSettings): Method {
  const plan = gradedAndTwoViews(context);
  return {
    name: 'mixmatch',
    summary: 'graded images and guessed ones, mixed with one another',
    phases: [
      {
        name: 'joint',
        share: 1,
        plan: { ...plan, mixed: rowsOf(plan, 'student') },
        trainsEncoder: true,
        terms: (scope, batch): Record<string, Term> => {
          if (!batch.mixing) throw new Error('MixMatch in a phase that mixes nothing');
          const view = (v: number): Tensor =>
            softmax(
              softmaxHead(scope, part(batch, batch.features, 'any', { view: v }), batch.grades),
            );
          const guess = stopGradient(sharpened(mul(add(view(0), view(1)), 0.5)));
          // Rows: graded, then the first and the second views of the others.
          const targets = mix(concat([batch.share, guess, guess]), batch.mixing);
          const { features } = batch.encode(mix(batch.images, batch.mixing));
          const logits = softmaxHead(scope, features, batch.grades);
          const graded = batch.grade.shape[0];
          const [own, others] = [
            [0, graded],
            [graded, logits.shape[0]],
          ].map(([from, to]) => ({
            logits: slice(logits, 0, from, to),
            targets: slice(targets, 0, from, to),
          }));
          return {
            grades: {
              value: neg(mean(sum(mul(own.targets, logSoftmax(own.logits)), [1]))),
              weight: 1,
            },
            guessed: {
              value: mean(square(sub(softmax(others.logits), others.targets))),
              weight: mul(rampUp(batch.progress, s.rampUp), WEIGHT * s.unlabelledWeight),
            },
          };
        },
      },
    ],
    answer: 'softmax',
  };
}

/** p^(1/T) made to sum to 1 (eq. 7). */
const sharpened = (p: Tensor): Tensor => softmax(mul(log(add(p, 1e-12)), 1 / SHARPNESS));
