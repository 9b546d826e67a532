// The population stability index, told apart from what chance alone gives: with few images it is large
// without any drift.

import jStat from 'jstat';
import { pool, type Sample } from './sample.js';

export interface Psi {
  /** Sum over bins of (q - p) ln(q / p). */
  readonly psi: number;
  /** What it is in the mean without drift: (bins - 1)(1/n + 1/m). */
  readonly expected: number;
  /**
   * Of chi-square: psi / (1/n + 1/m) has bins - 1 degrees of freedom without drift (Yurdakul &
   * Naranjo, Statistical properties of the population stability index, J. Risk Model Validation
   * 14(4), 2020). For large samples: with fewer than about 5 subjects a bin it is rough.
   */
  readonly p: number;
  readonly bins: number;
}

/**
 * Of a number or a category. Numbers fall into bins of equal share of the reference (fewer where
 * values repeat); categories are their own bins. Each subject counts once, n and m are subjects, and
 * every bin gets half a subject more, so that an empty one does not make the index infinite.
 *
 * @param options `bins` of numbers, 10 unless told
 */
export function psi(
  reference: Sample<number> | Sample<string>,
  other: Sample<number> | Sample<string>,
  { bins: most = 10 }: { bins?: number } = {},
): Psi {
  const { values, subjectOf, weights, first, second } = pool<number | string>(reference, other);
  const binOf =
    typeof values[0] === 'number' ? intoBins(reference as Sample<number>, most) : String;
  const counts = new Map<number | string, [number, number]>();
  values.forEach((value, i) => {
    const bin = binOf(value as number);
    const both = counts.get(bin) ?? [0, 0];
    both[subjectOf[i] < first ? 0 : 1] += weights[i];
    counts.set(bin, both);
  });
  const bins = counts.size;
  const share = (count: number, of: number) => (count + 0.5) / (of + 0.5 * bins);
  let index = 0;
  for (const [a, b] of counts.values()) {
    const [p, q] = [share(a, first), share(b, second)];
    index += (q - p) * Math.log(q / p);
  }
  const chance = 1 / first + 1 / second;
  return {
    psi: index,
    expected: (bins - 1) * chance,
    p: bins > 1 ? 1 - jStat.chisquare.cdf(index / chance, bins - 1) : 1,
    bins,
  };
}

/** The bin of a number: how many of the edges are below it. Edges are quantiles of the reference. */
function intoBins({ values }: Sample<number>, bins: number): (value: number) => number {
  const sorted = Float64Array.from(values).sort();
  const edges = new Set<number>();
  for (let k = 1; k < bins; k++) {
    const at = (k / bins) * (sorted.length - 1);
    const low = Math.floor(at);
    const high = Math.min(low + 1, sorted.length - 1);
    edges.add(sorted[low] + (at - low) * (sorted[high] - sorted[low]));
  }
  const distinct = [...edges];
  return (value) => distinct.filter((edge) => edge < value).length;
}
