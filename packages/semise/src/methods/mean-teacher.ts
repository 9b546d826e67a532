// Mean Teacher (Tarvainen & Valpola, arXiv 1703.01780): the student's probabilities follow those of the
// averaged weights.
// Published: consistency weight 100 on the mean over 10 classes, noise of one kind for both. Here: 10 on the
// sum over grades, which is the same, times `unlabelledWeight`; the teacher sees a weak view, as became usual
// after FixMatch.

import { mul } from '@semise/autograd';
import type { Method, MethodContext } from './method.js';
import { semiSupervised, weakAndStrong } from './semi-supervised.js';
import type { MethodSettings } from './settings.js';
import { consistency, rampUp } from './teacher-terms.js';

const WEIGHT = 10;

export const meanTeacher = (context: MethodContext, s: MethodSettings): Method =>
  semiSupervised(
    context,
    s,
    { name: 'mean-teacher', summary: 'grades, and the probabilities of the averaged weights' },
    weakAndStrong(context, s),
    (scope, batch) => ({
      consistency: {
        value: consistency(scope, batch),
        weight: mul(rampUp(batch.progress, s.rampUp), WEIGHT * s.unlabelledWeight),
      },
    }),
  );
