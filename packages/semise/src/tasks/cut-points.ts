// Cut points: grades read off a severity score. Fitted to the graded images by dynamic programming,
// so that the cost is the smallest that any monotone rule can reach.

/** How scores become grades. */
export interface CutPoints {
  /** Increasing, one fewer than there are grades: grade k lies between cuts k - 1 and k. */
  readonly cuts: readonly number[];
  /** Scale of the logistic around each cut: P(grade > k) = sigmoid((score - cut_k) / scale). */
  readonly scale: number;
}

/**
 * What a grade costs that is not the right one: 1, so that fewest are wrong, and a little by its squared
 * distance, so that of two rules with as many wrong the nearer wins.
 */
export const gradeCost = (given: number, right: number): number =>
  given === right ? 0 : 1 + 0.01 * (given - right) ** 2;

/**
 * Fits cut points. Every grade counts the same however many images have it.
 *
 * A cut lies midway between the scores it separates. The scale is the one most likely to have made
 * the grades, found by golden-section search over its logarithm.
 *
 * @param scores of the graded images @param grades of the same, integers in [0, K) @param k K, >= 2
 */
export function fitCutPoints(
  scores: readonly number[],
  grades: readonly number[],
  k: number,
): CutPoints {
  const order = scores.map((_, i) => i).sort((a, b) => scores[a] - scores[b]);
  const x = order.map((i) => scores[i]);
  const y = order.map((i) => grades[i]);
  const n = x.length;
  const share = classWeights(y, k);

  // best[g][i]: least error of the i lowest scores when they take grades 0..g, in order.
  const best = Array.from({ length: k }, () => new Float64Array(n + 1));
  const from = Array.from({ length: k }, () => new Int32Array(n + 1));
  for (let g = 0; g < k; g++) {
    const error = new Float64Array(n + 1);
    for (let i = 0; i < n; i++) error[i + 1] = error[i] + share[i] * gradeCost(g, y[i]);
    let start = 0; // where grade g had best begin
    let least = g === 0 ? 0 : best[g - 1][0] - error[0];
    for (let i = 0; i <= n; i++) {
      if (g > 0 && splits(x, i) && best[g - 1][i] - error[i] < least) {
        least = best[g - 1][i] - error[i];
        start = i;
      }
      best[g][i] = error[i] + least;
      from[g][i] = start;
    }
  }
  const cuts = Array<number>(k - 1);
  let end = n;
  for (let g = k - 1; g > 0; g--) {
    end = from[g][end];
    cuts[g - 1] = between(x, end);
  }
  return { cuts, scale: fitScale(x, y, share, cuts) };
}

/** A cut may not fall between equal scores. */
const splits = (x: readonly number[], i: number): boolean =>
  i === 0 || i === x.length || x[i] > x[i - 1];

/** Midway between neighbours; beyond either end by the mean spacing, so that cuts stay finite. */
function between(x: readonly number[], i: number): number {
  const margin = (x[x.length - 1] - x[0]) / Math.max(1, x.length - 1) || 1e-6;
  if (i === 0) return x[0] - margin;
  if (i === x.length) return x[x.length - 1] + margin;
  return (x[i - 1] + x[i]) / 2;
}

function classWeights(grades: readonly number[], k: number): number[] {
  const counts = Array<number>(k).fill(0);
  for (const g of grades) counts[g]++;
  return grades.map((g) => 1 / counts[g]);
}

function fitScale(
  x: readonly number[],
  y: readonly number[],
  weights: readonly number[],
  cuts: readonly number[],
): number {
  const spread = Math.max(1e-6, (x[x.length - 1] - x[0]) / 2);
  const cost = (logScale: number): number => {
    const rule = { cuts, scale: Math.exp(logScale) };
    return -x.reduce((sum, score, i) => {
      const p = gradeProbabilities(score, rule)[y[i]];
      return sum + weights[i] * Math.log(Math.max(p, 1e-12));
    }, 0);
  };
  const golden = (Math.sqrt(5) - 1) / 2;
  let [low, high] = [Math.log(spread) - 7, Math.log(spread) + 2];
  while (high - low > 1e-4) {
    const a = high - golden * (high - low);
    const b = low + golden * (high - low);
    if (cost(a) < cost(b)) high = b;
    else low = a;
  }
  return Math.exp((low + high) / 2);
}

/** P(grade = k) for each k: differences of the logistic curves at the cuts. @returns [K], sums to 1 */
export function gradeProbabilities(score: number, { cuts, scale }: CutPoints): number[] {
  const above = cuts.map((cut) => 1 / (1 + Math.exp(-(score - cut) / scale)));
  return [1, ...above].map((p, k) => p - (above[k] ?? 0));
}

/** The median grade: the number of cuts below the score. */
export const gradeOf = (score: number, { cuts }: CutPoints): number =>
  cuts.filter((cut) => score > cut).length;
