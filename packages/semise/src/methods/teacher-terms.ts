// Terms that learn from the teacher: what it says of weak views of the `any` images, the student is to
// say of strong ones. Trust grows with the phase, and is measured where it can be.

import {
  abs,
  add,
  argMax,
  cast,
  clip,
  concat,
  constant,
  div,
  exp,
  gather,
  greater,
  logSoftmax,
  max,
  maximum,
  mean,
  minimum,
  mul,
  neg,
  sigmoid,
  softmax,
  square,
  stopGradient,
  sub,
  sum,
  type Tensor,
} from '@semise/autograd';
import { alike, gradePairs, marginMatrix, preference } from '../losses/index.js';
import { type Scope, severityAxis, softmaxHead } from '../models/index.js';
import { type Batch, part, type Teacher } from './method.js';
import type { MethodSettings } from './settings.js';

/** From near 0 to 1 over the first `length` of a phase: exp(-5 (1 - x)²) (arXiv 1610.02242). */
export function rampUp(progress: Tensor, length: number): Tensor {
  if (length === 0) return constant(1);
  const left = sub(1, minimum(mul(progress, 1 / length), 1));
  return exp(mul(square(left), -5));
}

/** @throws Error if the plan has no views for a teacher */
export function teacherOf(batch: Batch): Teacher {
  if (!batch.teacher) throw new Error('a term of the teacher in a phase without one');
  return batch.teacher;
}

/** Each strong view of the student beside what the teacher sees of the same image. */
function beside(batch: Batch): { student: Tensor; teacher: Tensor; scope: Scope } {
  const { scope, features } = teacherOf(batch);
  const views = batch.plan.any?.views.length ?? 0;
  const seen = part(batch, features, 'any', { reader: 'teacher', view: 0 });
  return {
    student: part(batch, batch.features, 'any'),
    teacher: repeat(seen, views),
    scope,
  };
}

const repeat = (rows: Tensor, times: number): Tensor =>
  times === 1 ? rows : concat(Array<Tensor>(times).fill(rows));

/** The teacher's probabilities [n, K] and the student's logits of the same images [n, K]. */
export function bothHeads(scope: Scope, batch: Batch): { q: Tensor; logits: Tensor } {
  const { student, teacher, scope: averaged } = beside(batch);
  return {
    q: softmax(softmaxHead(averaged, teacher, batch.grades)),
    logits: softmaxHead(scope, student, batch.grades),
  };
}

/** Mean Teacher's consistency: mean over images of the squared difference of probabilities, summed. */
export function consistency(scope: Scope, batch: Batch): Tensor {
  const { q, logits } = bothHeads(scope, batch);
  return mean(sum(square(sub(softmax(logits), q)), [1]));
}

/** How slowly the running confidences of pseudo-labels follow the batches. */
const FOLLOW = 0.99;

/** How far below its threshold a confidence still counts (deviation of a Gaussian; SoftMatch, 2301.10921). */
const SOFT = 0.1;

export interface Thresholds {
  /** Of each row, by the grade that it most likely has [n]. */
  readonly threshold: Tensor;
  /** Of each row, the largest probability [n]. */
  readonly confidence: Tensor;
  /** Running mean probability of each grade [K]. */
  readonly shares: Tensor;
}

/**
 * Self-adaptive thresholds (FreeMatch, arXiv 2205.07246, eq. 4-8): the running mean confidence, lowered
 * for grades that are predicted less.
 * @param q probabilities of the teacher [n, K]
 */
export function adaptiveThresholds(scope: Scope, q: Tensor): Thresholds {
  const k = q.shape[1];
  const confidence = max(q, [1]);
  const level = scope.memory('confidence', [], 1 / k);
  const shares = scope.memory('shares', [k], 1 / k);
  const nextLevel = follow(level, mean(confidence));
  const nextShares = follow(shares, mean(q, [0]));
  scope.update(level, nextLevel);
  scope.update(shares, nextShares);
  const byGrade = mul(nextLevel, div(nextShares, max(nextShares)));
  return { threshold: gather(byGrade, argMax(q)), confidence, shares: nextShares };
}

/** The running mean after this batch. No gradient. */
export const follow = (memory: Tensor, now: Tensor, decay = FOLLOW): Tensor =>
  add(mul(memory, decay), mul(stopGradient(now), 1 - decay));

/**
 * Cross-entropy against the teacher's probabilities, each image weighted by how its confidence stands to
 * the threshold of its grade: 1 above, falling as a Gaussian below. Mean over all images, so that a batch
 * of doubts teaches little.
 */
