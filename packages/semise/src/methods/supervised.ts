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
        grades: { value: gradeCrossEntropy(scope, batch, context, s), weight: 1 },
      }),
    ),
  ],
  answer: 'softmax',
});

/** Images are drawn as they are, and rare grades weigh more, by the inverse of their share. */
export const CLASS_WEIGHTS = {
  sampling: 'natural',
  classWeights: 'inverse',
} as const satisfies Partial<MethodSettings>;

/** Cross-entropy with class weights: the usual cure of imbalance, where ours is balanced batches. */
export const supervisedWeighted = (context: MethodContext, s: MethodSettings): Method => ({
  ...supervised(context, { ...s, ...CLASS_WEIGHTS }),
  name: 'supervised-weighted',
  summary: 'cross-entropy with class weights on the graded images alone',
});

/** CORN, the ordinal head (arXiv 2111.08851). */
export const supervisedCorn = (context: MethodContext, s: MethodSettings): Method => ({
  name: 'corn',
  summary: 'ordinal regression (CORN) on the graded images alone',
  phases: [
    onGrades(
      context,
      (scope, batch): Record<string, Term> => ({
        grades: { value: gradeCorn(scope, batch, context, s), weight: 1 },
      }),
    ),
  ],
  answer: 'corn',
});
