// BYOL (Grill et al., arXiv 2006.07733): from one view the student predicts what the teacher makes of the
// other; no negatives. Then the grades.
// Published: batch norm in projection and prediction heads, momentum rising from 0.996 to 1. Here: the heads
// of all methods, without; the momentum of the one moving average; running statistics in the teacher.

import { concat, cosineDistance, mean, mul, stopGradient } from '@semise/autograd';
import { projectionHead } from '../models/index.js';
import { type Method, type MethodContext, part, type Term } from './method.js';
import { pretrained, TWICE } from './pretrained.js';
import type { MethodSettings } from './settings.js';
import { teacherOf } from './teacher-terms.js';
import { EMBEDDING, embed } from './terms.js';

export const byol = (context: MethodContext, s: MethodSettings): Method =>
  pretrained(
    context,
    s,
    { name: 'byol', summary: 'BYOL on all images, then the grades' },
    {
      name: 'self-supervised',
      plan: { any: { images: Math.floor(context.batch / 2), views: TWICE, teacher: TWICE } },
      terms: (scope, batch): Record<string, Term> => {
        const teacher = teacherOf(batch);
        const predicted = projectionHead(
          scope.within('predictor'),
          embed(scope, batch.features),
          EMBEDDING,
        );
        const view = (v: number) =>
          part(batch, embed(teacher.scope, teacher.features), 'any', {
            view: v,
            reader: 'teacher',
          });
        // Each view's prediction meets the other view's target.
        const targets = stopGradient(concat([view(1), view(0)]));
        const value = mul(mean(cosineDistance(predicted, targets)), 2);
        return { byol: { value, weight: 1 } };
      },
    },
  );
