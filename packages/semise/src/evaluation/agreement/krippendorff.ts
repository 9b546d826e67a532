// Krippendorff's alpha: agreement of any number of raters, some grades missing, by the kind of scale.

/** What a difference between two grades means: none is nearer, their order counts, their distance counts. */
export type Scale = 'nominal' | 'ordinal' | 'interval';

/** The pairs of grades within one image: `[c, k, how often]`, both orders. */
type Pairs = readonly (readonly [c: number, k: number, weight: number])[];

/** Images made ready: grades numbered from 0 in ascending order. */
export interface Coincidences {
  /** The grades that occur, ascending. */
  readonly values: readonly number[];
  /** Of each image; none where it has fewer than two grades. */
  readonly images: readonly Pairs[];
}

/** @param images the grades of each, in any order; images with fewer than two take no part */
export function coincidences(images: readonly (readonly number[])[]): Coincidences {
  const values = [...new Set(images.flat())].sort((a, b) => a - b);
  return {
    values,
    images: images.map((grades) => {
      const pairs = new Map<number, number>();
      grades.forEach((a, i) => {
        grades.forEach((b, j) => {
          if (i === j) return;
          const key = values.indexOf(a) * values.length + values.indexOf(b);
          pairs.set(key, (pairs.get(key) ?? 0) + 1 / (grades.length - 1));
        });
      });
      return [...pairs].map(
        ([key, weight]) => [Math.floor(key / values.length), key % values.length, weight] as const,
      );
    }),
  };
}

/**
 * alpha = 1 - D_observed / D_expected, 1 = they agree always, 0 = as chance would, below: less than
 * chance (K. Krippendorff, Computing Krippendorff's Alpha-Reliability, 2011, section C and the metric
 * differences there).
 *
 * @param weights how often each image counts; once unless told
 * @returns null where nothing can be said: no image has two grades, or there is one grade throughout
 */
export function krippendorffAlpha(
  { values, images }: Coincidences,
  scale: Scale,
  weights?: ArrayLike<number>,
): number | null {
  const n = values.map(() => new Float64Array(values.length));
  images.forEach((pairs, i) => {
    const times = weights?.[i] ?? 1;
    for (const [c, k, weight] of pairs) n[c][k] += times * weight;
  });
  const margins = n.map((row) => row.reduce((sum, x) => sum + x, 0));
  const total = margins.reduce((sum, x) => sum + x, 0);
  let observed = 0;
  let expected = 0;
  for (let c = 0; c < values.length; c++) {
    let between = 0;
    for (let k = c + 1; k < values.length; k++) {
      between += margins[k - 1];
      const difference = {
        nominal: 1,
        ordinal: (between - (margins[c] - margins[k]) / 2) ** 2,
        interval: (values[c] - values[k]) ** 2,
      }[scale];
      observed += n[c][k] * difference;
      expected += margins[c] * margins[k] * difference;
    }
  }
  return expected === 0 ? null : 1 - ((total - 1) * observed) / expected;
}
