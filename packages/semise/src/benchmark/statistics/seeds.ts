// What a method scores over its seeds, and how far apart two methods are on the same seeds. A seed
// draws the labelled images, the comparisons and the weights; the test images stay the same.

import jStat from 'jstat';
import { percentileInterval } from '../../evaluation/bootstrap.js';
import type { Estimate } from '../../evaluation/evaluate.js';
import { random } from '../../random.js';
import { correctedTTest } from './corrected-t-test.js';

/** Bootstrap draws of seeds. */
const DRAWS = 2000;
/** p below which Student's t tells a difference from 0. */
const SIGNIFICANCE = 0.05;

/** Values by seed. */
export type BySeed = ReadonlyMap<number, number>;

/**
 * A statistic of the seeds with its 95 % expanded percentile interval over draws of whole seeds. With one
 * seed there is none, and of fewer than five it is all but their range: two hold the truth between them in half of all
 * cases, three in three quarters, four in seven eighths. The interval says how far the draw of labels and weights
 * moves the figure; it leaves out that other test images would move it, too (`overSubjects`).
 *
 * @param statistic of a list of seeds; null where it is undefined for them
 */
export function overSeeds(
  seeds: readonly number[],
  statistic: (seeds: readonly number[]) => number | null,
): Estimate {
  const value = statistic(seeds);
  if (value === null || seeds.length < 2) return { value, ci95: null };
  const r = random(0, 'bootstrap over seeds');
  const draws = Array.from({ length: DRAWS }, () => statistic(seeds.map(() => r.pick(seeds))));
  return { value, ci95: percentileInterval(draws, seeds.length) };
}

/** Mean over seeds, with its interval. */
export const meanOverSeeds = (values: BySeed): Estimate =>
  values.size === 0
    ? { value: null, ci95: null }
    : overSeeds([...values.keys()], (seeds) => jStat.mean(seeds.map((seed) => values.get(seed)!)));

/** How `a` does against `b` on the seeds that both have. */
export interface PairedResult {
  readonly seeds: number;
  /** Mean of a - b. */
  readonly difference: Estimate;
  /** mean(a) / mean(b) - 1. */
  readonly relative: Estimate;
  /** The interval of the difference leaves out 0, and so does Student's, which is long where seeds are few. */
  readonly told: boolean;
  /** Two-sided, corrected for shared images; null with fewer than two seeds. */
  readonly p: number | null;
}

/**
 * @param testShare images tested on / images trained on, for the correction of `correctedTTest`
 */
export function pairedOverSeeds(a: BySeed, b: BySeed, testShare: number): PairedResult {
  const seeds = [...a.keys()].filter((seed) => b.has(seed));
  const of = (values: BySeed, drawn: readonly number[]) =>
    jStat.mean(drawn.map((s) => values.get(s)!));
  if (seeds.length === 0) {
    const none = { value: null, ci95: null };
    return { seeds: 0, difference: none, relative: none, told: false, p: null };
  }
  const differences = seeds.map((seed) => a.get(seed)! - b.get(seed)!);
  const difference = overSeeds(seeds, (drawn) => of(a, drawn) - of(b, drawn));
  const { ci95 } = difference;
  return {
    seeds: seeds.length,
    difference,
    relative: overSeeds(seeds, (drawn) => {
      const base = of(b, drawn);
      return base > 0 ? of(a, drawn) / base - 1 : null;
    }),
    told:
      ci95 !== null &&
      (ci95[0] > 0 || ci95[1] < 0) &&
      correctedTTest(differences, 0)! < SIGNIFICANCE,
    p: correctedTTest(differences, testShare),
  };
}
