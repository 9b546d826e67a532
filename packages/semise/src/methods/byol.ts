// BYOL (Grill et al., arXiv 2006.07733): from one view the student predicts what the teacher makes of the
// other; no negatives. Then the grades.
// Published: momentum rising from 0.996 to 1. Here: that of the one moving average; running statistics in the
// teacher. Batch norm in both heads is as published: without it all images of knees had the same embedding after
// fifty steps.

import { concat, cosineDistance, mean, mul, stopGradient } from '@semise/autograd';
import { type Method, type MethodContext, part, type Term } from './method.js';
import { pretrained, TWICE } from './pretrained.js';
import type { MethodSettings } from './settings.js';
import { teacherOf } from './teacher-terms.js';
import { embedNormalized } from './terms.js';

export const byol = (context: MethodContext, s: MethodSettings): Method =>
  pretrained(
    context,
    s,
    { name: 'byol', summary: 'BYOL on all images, then the grades' },
    {
      name: 'self-supervised',
      plan: { any: { images: Math.floor(context.batch / 2), views: TWICE, teacher: TWICE } },
      terms: (scope, batch): Record<string, Term> => {
        const { scope: teacher, features } = teacherOf(batch);
        const predicted = embedNormalized(
          scope.within('predictor'),
          embedNormalized(scope, batch.features),
        );
        const seen = embedNormalized(teacher, features);
        const view = (v: number) => part(batch, seen, 'any', { view: v, reader: 'teacher' });
        // Each view's prediction meets the other view's target.
        const targets = stopGradient(concat([view(1), view(0)]));
        const value = mul(mean(cosineDistance(predicted, targets)), 2);
        return { byol: { value, weight: 1 } };
      },
    },
  );
