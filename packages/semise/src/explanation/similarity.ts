// How alike two maps are.

/**
 * Spearman's rank correlation, ties sharing their mean rank; null where one of the maps is the same
 * everywhere. @returns in [-1, 1]
 */
export function rankCorrelation(a: ArrayLike<number>, b: ArrayLike<number>): number | null {
  const [x, y] = [ranks(a), ranks(b)];
  const middle = (x.length - 1) / 2;
  let [xx, yy, xy] = [0, 0, 0];
  for (let i = 0; i < x.length; i++) {
    xx += (x[i] - middle) ** 2;
    yy += (y[i] - middle) ** 2;
    xy += (x[i] - middle) * (y[i] - middle);
  }
  return xx === 0 || yy === 0 ? null : xy / Math.sqrt(xx * yy);
}

function ranks(values: ArrayLike<number>): Float64Array {
  const order = Array.from({ length: values.length }, (_, i) => i);
  order.sort((a, b) => values[a] - values[b]);
  const found = new Float64Array(values.length);
  for (let start = 0; start < order.length; ) {
    let end = start + 1;
    while (end < order.length && values[order[end]] === values[order[start]]) end++;
    for (let i = start; i < end; i++) found[order[i]] = (start + end - 1) / 2;
    start = end;
  }
  return found;
}

const WINDOW = 7;

/**
 * The structural similarity of two maps (Wang et al., IEEE Trans. Image Process. 13:600, 2004) as
 * scikit-image has it: uniform windows of 7 x 7, sample covariances, the mean over windows that lie
 * inside. Each map is first stretched to [0, 1]; null where one is the same everywhere.
 * @param a [S, S], S >= 7 @param b of the same size
 */
export function structuralSimilarity(a: ArrayLike<number>, b: ArrayLike<number>): number | null {
  const [x, y] = [stretched(a), stretched(b)];
  if (!x || !y) return null;
  const side = Math.sqrt(x.length);
  const [c1, c2] = [0.01 ** 2, 0.03 ** 2];
  const n = WINDOW ** 2;
  let [total, windows] = [0, 0];
  for (let top = 0; top + WINDOW <= side; top++) {
    for (let left = 0; left + WINDOW <= side; left++) {
      let [sx, sy, sxx, syy, sxy] = [0, 0, 0, 0, 0];
      for (let row = top; row < top + WINDOW; row++) {
        for (let p = row * side + left; p < row * side + left + WINDOW; p++) {
          sx += x[p];
          sy += y[p];
          sxx += x[p] * x[p];
          syy += y[p] * y[p];
          sxy += x[p] * y[p];
        }
      }
      const [mx, my] = [sx / n, sy / n];
      const covariance = (s: number, u: number, v: number) => (s - n * u * v) / (n - 1);
      const [vx, vy] = [covariance(sxx, mx, mx), covariance(syy, my, my)];
      total +=
        ((2 * mx * my + c1) * (2 * covariance(sxy, mx, my) + c2)) /
        ((mx * mx + my * my + c1) * (vx + vy + c2));
      windows++;
    }
  }
  return windows === 0 ? null : total / windows;
}

function stretched(values: ArrayLike<number>): Float64Array | null {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (let i = 0; i < values.length; i++) {
    low = Math.min(low, values[i]);
    high = Math.max(high, values[i]);
  }
  return high > low ? Float64Array.from(values, (v) => (v - low) / (high - low)) : null;
}
