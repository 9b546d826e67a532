// What a method is: which images a batch holds and what is optimised on them, in one or more phases.
// Everything else (views, encoder, optimiser, schedule, averaging) is the same for every method, so
// that a comparison of methods compares only what they optimise.

import { concat, slice, type Tensor } from '@semise/autograd';
import type { Scope } from '../models/index.js';

/** What a batch is made of. */
export interface BatchPlan {
  /** Graded images, each class equally often. */
  readonly graded: number;
  /** Comparisons, two images each. */
  readonly comparisons: number;
  /** Images of the training split, graded or not. */
  readonly any: number;
  /** Random views of each image. */
  readonly views: 1 | 2;
}

/** Images in a batch, before views: graded, more severe, less severe, any, in this order. */
export const batchSize = (plan: BatchPlan): number => plan.graded + 2 * plan.comparisons + plan.any;

/** One batch inside the graph, as a method sees it. V views, B images. */
export interface Batch {
  readonly plan: BatchPlan;
  /** Number of grades, K. */
  readonly grades: number;
  /** Features of all views [V B, F]. */
  readonly features: Tensor;
  /** Of the graded views [V G]: grade (int32), subject (int32), weight. */
  readonly grade: Tensor;
  readonly subject: Tensor;
  readonly weight: Tensor;
  /** Of the comparisons of all views [V P]: 1 (or 0.5 where level) and how much each counts. */
  readonly comparisonTarget: Tensor;
  readonly comparisonWeight: Tensor;
}

/** A term of the loss and how much it counts. */
export interface Term {
  readonly value: Tensor;
  readonly weight: Tensor | number;
}

export interface Phase {
  readonly name: string;
  /** Share of all training images that this phase sees, in (0, 1]. */
  readonly share: number;
  readonly plan: BatchPlan;
  /** False: only heads are trained, on features of the encoder at rest. */
  readonly trainsEncoder: boolean;
  readonly terms: (scope: Scope, batch: Batch) => Readonly<Record<string, Term>>;
}

/** How a trained model answers: where the grade and the severity score are read. */
export type Answer =
  /** argmax of the softmax head; the score is the expected grade. */
  | 'softmax'
  /** CORN's rank; the score is the sum of P(grade > k). */
  | 'corn'
  /** Cut points on the severity axis. */
  | 'axis'
  /** Cut points on the distance to the normality anchor. */
  | 'anchor';

export interface Method {
  readonly name: string;
  /** One line for tables and help. */
  readonly summary: string;
  readonly phases: readonly Phase[];
  readonly answer: Answer;
}

/** What a method may know before it lays out its phases. */
export interface MethodContext {
  /** Images a step, the same for every method. */
  readonly batch: number;
  /** Number of comparisons at hand; 0 if none. */
  readonly comparisons: number;
  readonly grades: number;
}

/** The rows of one part of the batch, of every view. @param rows [V B, ...] @returns [V n, ...] */
export function part(batch: Batch, rows: Tensor, name: 'graded' | 'more' | 'less' | 'any'): Tensor {
  const { plan } = batch;
  const { graded: g, comparisons: p } = plan;
  const [start, count] = {
    graded: [0, g],
    more: [g, p],
    less: [g + p, p],
    any: [g + 2 * p, plan.any],
  }[name];
  const size = batchSize(plan);
  return concat(
    Array.from({ length: plan.views }, (_, v) =>
      slice(rows, 0, v * size + start, v * size + start + count),
    ),
  );
}
