// What follows a pretraining: grades, learned by the whole network (fine-tuning) or by a linear head on the
// encoder at rest (probe). The same for every method that pretrains.

import type { MethodContext, Phase, Term } from './method.js';
import { STRONG } from './plan.js';
import type { MethodSettings } from './settings.js';
import { gradeCrossEntropy } from './terms.js';

/** @param share of all training images that it sees */
export const downstream = (context: MethodContext, s: MethodSettings, share: number): Phase => ({
  name: s.downstream,
  share,
  plan: { graded: { images: context.batch, views: [STRONG] } },
  trainsEncoder: s.downstream === 'fine-tune',
  terms: (scope, batch): Record<string, Term> => ({
    grades: { value: gradeCrossEntropy(scope, batch, context, s), weight: 1 },
  }),
});
