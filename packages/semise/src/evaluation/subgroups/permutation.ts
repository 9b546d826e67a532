// The null hypothesis: among subjects of the same grade, the group says nothing about the answers.
// Then groups may be dealt out anew among subjects of the same grade, and a gap is surprising if few
// such deals have one as large. Another mix of grades is in every deal, so it is never called a gap.

import { random } from '../../random.js';
import type { Counted } from './tally.js';

/** Subjects as they are dealt with, numbered in 0..count-1. */
interface Units {
  /** Each image's unit, -1 where its group is not known. */
  unitOf: Int32Array;
  /** Each unit's group. */
  group: Int32Array;
  /** Units among which groups are dealt: those of the same mean grade, to the half grade. */
  strata: Int32Array[];
}

/**
 * A subject is a unit. One whose images stand in several groups (two devices) is a unit a group, which
 * makes the test too careful there, never too eager: its images are more alike than the test assumes.
 */
export function unitsOf(set: Counted, groupOf: Int32Array, groups: number): Units {
  const number = new Map<number, number>();
  const images: number[] = [];
  const sums: number[] = [];
  const group: number[] = [];
  const unitOf = Int32Array.from(groupOf, (own, i) => {
    if (own < 0) return -1;
    const key = set.subjectOf[i] * groups + own;
    const unit = number.get(key) ?? number.size;
    if (unit === number.size) {
      number.set(key, unit);
      group.push(own);
      images.push(0);
      sums.push(0);
    }
    images[unit]++;
    sums[unit] += set.truth[i];
    return unit;
  });
  const strata = new Map<number, number[]>();
  images.forEach((n, unit) => {
    const half = Math.round((2 * sums[unit]) / n);
    const units = strata.get(half) ?? [];
    units.push(unit);
    strata.set(half, units);
  });
  return {
    unitOf,
    group: Int32Array.from(group),
    strata: [...strata.values()].map((units) => Int32Array.from(units)),
  };
}

/**
 * For every draw each image's group after dealing. One array is filled anew for each draw: read it
 * before asking for the next.
 */
export function* deals(
  { unitOf, group, strata }: Units,
  draws: number,
  seed: number,
  purpose: string,
): Generator<Int32Array> {
  const stream = random(seed, 'subgroup permutation', purpose);
  const dealt = group.slice();
  const groupOf = new Int32Array(unitOf.length).fill(-1);
  for (let draw = 0; draw < draws; draw++) {
    for (const units of strata) {
      for (let i = units.length - 1; i > 0; i--) {
        const [a, b] = [units[i], units[stream.integer(i + 1)]];
        [dealt[a], dealt[b]] = [dealt[b], dealt[a]];
      }
    }
    for (let i = 0; i < groupOf.length; i++) if (unitOf[i] >= 0) groupOf[i] = dealt[unitOf[i]];
    yield groupOf;
  }
}

/** Whether far out means away from the middle, or above it (a range, which is never below 0). */
export type Tail = 'both' | 'upper';

/**
 * The p-value of a permutation test about the mean of all draws (which a figure that chance never
 * makes 0 needs, a calibration error say): the share of draws, the observed one among them, at least
 * as far out (Phipson & Smyth, Stat. Appl. Genet. Mol. Biol. 9:39, 2010). Draws where the figure is
 * undefined count as far out. Null where the observed figure is undefined.
 *
 * @param drawn the figure in every deal, NaN where undefined
 */
export function permutationP(observed: number, drawn: Float64Array, tail: Tail): number | null {
  return Number.isNaN(observed) ? null : largestOf([observed], [drawn], tail).p;
}

/** Mean of the observed and the drawn values that are defined. */
export function centre(observed: number, drawn: Float64Array): number {
  let [sum, n] = [observed, 1];
  for (const value of drawn) {
    if (Number.isNaN(value)) continue;
    sum += value;
    n++;
  }
  return sum / n;
}

/**
 * The p-value of the largest of several figures, each in standard deviations of its own draws, so that
 * a rare threshold's noise does not hide a common one's gap. Observed and drawn values are treated
 * alike, which keeps the test exact.
 *
 * @param observed the figures; NaN ones are left out
 * @param drawn the same figures in every deal, an array a figure
 * @returns p, 1 where no figure varies, and which figure is the largest, -1 where none is defined
 */
export function largestOf(
  observed: readonly number[],
  drawn: readonly Float64Array[],
  tail: Tail,
): { p: number; largest: number } {
  const draws = drawn[0].length;
  const highest = new Float64Array(draws).fill(Number.NEGATIVE_INFINITY);
  let [best, largest] = [Number.NEGATIVE_INFINITY, -1];
  observed.forEach((value, f) => {
    if (Number.isNaN(value)) return;
    const mean = centre(value, drawn[f]);
    let squares = (value - mean) ** 2;
    for (const one of drawn[f]) if (!Number.isNaN(one)) squares += (one - mean) ** 2;
    const deviation = Math.sqrt(squares / (draws + 1));
    const far = (one: number): number => {
      if (Number.isNaN(one)) return Number.POSITIVE_INFINITY;
      if (!(deviation > 1e-12)) return 0;
      return (tail === 'both' ? Math.abs(one - mean) : one - mean) / deviation;
    };
    const own = far(value);
    if (own > best) [best, largest] = [own, f];
    for (let d = 0; d < draws; d++) highest[d] = Math.max(highest[d], far(drawn[f][d]));
  });
  let asFar = 1;
  for (const out of highest) if (out >= best - 1e-9) asFar++; // equal but for rounding is equal
  return { p: asFar / (draws + 1), largest };
}
