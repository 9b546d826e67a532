// RankNet (Burges et al., ICML 2005), a Bradley-Terry model on the encoder: preferences between grades and
// those of experts' comparisons on one linear score, and nothing else. Grades are read by cut points.

import type { Method, MethodContext, Term } from './method.js';
import { STRONG } from './plan.js';
import type { MethodSettings } from './settings.js';
import { axisPreferences, comparedPairs } from './terms.js';

export function ranknet(context: MethodContext, s: MethodSettings): Method {
  const comparisons = comparedPairs(context, s, context.batch);
  return {
    name: 'ranknet',
    summary: 'preferences of grades and comparisons on one score alone',
    phases: [
      {
        name: 'preferences',
        share: 1,
        plan: {
          graded: { images: context.batch - 2 * comparisons, views: [STRONG] },
          comparisons: { images: comparisons, views: [STRONG] },
        },
        trainsEncoder: true,
        terms: (scope, batch): Record<string, Term> => {
          const { byGrade, byComparison } = axisPreferences(scope, batch, s);
          return {
            axis: { value: byGrade, weight: 1 },
            ...(byComparison && {
              comparisons: { value: byComparison, weight: s.comparisonWeight },
            }),
          };
        },
      },
    ],
    answer: 'axis',
  };
}
