// Isotonic regression: the rising steps that lie nearest to the data.

/** A rising curve through points, straight between them and level outside. */
export interface RisingCurve {
  /** Rising. */
  x: number[];
  /** Not falling, as many. */
  y: number[];
}

/**
 * The non-falling sequence nearest to `values` in weighted squares, by pooling adjacent violators (Ayer et al.,
 * Ann. Math. Stat. 26:641, 1955).
 */
export function poolAdjacentViolators(
  values: readonly number[],
  weights: readonly number[] = values.map(() => 1),
): number[] {
  const blocks: { mean: number; weight: number; length: number }[] = [];
  values.forEach((mean, i) => {
    let block = { mean, weight: weights[i], length: 1 };
    for (let last = blocks.at(-1); last && last.mean >= block.mean; last = blocks.at(-1)) {
      const weight = last.weight + block.weight;
      block = {
        mean: (last.mean * last.weight + block.mean * block.weight) / weight,
        weight,
        length: last.length + block.length,
      };
      blocks.pop();
    }
    blocks.push(block);
  });
  return blocks.flatMap(({ mean, length }) => Array<number>(length).fill(mean));
}

/**
 * The curve that maps a said probability to how often it came true, rising (Zadrozny & Elkan, KDD 2002), as
 * scikit-learn's `IsotonicRegression(out_of_bounds='clip')`. Equal probabilities count as one point.
 *
 * @param said probabilities
 * @param happened whether it came true
 */
export function fitIsotonic(said: readonly number[], happened: readonly boolean[]): RisingCurve {
  const at = new Map<number, { hits: number; n: number }>();
  said.forEach((p, i) => {
    const point = at.get(p) ?? { hits: 0, n: 0 };
    at.set(p, { hits: point.hits + Number(happened[i]), n: point.n + 1 });
  });
  const points = [...at].sort(([a], [b]) => a - b);
  const x = points.map(([p]) => p);
  const y = poolAdjacentViolators(
    points.map(([, { hits, n }]) => hits / n),
    points.map(([, { n }]) => n),
  );
  // Points within a level stretch say nothing that its ends do not.
  const needed = x.map((_, i) => y[i] !== y[i - 1] || y[i] !== y[i + 1]);
  return { x: x.filter((_, i) => needed[i]), y: y.filter((_, i) => needed[i]) };
}

/** The curve's value at `at`. */
export function valueOn({ x, y }: RisingCurve, at: number): number {
  const above = x.findIndex((each) => each >= at);
  if (above === 0) return y[0];
  if (above < 0) return y[y.length - 1];
  const share = (at - x[above - 1]) / (x[above] - x[above - 1]);
  return y[above - 1] + share * (y[above] - y[above - 1]);
}
