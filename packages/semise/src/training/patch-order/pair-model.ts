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
  const apart = Array.from({ length: d }, () => new Float64Array(pairs.length));
  pairs.forEach(({ more, less }, n) => {
    for (let i = 0; i < d; i++) apart[i][n] = more[i] - less[i];
  });
  let w = Array<number>(d).fill(0);
  for (let round = 0; round < 25; round++) {
    const margins = new Float64Array(pairs.length);
    apart.forEach((column, i) => {
      for (let n = 0; n < margins.length; n++) margins[n] += w[i] * column[n];
    });
    const p = margins.map((margin) => 1 / (1 + Math.exp(-margin)));
    const error = p.map((v, n) => pairs[n].weight * (v - pairs[n].target));
    const gradient = apart.map((column, i) => {
      let sum = ridge * w[i];
      for (let n = 0; n < error.length; n++) sum += error[n] * column[n];
      return sum;
    });
    const hessian = gram(
      apart,
      p.map((v, n) => pairs[n].weight * v * (1 - v)),
    );
    for (let i = 0; i < d; i++) hessian.set(i, i, hessian.get(i, i) + ridge);
    const step = solve(hessian, Matrix.columnVector(gradient)).to1DArray();
    w = w.map((v, i) => v - step[i]);
    if (Math.max(0, ...step.map(Math.abs)) < 1e-8) break;
  }
  return w;
}

type Column = Float64Array;

/** Sums of weight * x_i * x_j over the rows of columns x; four at once, since one sum waits for its last addition. */
function gram(columns: readonly Column[], weights: Column): Matrix {
  const d = columns.length;
  const sums = Matrix.zeros(d, d);
  const column = (i: number) => columns[Math.min(i, d - 1)];
  const weighted = new Float64Array(weights.length);
  for (let i = 0; i < d; i++) {
    for (let n = 0; n < weights.length; n++) weighted[n] = weights[n] * columns[i][n];
    for (let j = 0; j <= i; j += 4) {
      const four = dots(weighted, column(j), column(j + 1), column(j + 2), column(j + 3));
      four.slice(0, i - j + 1).forEach((sum, k) => {
        sums.set(i, j + k, sum).set(j + k, i, sum);
      });
    }
  }
  return sums;
}

function dots(x: Column, a: Column, b: Column, c: Column, d: Column): number[] {
  let [ofA, ofB, ofC, ofD] = [0, 0, 0, 0];
  for (let n = 0; n < x.length; n++) {
    const v = x[n];
    ofA += v * a[n];
    ofB += v * b[n];
    ofC += v * c[n];
    ofD += v * d[n];
  }
  return [ofA, ofB, ofC, ofD];
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
