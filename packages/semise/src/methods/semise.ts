// SEMISE, improved: one joint phase instead of two, and a learned severity axis.
// Grades teach classes (cross-entropy) and order (preferences on the axis); experts' comparisons are
// preferences on the same axis; the answer is read by cut points off the axis, the expected grade and what a
// linear model makes of the image's patches (training/patch-order), together. Every further term is a switch
// (settings.ts), off unless its weight is above 0.

import { mul, type Tensor } from '@semise/autograd';
import { InputError } from '../errors.js';
import type { Scope } from '../models/index.js';
import {
  anyContrast,
  gradeContrast,
  gradeRanks,
  hiddenSquares,
  placeContrast,
} from './contrast-terms.js';
import { patchGrades, patchOrder } from './guess-terms.js';
import type { Batch, Method, MethodContext, Phase, Term } from './method.js';
import { type BatchPlan, type PartPlan, STRONG } from './plan.js';
import type { MethodSettings } from './settings.js';
import {
  confidentOrder,
  consistency,
  orderConsistency,
  pseudoGrades,
  rampUp,
} from './teacher-terms.js';
import {
  axisPreferences,
  comparedPairs,
  gradeComparisons,
  gradeCorn,
  gradeCrossEntropy,
} from './terms.js';

const TEACHER_TERMS = [
  'consistencyWeight',
  'pseudoWeight',
  'orderWeight',
  'orderConsistencyWeight',
] as const;
const GUESS_TERMS = ['patchOrderWeight', 'patchGradeWeight'] as const;
const ANY_TERMS = [
  'contrastWeight',
  'denseWeight',
  'maskedWeight',
  ...GUESS_TERMS,
  ...TEACHER_TERMS,
] as const;

type Weight = {
  [Name in keyof MethodSettings]: MethodSettings[Name] extends number ? Name : never;
}[keyof MethodSettings];
const wants = (s: MethodSettings, names: readonly Weight[]): boolean =>
  names.some((name) => s[name] > 0);

/**
 * Half of the batch graded, half comparisons (`comparedShare`); without comparisons all graded. Where a term learns from
 * any images, they take their share first: two views of each where views are compared.
 */
function plan(context: MethodContext, s: MethodSettings): BatchPlan {
  const any = wants(s, ANY_TERMS) ? anyPart(context, s) : undefined;
  const siblings = any && s.contrastWeight > 0 && s.positives === 'subject';
  const each = any ? any.views.length + (siblings ? 1 : 0) : 0;
  const rest = context.batch - (any?.images ?? 0) * each;
  const comparisons = comparedPairs(context, s, rest);
  return {
    graded: { images: rest - 2 * comparisons, views: [STRONG] },
    comparisons: { images: comparisons, views: [STRONG] },
    any,
    ...(siblings && { siblings: { views: [s.contrastStrength] } }),
    ...(s.orderWeight > 0 && {
      held: { images: 2 * context.grades, views: [], teacher: [s.weakStrength] },
    }),
    mixesGraded: s.mixup,
  };
}

function anyPart(context: MethodContext, s: MethodSettings): PartPlan {
  const strength = s.contrastWeight > 0 || s.denseWeight > 0 ? s.contrastStrength : STRONG;
  const bySubject = s.contrastWeight > 0 && s.positives === 'subject';
  const twice = (s.contrastWeight > 0 && !bySubject) || s.denseWeight > 0;
  const views = twice ? [strength, strength] : [strength];
  const each = views.length + (bySubject ? 1 : 0);
  return {
    images: Math.max(1, Math.floor((context.batch * s.anyShare) / each)),
    views,
    ...(wants(s, TEACHER_TERMS) && { teacher: [s.weakStrength] }),
  };
}

function terms(
  scope: Scope,
  batch: Batch,
  context: MethodContext,
  s: MethodSettings,
): Record<string, Term> {
  const { byGrade, byComparison } = axisPreferences(scope, batch, s);
  const grown = rampUp(batch.progress, s.rampUp);
  /** A term, unless its weight is 0: its head would only cost time. */
  const on = (name: string, weight: number, value: () => Tensor): Record<string, Term> =>
    weight > 0 ? { [name]: { value: value(), weight } } : {};
  const growing = (name: string, weight: number, value: () => Tensor): Record<string, Term> =>
    weight > 0 ? { [name]: { value: value(), weight: mul(grown, weight) } } : {};
  return {
    ...on('grades', s.gradeWeight, () => gradeCrossEntropy(scope, batch, context, s)),
    ...on('corn', s.cornWeight, () => gradeCorn(scope, batch, context, s)),
    axis: { value: byGrade, weight: s.axisWeight },
    ...(byComparison && {
      comparisons: { value: byComparison, weight: s.comparisonWeight },
      ...on('comparedGrades', s.comparisonGradeWeight, () => gradeComparisons(scope, batch)),
    }),
    ...on('supcon', s.supconWeight, () => gradeContrast(scope, batch, s)),
    ...on('rankNContrast', s.rncWeight, () => gradeRanks(batch)),
    ...on('ntXent', s.contrastWeight, () => anyContrast(scope, batch, s)),
    ...on('dense', s.denseWeight, () => placeContrast(scope, batch, s)),
    ...on('masked', s.maskedWeight, () => hiddenSquares(scope, batch, s)),
    ...on('patchOrder', s.patchOrderWeight, () => patchOrder(scope, batch, s)),
    ...on('patchGrades', s.patchGradeWeight, () => patchGrades(scope, batch, s)),
    ...growing('consistency', s.consistencyWeight, () => consistency(scope, batch)),
    ...growing('pseudo', s.pseudoWeight, () => pseudoGrades(scope, batch)),
    ...growing('order', s.orderWeight, () => confidentOrder(scope, batch, s)),
    ...growing('orderConsistency', s.orderConsistencyWeight, () => orderConsistency(scope, batch)),
  };
}

/** @throws InputError if the grade is to be read off a head that nothing trains */
function refuseUntrained(s: MethodSettings): void {
  const softmax = 'gradeWeight';
  const head = { softmax, ensemble: softmax, blend: softmax, corn: 'cornWeight' } as const;
  if (s.answer !== 'axis' && s[head[s.answer]] === 0) {
    throw new InputError(
      `answer=${s.answer}: nothing trains that head; set ${head[s.answer]} above 0, or choose another answer`,
    );
  }
}

export function semise(context: MethodContext, s: MethodSettings): Method {
  refuseUntrained(s);
  const answer = s.answer === 'blend' && s.guide ? 'guided' : s.answer;
  return {
    name: 'semise',
    summary:
      'grades, severity axis and comparisons together; grades by cut points on the axis, the expected grade and a guess by patches together',
    phases: [
      {
        name: 'joint',
        share: 1,
        plan: plan(context, s),
        trainsEncoder: true,
        terms: (scope, batch): ReturnType<Phase['terms']> => terms(scope, batch, context, s),
      },
    ],
    guesses: wants(s, GUESS_TERMS),
    answer,
  };
}
