// SEMISE, improved: one joint phase instead of two, and a learned severity axis.
// Grades teach classes (cross-entropy) and order (preferences on the axis); experts' comparisons are
// preferences on the same axis; the answer is read off the axis by cut points.

import type { Method, MethodContext, Phase } from './method.js';
import { STRONG } from './plan.js';
import type { MethodSettings } from './settings.js';
import { axisPreferences, gradeCrossEntropy, selfSupervised } from './terms.js';

/**
 * Half of the batch graded, half comparisons; without comparisons all graded. The self-supervised
 * term, where it is asked for, takes two views of each image and a quarter of them from all images.
 */
function plan(context: MethodContext, s: MethodSettings): Phase['plan'] {
  const views = s.contrastWeight > 0 ? [STRONG, STRONG] : [STRONG];
  const images = Math.floor(context.batch / views.length);
  const any = views.length === 2 ? Math.floor(images / 4) : 0;
  const used = context.comparisons > 0 && s.comparisonWeight > 0;
  const comparisons = used ? Math.floor((images - any) / 4) : 0;
  return {
    graded: { images: images - 2 * comparisons - any, views },
    comparisons: { images: comparisons, views },
    any: { images: any, views },
  };
}

export const semise = (context: MethodContext, s: MethodSettings): Method => ({
  name: 'semise',
  summary: 'grades, severity axis and comparisons together; grades by cut points on the axis',
  phases: [
    {
      name: 'joint',
      share: 1,
      plan: plan(context, s),
      trainsEncoder: true,
      terms: (scope, batch) => {
        const { byGrade, byComparison } = axisPreferences(scope, batch, s);
        return {
          grades: { value: gradeCrossEntropy(scope, batch, s), weight: s.gradeWeight },
          axis: { value: byGrade, weight: s.axisWeight },
          ...(byComparison && {
            comparisons: { value: byComparison, weight: s.comparisonWeight },
          }),
          ...(s.contrastWeight > 0 && {
            ntXent: { value: selfSupervised(scope, batch, s), weight: s.contrastWeight },
          }),
        };
      },
    },
  ],
  answer: 'axis',
});