export function pseudoGrades(scope: Scope, batch: Batch): Tensor {
  const { q, logits } = bothHeads(scope, batch);
  const { threshold, confidence } = adaptiveThresholds(scope.within('pseudo'), q);
  const below = minimum(mul(sub(confidence, threshold), 1 / SOFT), 0);
  const weight = exp(mul(square(below), -0.5));
  return mean(mul(weight, neg(sum(mul(stopGradient(q), logSoftmax(logits)), [1]))));
}

/** The teacher's severities of the `any` images and the student's, of the same views as `beside`. [n] */
function bothAxes(scope: Scope, batch: Batch): { teacher: Tensor; student: Tensor } {
  const { student, teacher, scope: averaged } = beside(batch);
  return { teacher: severityAxis(averaged, teacher), student: severityAxis(scope, student) };
}

/** P(a > b) of the student follows the teacher's, on all pairs of the `any` images. */
export function orderConsistency(scope: Scope, batch: Batch): Tensor {
  const { teacher, student } = bothAxes(scope, batch);
  const p = stopGradient(sigmoid(marginMatrix(teacher)));
  return preference(marginMatrix(student), p, otherImages(p.shape[0], batch));
}

/** 1 for pairs of different images, views of one image apart. [n, n] */
function otherImages(n: number, batch: Batch): Tensor {
  const images = part(batch, batch.rowImage, 'any');
  return sub(constant(new Float32Array(n * n).fill(1), [n, n]), alike(images));
}

/** How slowly trust in the teacher's order follows the held images. */
const TRUST = 0.95;

/** Step of the calibration of its margins. */
const CALIBRATION = 0.05;

/**
 * Orders that the teacher is sure of, as preferences of the student: weight (P - threshold) / (1 -
 * threshold), target P. Under control: the teacher's order of held graded pairs, which no loss learns, is
 * measured all along. Only as far as it lies above `orderFloor` do its orders count, and its margins are
 * shrunk until P is honest on those pairs (logistic regression, a step a batch).
 */
export function confidentOrder(scope: Scope, batch: Batch, s: MethodSettings): Tensor {
  const control = scope.within('order');
  const trust = control.memory('trust', [], 0.5);
  const calibration = control.memory('calibration', [], 1);
  const { teacher, student } = bothAxes(scope, batch);
  const judged = judge(batch, calibration);
  scope.update(trust, add(trust, mul(judged.seen, mul(sub(judged.right, trust), 1 - TRUST))));
  scope.update(
    calibration,
    clip(sub(calibration, mul(mul(judged.seen, judged.slope), CALIBRATION)), 0.05, 1),
  );
  const p = stopGradient(sigmoid(mul(marginMatrix(teacher), calibration)));
  const sure = mul(maximum(sub(p, s.orderThreshold), 0), 1 / (1 - s.orderThreshold));
  const weights = mul(sure, otherImages(p.shape[0], batch));
  const pairs = (p.shape[0] * (p.shape[0] - 1)) / 2;
  // The mean over sure pairs, scaled by how many they are.
  const value = mul(preference(marginMatrix(student), p, weights), mul(sum(weights), 1 / pairs));
  return mul(value, mul(maximum(sub(trust, s.orderFloor), 0), 1 / (1 - s.orderFloor)));
}

/** The teacher's order on held graded pairs: share in right order, slope of its calibration. */
function judge(batch: Batch, calibration: Tensor): Record<'seen' | 'right' | 'slope', Tensor> {
  const { scope, features } = teacherOf(batch);
  const views = batch.plan.held?.teacher?.length ?? 0;
  const severity = severityAxis(scope, part(batch, features, 'held', { reader: 'teacher' }));
  const [grade, subject] = [batch.heldGrade, batch.heldSubject].map((t) => repeat(t, views));
  const ones = constant(new Float32Array(grade.shape[0]).fill(1));
  const { weights } = gradePairs(grade, subject, ones, 'drop'); // 1 where i is the more severe
  const count = sum(weights);
  const margins = marginMatrix(severity);
  const over = (t: Tensor): Tensor => stopGradient(div(sum(mul(weights, t)), maximum(count, 1)));
  return {
    seen: minimum(count, 1),
    right: over(cast(greater(margins, 0), 'float32')),
    // d/da of -log sigmoid(a m), m scaled to 1 so that the step has one size.
    slope: over(
      mul(
        neg(sigmoid(neg(mul(margins, calibration)))),
        div(margins, maximum(stopGradient(max(abs(margins))), 1e-6)),
      ),
    ),
  };
}
