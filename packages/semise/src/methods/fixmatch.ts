// FixMatch (Sohn et al., arXiv 2001.07685): what is almost certain of a weak view is the label of a strong one.
// Published: the label comes from the student itself, 7 unlabelled images for each labelled one. Here: from
// the averaged weights (as in EMAN, arXiv 2101.08482, where it did better), and `anyShare` of the batch.

import {
  argMax,
  cast,
  greaterOrEqual,
  logSoftmax,
  max,
  mean,
  mul,
  neg,
  oneHot,
  sum,
} from '@semise/autograd';
import type { Method, MethodContext } from './method.js';
import { semiSupervised, weakAndStrong } from './semi-supervised.js';
import type { MethodSettings } from './settings.js';
import { bothHeads } from './teacher-terms.js';

export const fixmatch = (context: MethodContext, s: MethodSettings): Method =>
  semiSupervised(
    context,
    s,
    { name: 'fixmatch', summary: 'grades, and labels that the averaged weights are sure of' },
    weakAndStrong(context, s),
    (scope, batch) => {
      const { q, logits } = bothHeads(scope, batch);
      const sure = cast(greaterOrEqual(max(q, [1]), s.threshold), 'float32');
      const label = oneHot(argMax(q), batch.grades);
      const each = neg(sum(mul(label, logSoftmax(logits)), [1]));
      return { pseudo: { value: mean(mul(sure, each)), weight: s.unlabelledWeight } };
    },
  );
