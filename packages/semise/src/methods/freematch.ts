// FreeMatch (Wang et al., arXiv 2205.07246): FixMatch with a threshold for each grade that follows what has
// been learned, and a term that keeps predictions of all grades fair.
// Published: running means over 1,000 steps, labels from the student itself. Here: over 100 steps, since runs
// are short, and labels from the averaged weights.

import {
  add,
  argMax,
  cast,
  div,
  greaterOrEqual,
  log,
  logSoftmax,
  maximum,
  mean,
  minimum,
  mul,
  neg,
  oneHot,
  reshape,
  softmax,
  stopGradient,
  sum,
  type Tensor,
} from '@semise/autograd';
import type { Scope } from '../models/index.js';
import type { Method, MethodContext } from './method.js';
import { semiSupervised, weakAndStrong } from './semi-supervised.js';
import type { MethodSettings } from './settings.js';
import { adaptiveThresholds, bothHeads, follow } from './teacher-terms.js';

/** The paper's weight of fairness with few labels. */
const FAIRNESS = 0.01;

export const freematch = (context: MethodContext, s: MethodSettings): Method =>
  semiSupervised(
    context,
    s,
    { name: 'freematch', summary: 'FixMatch with thresholds that follow each grade' },
    weakAndStrong(context, s),
    (scope, batch) => {
      const { q, logits } = bothHeads(scope, batch);
      const own = scope.within('freematch');
      const { threshold, confidence, shares } = adaptiveThresholds(own, q);
      const sure = cast(greaterOrEqual(confidence, threshold), 'float32');
      const label = oneHot(argMax(q), batch.grades);
      const each = neg(sum(mul(label, logSoftmax(logits)), [1]));
      return {
        pseudo: { value: mean(mul(sure, each)), weight: s.unlabelledWeight },
        fairness: { value: fairness(own, shares, label, sure, logits), weight: FAIRNESS },
      };
    },
  );

/**
 * Self-adaptive fairness (eq. 9-11): sum of a log b, where a is the running mean prediction by the
 * running histogram of labels, b that of the student on the sure images of the batch, both made to sum
 * to 1. 0 where nothing is sure.
 */
function fairness(
  scope: Scope,
  shares: Tensor,
  label: Tensor,
  sure: Tensor,
  logits: Tensor,
): Tensor {
  const k = logits.shape[1];
  const running = scope.memory('histogram', [k], 1 / k);
  const next = follow(running, mean(label, [0]));
  scope.update(running, next);
  const count = sum(sure);
  const column = reshape(sure, [-1, 1]);
  const meanOf = (rows: Tensor): Tensor =>
    div(sum(mul(rows, column), [0]), maximum(stopGradient(count), 1));
  const predicted = softmax(logits);
  const histogram = stopGradient(meanOf(oneHot(argMax(logits), k)));
  const a = stopGradient(normalized(div(shares, maximum(next, 1e-6))));
  const b = normalized(div(meanOf(predicted), maximum(histogram, 1e-2)));
  return mul(minimum(stopGradient(count), 1), sum(mul(a, log(add(b, 1e-12)))));
}

const normalized = (x: Tensor): Tensor => div(x, maximum(sum(x), 1e-12));
