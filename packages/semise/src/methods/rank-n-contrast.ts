// Rank-N-Contrast (Zha et al., arXiv 2210.01189) on the graded images, then the grades; and its form for few
// labels, which orders the other images of a batch by seriation (arXiv 2512.09267).
// Published: a linear regression (L1) on the encoder at rest. Here: the downstream phase of all methods, a
// softmax head, fine-tuned (--set downstream=probe: at rest).
// Published seriation: likeness of the features of images chosen as robust by dynamic programming, ranks
// followed by RankSim's loss, trained jointly with a regression. Here: likeness of all images of the batch,
// ranks as labels of Rank-N-Contrast, in the pretraining.

import { concat, cosineMatrix, maximum, mul } from '@semise/autograd';
import { rankNContrast as loss, rankShares, seriate } from '../losses/index.js';
import { gradeRanks, RNC_TEMPERATURE } from './contrast-terms.js';
import { type Batch, type Method, type MethodContext, part, type Term } from './method.js';
import { STRONG } from './plan.js';
import { gradedTwice, pretrained } from './pretrained.js';
import type { MethodSettings } from './settings.js';
import { rampUp } from './teacher-terms.js';

export const rankNContrast = (context: MethodContext, s: MethodSettings): Method =>
  pretrained(
    context,
    s,
    { name: 'rank-n-contrast', summary: 'Rank-N-Contrast of the graded images, then the grades' },
    {
      name: 'contrast',
      plan: gradedTwice(context),
      terms: (_, batch): Record<string, Term> => ({
        rankNContrast: { value: gradeRanks(batch), weight: 1 },
      }),
    },
  );

/** Rank-N-Contrast of the `any` images by the ranks that seriation gives them. */
function seriated(batch: Batch) {
  const any = part(batch, batch.features, 'any');
  const all = concat([any, part(batch, batch.features, 'graded')]);
  const ranks = rankShares(seriate(maximum(cosineMatrix(all, all), 0), batch.grade));
  return loss(any, mul(ranks, batch.grades - 1), RNC_TEMPERATURE);
}

export function rankNContrastSeriation(context: MethodContext, s: MethodSettings): Method {
  const any = Math.max(2, Math.floor(context.batch * s.anyShare));
  return pretrained(
    context,
    s,
    {
      name: 'rank-n-contrast-seriation',
      summary: 'Rank-N-Contrast of all images, ordered by grades and seriation, then the grades',
    },
    {
      name: 'contrast',
      plan: {
        graded: { images: context.batch - any, views: [STRONG] },
        any: { images: any, views: [STRONG] },
      },
      terms: (_, batch): Record<string, Term> => ({
        rankNContrast: { value: gradeRanks(batch), weight: 1 },
        seriation: {
          value: seriated(batch),
          weight: mul(rampUp(batch.progress, s.rampUp), s.unlabelledWeight),
        },
      }),
    },
  );
}
