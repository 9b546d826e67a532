// VICReg (Bardes et al., arXiv 2105.04906) on all images, then the grades.
// Published: an expander of three layers of 8,192, 2,048 images a batch. Here: two layers, 128 wide, with batch norm
// as published, and half a batch of images.

import { vicreg as loss } from '../losses/index.js';
import { type Method, type MethodContext, part, type Term } from './method.js';
import { anyTwice, pretrained } from './pretrained.js';
import type { MethodSettings } from './settings.js';
import { embedNormalized } from './terms.js';

export const vicreg = (context: MethodContext, s: MethodSettings): Method =>
  pretrained(
    context,
    s,
    { name: 'vicreg', summary: 'VICReg on all images, then the grades' },
    {
      name: 'self-supervised',
      plan: anyTwice(context),
      terms: (scope, batch): Record<string, Term> => {
        const z = embedNormalized(scope, batch.features);
        const view = (v: number) => part(batch, z, 'any', { view: v });
        return { vicreg: { value: loss(view(0), view(1)), weight: 1 } };
      },
    },
  );
