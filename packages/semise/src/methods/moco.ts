// MoCo v2 (Chen et al., arXiv 2003.04297): InfoNCE of a view against the teacher's key of another view,
// keys of the batch and of a queue of earlier ones; then the grades.
// Published: 65,536 keys, negatives from the queue alone, momentum 0.999, shuffled batch norm in the key
// encoder. Here: 512 keys (data sets of hundreds to thousands of images), the batch's other keys are
// negatives too, the momentum of the one moving average that all methods have, running statistics in the
// teacher (EMAN, arXiv 2101.08482), which make the shuffle needless.

import { infoNce, nextQueue } from '../losses/index.js';
import type { Method, MethodContext, Term } from './method.js';
import { STRONG } from './plan.js';
import { pretrained } from './pretrained.js';
import type { MethodSettings } from './settings.js';
import { teacherOf } from './teacher-terms.js';
import { EMBEDDING, embed } from './terms.js';

const QUEUE = 512;

/** The paper's temperature. */
const TAU = 0.2;

export const moco = (context: MethodContext, s: MethodSettings): Method =>
  pretrained(
    context,
    s,
    { name: 'moco', summary: 'MoCo v2 on all images, then the grades' },
    {
      name: 'self-supervised',
      plan: { any: { images: context.batch, views: [STRONG], teacher: [STRONG] } },
      terms: (scope, batch): Record<string, Term> => {
        const teacher = teacherOf(batch);
        const keys = embed(teacher.scope, teacher.features);
        const queue = scope.memory('keys', [QUEUE, EMBEDDING], 0);
        scope.update(queue, nextQueue(queue, keys));
        return {
          infoNce: { value: infoNce(embed(scope, batch.features), keys, TAU, queue), weight: 1 },
        };
      },
    },
  );
