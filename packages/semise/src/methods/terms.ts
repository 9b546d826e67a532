// The terms that methods are put together from: each reads what it needs off the batch's features.

import { input, sub, type Tensor, type Variable } from '@semise/autograd';
import {
  corn,
  crossEntropy,
  distanceToAnchor,
  distanceToSampled,
  gradePairs,
  healthyAnomaly,
  marginMatrix,
  nextAnchor,
  ntXent,
  preference,
} from '../losses/index.js';
import {
  cornHead,
  projectionHead,
  type Scope,
  severityAxis,
  softmaxHead,
} from '../models/index.js';
import { type Batch, part, twoViews } from './method.js';
import { countOf, rowsOf } from './plan.js';
import type { MethodSettings } from './settings.js';

/** Dimensions of the space in which embeddings are compared. */
export const EMBEDDING = 128;

/** How slowly the normality anchor follows the healthy embeddings. */
const ANCHOR_DECAY = 0.9;

export const embed = (scope: Scope, features: Tensor): Tensor =>
  projectionHead(scope, features, EMBEDDING);

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

export const gradeCrossEntropy = (scope: Scope, batch: Batch, s: MethodSettings): Tensor =>
  crossEntropy(
    softmaxHead(scope, part(batch, batch.features, 'graded'), batch.grades),
    batch.grade,
    batch.weight,
    { smoothing: s.smoothing },
  );

export const gradeCorn = (scope: Scope, batch: Batch): Tensor =>
  corn(
    cornHead(scope, part(batch, batch.features, 'graded'), batch.grades),
    batch.grade,
    batch.weight,
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
