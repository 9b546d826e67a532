// What a method is: which images a batch holds and what is optimised on them, in one or more phases.
// Everything else (views, encoder, optimiser, schedule, averaging) is the same for every method, so
// that a comparison of methods compares only what they optimise.

import { add, concat, gather, mul, reshape, slice, sub, type Tensor } from '@semise/autograd';
import type { Encoded, Scope } from '../models/index.js';
import { type BatchPlan, blocks, type PartName, type Reader } from './plan.js';

/** What one reader sees: views and what the encoder makes of them. */
export interface Seen extends Encoded {
  /** The views themselves, standardised [R, C, S, S]. */
  readonly images: Tensor;
}

/**
 * The averaged weights as a second reader (Mean Teacher, arXiv 1703.01780): the model that would answer
 * if training ended here, with averaged running statistics in its batch norm (EMAN, arXiv 2101.08482), so
 * that what it says of an image does not depend on the batch. No gradient flows into it.
 */
export interface Teacher extends Seen {
  /** Where its heads come from: `softmaxHead(teacher.scope, ...)` is the averaged head. */
  readonly scope: Scope;
}

/** Partners and shares that were drawn for mixing n rows: share * x + (1 - share) * x[partner]. */
export interface Mixing {
  /** A permutation [n], int64. */
  readonly partner: Tensor;
  /** [n], in [0.5, 1]: a row stays mostly itself (MixMatch, arXiv 1905.02249, eq. 8-9). */
  readonly share: Tensor;
}

/** Rows mixed with their partners. @param x [n, ...] @returns the shape of x */
export function mix(x: Tensor, { partner, share }: Mixing): Tensor {
  const s = reshape(share, [-1, ...x.shape.slice(1).map(() => 1)]);
  return add(mul(x, s), mul(gather(x, partner), sub(1, s)));
}

/** One batch inside the graph, as a method sees it. R rows (views), G graded, P comparisons of them. */
export interface Batch extends Seen {
  readonly plan: BatchPlan;
  /** Number of grades, K. */
  readonly grades: number;
  /** How much of the phase is done, a scalar in [0, 1). */
  readonly progress: Tensor;
  /**
   * Encodes further images with the student's weights and their own batch statistics; running statistics
   * follow the batch's own views only.
   */
  readonly encode: (images: Tensor) => Encoded;
  /** Present where the plan has views for it. */
  readonly teacher?: Teacher;
  /** Of the graded views [G]: int32; where they are mixed, the mean of the two grades, float32. */
  readonly grade: Tensor;
  /** How much of each grade a graded view holds [G, K]: one, or two where mixed. */
  readonly share: Tensor;
  /** Of the graded views [G]: subject (int32), weight. */
  readonly subject: Tensor;
  readonly weight: Tensor;
  /** Of the comparisons of all views [P]: 1 (or 0.5 where level) and how much each counts. */
  readonly comparisonTarget: Tensor;
  readonly comparisonWeight: Tensor;
  /** Of all views of the `any` images: P(a more severe than b) = sigmoid(guess_a - guess_b), a first guess. */
  readonly guess: Tensor;
  /** Of the held images: grade (int32), subject (int32). */
  readonly heldGrade: Tensor;
  readonly heldSubject: Tensor;
  /** Of all rows [R], int32: the image's number and its subject's. */
  readonly rowImage: Tensor;
  readonly rowSubject: Tensor;
  /** Present where the plan asks for it. */
  readonly mixing?: Mixing;
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
  | 'anchor'
  /** Cut points on the median distance to a pool of healthy images. */
  | 'pool'
  /** The mean of the softmax head's probabilities and the axis's; the score is the expected grade. */
  | 'ensemble'
  /** Cut points on the axis and the expected grade together, each in units of its spread. */
  | 'blend'
  /** The same, and the guess by patches (training/patch-order). */
  | 'guided';

export interface Method {
  readonly name: string;
  /** One line for tables and help. */
  readonly summary: string;
  readonly phases: readonly Phase[];
  /** Whether its batches want a first guess at the order of ungraded images (training/patch-order). */
  readonly guesses?: boolean;
  readonly answer: Answer;
}

/** What a method may know before it lays out its phases. */
export interface MethodContext {
  /** Images a step, the same for every method. */
  readonly batch: number;
  /** Number of comparisons at hand; 0 if none. */
  readonly comparisons: number;
  readonly grades: number;
  /** Graded training images of each grade, [K]. */
  readonly counts: readonly number[];
}

/**
 * The rows of one part of the batch: of every view, or of one.
 * @param rows [R, ...], of the reader @returns [n, ...]
 * @throws Error if the batch has no such part or view
 */
export function part(
  batch: Pick<Batch, 'plan'>,
  rows: Tensor,
  name: PartName,
  { view, reader = 'student' }: { view?: number; reader?: Reader } = {},
): Tensor {
  const found = blocks(batch.plan, reader).filter(
    (b) => b.part === name && (view === undefined || b.view === view),
  );
  if (found.length === 0) {
    throw new Error(`the batch has no ${name} images for the ${reader} (view ${view ?? 'any'})`);
  }
  return concat(found.map(({ firstRow, images }) => slice(rows, 0, firstRow, firstRow + images)));
}

/** The first views of all images that have two, then their second views: rows of a contrast of views. */
export function twoViews(batch: Pick<Batch, 'plan'>, rows: Tensor): Tensor {
  const all = blocks(batch.plan, 'student');
  const seconds = all.filter(({ view }) => view === 1);
  const firsts = seconds.map(({ part }) => all.find((b) => b.part === part && b.view === 0)!);
  return concat(
    [...firsts, ...seconds].map(({ firstRow, images }) =>
      slice(rows, 0, firstRow, firstRow + images),
    ),
  );
}
