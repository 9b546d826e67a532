// SEMISE as the paper has it (arXiv 2501.03848), and its two ends.
// Phase 1: alpha NT-Xent + (1 - alpha) healthy-anomaly contrast.
// Phase 2: alpha NT-Xent + (1 - alpha) preference against the normality anchor.
// Then the downstream task: a linear probe, or fine-tuning, with a softmax head.

import type { Scope } from '../models/index.js';
import { downstream } from './downstream.js';
import type { Batch, Method, MethodContext, Phase, Term } from './method.js';
import { anyTwice, TWICE } from './pretrained.js';
import type { MethodSettings } from './settings.js';
import { anchorPreferences, healthyAgainstAnomaly, selfSupervised } from './terms.js';

/**
 * Two views of each image, so half as many images as views: half of them graded, half unlabelled.
 * Without NT-Xent (alpha 0) nothing learns from an unlabelled image, and all are graded; comparisons
 * are drawn where a preference is learned from them.
 */
function plan(context: MethodContext, s: MethodSettings, preferring: boolean): Phase['plan'] {
  const images = Math.floor(context.batch / 2);
  const compared = preferring && context.comparisons > 0 && s.comparisonWeight > 0;
  const comparisons = compared ? Math.floor(images / 8) : 0;
  const rest = images - 2 * comparisons;
  const graded = s.alpha > 0 ? Math.floor(rest / 2) : rest;
  return {
    graded: { images: graded, views: TWICE },
    comparisons: { images: comparisons, views: TWICE },
    any: { images: rest - graded, views: TWICE },
  };
}

export function semisePaper(context: MethodContext, s: MethodSettings): Method {
  const { alpha } = s;
  // A term of weight 0 is left out altogether: its head would only cost time.
  const contrast = (scope: Scope, batch: Batch): Record<string, Term> =>
    alpha > 0 ? { ntXent: { value: selfSupervised(scope, batch, s), weight: alpha } } : {};
  const first: Phase = {
    name: 'healthy-anomaly',
    share: s.pretrainShare / 2,
    plan: plan(context, s, false),
    trainsEncoder: true,
    terms: (scope, batch) => ({
      ...contrast(scope, batch),
      healthyAnomaly: { value: healthyAgainstAnomaly(scope, batch, s), weight: 1 - alpha },
    }),
  };
  const second: Phase = {
    name: 'preference',
    share: s.pretrainShare / 2,
    plan: plan(context, s, true),
    trainsEncoder: true,
    terms: (scope, batch) => {
      const { byGrade, byComparison } = anchorPreferences(scope, batch, s);
      return {
        ...contrast(scope, batch),
        preference: { value: byGrade, weight: 1 - alpha },
        ...(byComparison && {
          comparisons: { value: byComparison, weight: (1 - alpha) * s.comparisonWeight },
        }),
      };
    },
  };
  const simclr: Phase = {
    name: 'self-supervised',
    share: s.pretrainShare,
    plan: anyTwice(context),
    trainsEncoder: true,
    terms: contrast,
  };
  return {
    name: 'semise-paper',
    summary: 'SEMISE as published: NT-Xent with healthy-anomaly contrast, then with preferences',
    phases: [
      ...(alpha === 1 ? [simclr] : [first, second]),
      downstream(context, s, 1 - s.pretrainShare),
    ],
    answer: 'softmax',
  };
}

/** alpha = 1: self-supervised only (SimCLR), then the downstream task. */
export const simclr = (context: MethodContext, s: MethodSettings): Method => ({
  ...semisePaper(context, { ...s, alpha: 1 }),
  name: 'simclr',
  summary: 'NT-Xent on all images, then fine-tuning on the grades',
});

/** The same with a linear head on the encoder at rest: what self-supervision alone has learned. */
export const simclrProbe = (context: MethodContext, s: MethodSettings): Method => ({
  ...simclr(context, { ...s, downstream: 'probe' }),
  name: 'simclr-probe',
  summary: 'NT-Xent on all images, then a linear head on the grades',
});

/** alpha = 0: the parent method, ConPrO (arXiv 2404.18831), with the loss it intended. */
export const conpro = (context: MethodContext, s: MethodSettings): Method => ({
  ...semisePaper(context, { ...s, alpha: 0 }),
  name: 'conpro',
  summary: 'healthy-anomaly contrast, then preferences, then fine-tuning on the grades',
});
