// What semi-supervised classifiers share: one phase, part of the batch graded, part any images, a softmax
// head that answers.

import type { Scope } from '../models/index.js';
import type { Batch, Method, MethodContext, Term } from './method.js';
import { type BatchPlan, STRONG } from './plan.js';
import type { MethodSettings } from './settings.js';
import { gradeCrossEntropy } from './terms.js';

/** Cross-entropy on the grades and what is learned from any images. */
export const semiSupervised = (
  context: MethodContext,
  s: MethodSettings,
  method: { readonly name: string; readonly summary: string },
  plan: BatchPlan,
  unlabelled: (scope: Scope, batch: Batch) => Record<string, Term>,
): Method => ({
  ...method,
  phases: [
    {
      name: 'joint',
      share: 1,
      plan,
      trainsEncoder: true,
      terms: (scope, batch): Record<string, Term> => ({
        grades: { value: gradeCrossEntropy(scope, batch, context, s), weight: 1 },
        ...unlabelled(scope, batch),
      }),
    },
  ],
  answer: 'softmax',
});

/** Graded images in strong views; any images in a strong view for the student, a weak one for the teacher. */
export function weakAndStrong({ batch }: MethodContext, s: MethodSettings): BatchPlan {
  const any = Math.max(2, Math.floor(batch * s.anyShare));
  return {
    graded: { images: batch - any, views: [STRONG] },
    any: { images: any, views: [STRONG], teacher: [s.weakStrength] },
  };
}

/** A third graded images, and as many of any in two views. */
export function gradedAndTwoViews({ batch }: MethodContext): BatchPlan {
  const images = Math.floor(batch / 3);
  return {
    graded: { images: batch - 2 * images, views: [STRONG] },
    any: { images, views: [STRONG, STRONG] },
  };
}
