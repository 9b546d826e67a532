// A direction of severity in a few numbers an image, from pairs of which one is the more severe: Bradley-Terry with
// a linear score, P(a more severe than b) = sigmoid(w . (x_a - x_b)), and a ridge on w.
//
// Bradley & Terry, Biometrika 39, 1952.

import { Matrix, solve } from 'ml-matrix';

export interface OrderedPair {
  /** What is known of the more and of the less severe one [d]. */
  readonly more: ArrayLike<number>;
  readonly less: ArrayLike<number>;
  /** > 0 */
  readonly weight: number;
  /** P(more is the more severe): 1, or 0.5 for a tie. */
  readonly target: number;
}

/**
 * The w of least sum of weight * -[target log P + (1 - target) log(1 - P)] + ridge / 2 |w|², by Newton's method.
 * @param ridge > 0 @returns [d]; nothing without pairs
 */
export function pairDirection(pairs: readonly OrderedPair[], ridge: number): number[] {
  const d = pairs[0]?.more.length ?? 0;
  let w = Array<number>(d).fill(0);
  for (let round = 0; round < 25; round++) {
    const gradient = w.map((v) => ridge * v);
    const hessian = new Float64Array(d * d);
    const apart = new Float64Array(d);
    for (const { more, less, weight, target } of pairs) {
      let margin = 0;
      for (let i = 0; i < d; i++) {
        apart[i] = more[i] - less[i];
        margin += w[i] * apart[i];
      }
      const p = 1 / (1 + Math.exp(-margin));
      const bend = weight * p * (1 - p);
      for (let i = 0; i < d; i++) {
        gradient[i] += weight * (p - target) * apart[i];
        for (let j = 0; j <= i; j++) hessian[i * d + j] += bend * apart[i] * apart[j];
      }
    }
    for (let i = 0; i < d; i++) {
      hessian[i * d + i] += ridge;
      for (let j = 0; j < i; j++) hessian[j * d + i] = hessian[i * d + j];
    }
    const step = solve(
      Matrix.from1DArray(d, d, hessian),
      Matrix.columnVector(gradient),
    ).to1DArray();
    w = w.map((v, i) => v - step[i]);
    if (Math.max(0, ...step.map(Math.abs)) < 1e-8) break;
  }
  return w;
}

/** The mean log loss of P under w, by weight; that of a coin without pairs. */
export function logLoss(pairs: readonly OrderedPair[], w: readonly number[]): number {
  let [loss, total] = [0, 0];
  for (const { more, less, weight, target } of pairs) {
    const margin = w.reduce((sum, v, i) => sum + v * (more[i] - less[i]), 0);
    // -log sigmoid(m) = log(1 + exp(-m)), and -log(1 - sigmoid(m)) is m more.
    loss +=
      weight *
      (Math.log1p(Math.exp(-Math.abs(margin))) + Math.max(0, -margin) + (1 - target) * margin);
    total += weight;
  }
  return total > 0 ? loss / total : Math.LN2;
}
