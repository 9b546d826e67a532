// Preference optimisation: every order signal is a weighted preference between two subjects.
// P(a more severe than b) = sigmoid(margin(a, b)); Bradley-Terry, as in SEMISE's L_PrO and ConPrO
// (arXiv 2404.18831, the intended loss: its published code ignores the direction).

import {
  add,
  cast,
  div,
  equal,
  greater,
  logSigmoid,
  maximum,
  mul,
  neg,
  reshape,
  sub,
  sum,
  type Tensor,
} from '@semise/autograd';

/** What becomes of two subjects of equal severity: left out, or asked to be level (target 0.5). */
export type Ties = 'drop' | 'level';

/**
 * The weighted mean of -[t log P + (1 - t) log(1 - P)], P = sigmoid(margin). No weight at all gives 0.
 * @param margins [...] @param targets t in [0, 1], the shape of margins @param weights >= 0, likewise
 */
export function preference(margins: Tensor, targets: Tensor, weights: Tensor): Tensor {
  const loss = neg(
    add(mul(targets, logSigmoid(margins)), mul(sub(1, targets), logSigmoid(neg(margins)))),
  );
  const total = sum(weights);
  // Weights are counts or shares: a batch without any preference must cost nothing, not divide by 0.
  return div(sum(mul(weights, loss)), maximum(total, 1e-6));
}

export interface GradePairs {
  /** [N, N]: 1 where row i is more severe than row j, 0.5 where level. */
  readonly targets: Tensor;
  /** [N, N]: 0 where the pair says nothing. Each pair counts once. */
  readonly weights: Tensor;
}

/**
 * The preferences between the graded images of a batch: different subjects, different grades.
 * @param grades [N], int32 @param subjects [N], int32 @param weights [N], >= 0
 */
export function gradePairs(
  grades: Tensor,
  subjects: Tensor,
  weights: Tensor,
  ties: Ties = 'drop',
): GradePairs {
  const [n] = grades.shape;
  const column = (t: Tensor) => reshape(t, [n, 1]);
  const row = (t: Tensor) => reshape(t, [1, n]);
  const g = cast(grades, 'float32');
  const above = cast(greater(column(g), row(g)), 'float32');
  const level = cast(equal(column(g), row(g)), 'float32');
  const others = sub(1, cast(equal(column(subjects), row(subjects)), 'float32'));
  const both = mul(others, mul(column(weights), row(weights)));
  // A level pair stands twice in the matrix, (i, j) and (j, i): half a weight each.
  return ties === 'drop'
    ? { targets: above, weights: mul(both, above) }
    : {
        targets: add(above, mul(level, 0.5)),
        weights: mul(both, add(above, mul(level, 0.5))),
      };
}

/** s_i - s_j for all rows. @param scores [N] @returns [N, N] */
export const marginMatrix = (scores: Tensor): Tensor =>
  sub(reshape(scores, [scores.shape[0], 1]), reshape(scores, [1, scores.shape[0]]));
