// The terms that methods are put together from: each reads what it needs off the batch's features. Here
// those on grades and comparisons; contrast-terms.ts and teacher-terms.ts hold the others.

import {
  constant,
  input,
  matmul,
  mul,
  reshape,
  sub,
  type Tensor,
  type Variable,
} from '@semise/autograd';
import {
  distanceToAnchor,
  distanceToSampled,
  gradeOrder,
  gradePairs,
  healthyAnomaly,
  marginMatrix,
  nextAnchor,
  ntXent,
  preference,
  softCorn,
  softCrossEntropy,
  spilled,
} from '../losses/index.js';
import {
  cornHead,
  projectionHead,
  type Scope,
  severityAxis,
  softmaxHead,
} from '../models/index.js';
import { type Batch, type MethodContext, part, twoViews } from './method.js';
import { countOf, rowsOf } from './plan.js';
import type { MethodSettings } from './settings.js';

/** Pairs that comparisons take of so many views; none where there are none, or they count nothing. */
export const comparedPairs = (
  { comparisons }: MethodContext,
  s: MethodSettings,
  views: number,
): number =>
  comparisons > 0 && s.comparisonWeight > 0 ? Math.floor((views * s.comparedShare) / 2) : 0;

/** Dimensions of the space in which embeddings are compared. */
export const EMBEDDING = 128;

/** How slowly the normality anchor follows the healthy embeddings. */
const ANCHOR_DECAY = 0.9;

export const embed = (scope: Scope, features: Tensor): Tensor =>
  projectionHead(scope, features, EMBEDDING);

/** With batch norm in the head, as BYOL and VICReg have it. */
export const embedNormalized = (scope: Scope, features: Tensor): Tensor =>
  projectionHead(scope, features, EMBEDDING, { normalized: true });

export const anchorVariable = (scope: Scope): Variable => scope.statistic('anchor', [EMBEDDING], 0);

/** NT-Xent over the two views of every image of the batch. */
export const selfSupervised = (scope: Scope, batch: Batch, s: MethodSettings): Tensor =>
  ntXent(embed(scope, twoViews(batch, batch.features)), s.tau);

export const healthyAgainstAnomaly = (scope: Scope, batch: Batch, s: MethodSettings): Tensor =>
  healthyAnomaly(
    embed(scope, part(batch, batch.features, 'graded')),
    batch.grade,
    batch.weight,
    s.margin,
  );

/** log of each grade's share among the labels, where they are drawn as they are. */
function logPriors({ counts }: MethodContext, s: MethodSettings): number[] | undefined {
  if (s.sampling === 'balanced' || s.logitAdjustment === 0) return undefined;
  const total = counts.reduce((sum, count) => sum + count, 0);
  // A grade without labels counts as half an image: its log must be a number.
  return counts.map((count) => s.logitAdjustment * Math.log(Math.max(count, 0.5) / total));
}

/** Weights of the graded views: 1, or by the inverse of their grade's share, 1 on the mean. [G] */
function gradeWeights(batch: Batch, { counts }: MethodContext, s: MethodSettings): Tensor {
  if (s.sampling === 'balanced' || s.classWeights === 'equal') return batch.weight;
  const total = counts.reduce((sum, count) => sum + count, 0);
  const present = counts.filter((count) => count > 0).length;
  const inverse = counts.map((count) => (count > 0 ? total / (present * count) : 0));
  const weights = matmul(batch.share, constant(inverse, [counts.length, 1]));
  return mul(batch.weight, reshape(weights, [-1]));
}

/** The target of each graded view: its grade, mixed or spilled over to its neighbours. [G, K] */
const targets = (batch: Batch, s: MethodSettings): Tensor =>
  s.softness > 0 ? spilled(batch.share, s.softness) : batch.share;

export const gradeCrossEntropy = (
  scope: Scope,
  batch: Batch,
  context: MethodContext,
  s: MethodSettings,
): Tensor =>
  softCrossEntropy(
    softmaxHead(scope, part(batch, batch.features, 'graded'), batch.grades),
    targets(batch, s),
    gradeWeights(batch, context, s),
    { smoothing: s.smoothing, logPriors: logPriors(context, s) },
  );

export const gradeComparisons = (scope: Scope, batch: Batch): Tensor => {
  const [worse, better] = (['more', 'less'] as const).map((side) =>
    softmaxHead(scope, part(batch, batch.features, side), batch.grades),
  );
  return gradeOrder(worse, better, batch.comparisonTarget, batch.comparisonWeight);
};

export const gradeCorn = (
  scope: Scope,
  batch: Batch,
  context: MethodContext,
  s: MethodSettings,
): Tensor =>
  softCorn(
    cornHead(scope, part(batch, batch.features, 'graded'), batch.grades),
    batch.share,
    gradeWeights(batch, context, s),
  );

/** Severity as the distance to health. */
function fromAnchor(scope: Scope, features: Tensor, batch: Batch, s: MethodSettings): Tensor {
  const z = embed(scope, features);
  if (s.anchor === 'sampled') {
    const rows = input('batch.healthyRow', [rowsOf(batch.plan, 'student')], 'int64');
    return distanceToSampled(z, rows, s.temperature);
  }
  const anchor = anchorVariable(scope);
  const graded = part(batch, z, 'graded');
  scope.update(anchor, nextAnchor(anchor, graded, batch.grade, batch.weight, ANCHOR_DECAY));
  return distanceToAnchor(z, anchor, s.temperature);
}

/** Preferences between the graded images, and those of the comparisons, on one severity. */
function preferences(severity: Tensor, batch: Batch, s: MethodSettings) {
  const graded = part(batch, severity, 'graded');
  const pairs = gradePairs(batch.grade, batch.subject, batch.weight, s.ties);
  const byGrade = preference(marginMatrix(graded), pairs.targets, pairs.weights);
  if (countOf(batch.plan.comparisons) === 0) return { byGrade };
  const margin = sub(part(batch, severity, 'more'), part(batch, severity, 'less'));
  const byComparison = preference(margin, batch.comparisonTarget, batch.comparisonWeight);
  return { byGrade, byComparison };
}

export const axisPreferences = (scope: Scope, batch: Batch, s: MethodSettings) =>
  preferences(severityAxis(scope, batch.features), batch, s);

export const anchorPreferences = (scope: Scope, batch: Batch, s: MethodSettings) =>
  preferences(fromAnchor(scope, batch.features, batch, s), batch, s);
