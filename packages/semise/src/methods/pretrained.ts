// Methods that pretrain, then learn the grades: the same two phases for all of them. A longer pretraining
// that several runs share starts them from another run (--init-run) instead.

import { downstream } from './downstream.js';
import type { Answer, Method, MethodContext, Phase } from './method.js';
import { type BatchPlan, STRONG } from './plan.js';
import type { MethodSettings } from './settings.js';

/** Two views of as many images as fill the batch. */
export const TWICE = [STRONG, STRONG];
export const anyTwice = ({ batch }: MethodContext): BatchPlan => ({
  any: { images: Math.floor(batch / 2), views: TWICE },
});
export const gradedTwice = ({ batch }: MethodContext): BatchPlan => ({
  graded: { images: Math.floor(batch / 2), views: TWICE },
});

/** @param pretraining its plan and terms */
export function pretrained(
  context: MethodContext,
  s: MethodSettings,
  method: { readonly name: string; readonly summary: string },
  pretraining: Pick<Phase, 'name' | 'plan' | 'terms'>,
): Method {
  const answer: Answer = 'softmax';
  return {
    ...method,
    phases: [
      { ...pretraining, share: s.pretrainShare, trainsEncoder: true },
      downstream(context, s, 1 - s.pretrainShare),
    ],
    answer,
  };
}
