// Distance to a pool of healthy images (Li et al., npj Digital Medicine 3:48, 2020): a Siamese network learns
// which images have the same grade; severity is the median distance to healthy training images.
// Published: Euclidean distances, pairs of images, a pool of 10. Here: cosine distances, all pairs of a
// batch, a pool of up to 50, and cut points from score to grade, as for every score here.

import { alike, pairContrast } from '../losses/index.js';
import { type Method, type MethodContext, part, type Term } from './method.js';
import { STRONG } from './plan.js';
import type { MethodSettings } from './settings.js';
import { embed } from './terms.js';

export const healthyPool = (context: MethodContext, s: MethodSettings): Method => ({
  name: 'healthy-pool',
  summary: 'same or different grade, then the median distance to healthy images',
  phases: [
    {
      name: 'pairs',
      share: 1,
      plan: { graded: { images: context.batch, views: [STRONG] } },
      trainsEncoder: true,
      terms: (scope, batch): Record<string, Term> => {
        const z = embed(scope, part(batch, batch.features, 'graded'));
        const value = pairContrast(z, alike(batch.grade), batch.weight, s.margin);
        return { pairs: { value, weight: 1 } };
      },
    },
  ],
  answer: 'pool',
});
