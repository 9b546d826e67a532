// Supervised learning on the graded images alone: the strong rival. Same views, balanced batches,
// schedule and averaging as every other method; only the unlabelled images and comparisons are not used.

import type { Method, MethodContext, Phase, Term } from './method.js';
import { STRONG } from './plan.js';
import type { MethodSettings } from './settings.js';
import { gradeCorn, gradeCrossEntropy } from './terms.js';

const onGrades = (context: MethodContext, terms: Phase['terms']): Phase => ({
  name: 'grades',
  share: 1,
  plan: { graded: { images: context.batch, views: [STRONG] } },
  trainsEncoder: true,
  terms,
});

/** Cross-entropy with label smoothing. */
export const supervised = (context: MethodContext, s: MethodSettings): Method => ({
  name: 'supervised',
  summary: 'cross-entropy on the graded images alone',
  phases: [
    onGrades(
      context,
      (scope, batch): Record<string, Term> => ({
        grades: { value: gradeCrossEntropy(scope, batch, s), weight: 1 },
      }),
    ),
  ],
  answer: 'softmax',
});

/** CORN, the ordinal head (arXiv 2111.08851). */
export const supervisedCorn = (context: MethodContext): Method => ({
  name: 'corn',
  summary: 'ordinal regression (CORN) on the graded images alone',
  phases: [
    onGrades(
      context,
      (scope, batch): Record<string, Term> => ({
        grades: { value: gradeCorn(scope, batch), weight: 1 },
      }),
    ),
  ],
  answer: 'corn',
});
