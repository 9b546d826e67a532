// Supervised contrastive learning (Khosla et al., arXiv 2004.11362) on the graded images, then the grades.
// Published: a linear head on the encoder at rest (--set downstream=probe); temperature 0.1, as here.

import { gradeContrast } from './contrast-terms.js';
import type { Method, MethodContext, Term } from './method.js';
import { gradedTwice, pretrained } from './pretrained.js';
import type { MethodSettings } from './settings.js';

const TAU = 0.1;

export const supcon = (context: MethodContext, s: MethodSettings): Method =>
  pretrained(
    context,
    s,
    { name: 'supcon', summary: 'supervised contrast of the graded images, then the grades' },
    {
      name: 'contrast',
      plan: gradedTwice(context),
      terms: (scope, batch): Record<string, Term> => ({
        supcon: { value: gradeContrast(scope, batch, { ...s, tau: TAU }), weight: 1 },
      }),
    },
  );
