// The gaps within one division of the images into groups: each group against the rest, and the worst
// against the best, with bootstrap intervals and permutation p-values.

import jStat from 'jstat';
import { percentileInterval, subjectDraws } from '../bootstrap.js';
import type { Estimate } from '../evaluate.js';
import type { Partition } from './attributes.js';
import { centre, deals, largestOf, permutationP, type Tail, unitsOf } from './permutation.js';
import {
  above,
  below,
  CALIBRATION,
  type Counted,
  countsOf,
  ERROR,
  figuresOf,
  gap,
  SCORE,
  standing,
  tally,
  together,
  without,
} from './tally.js';

/**
 * What is tested. `score`: severity score at equal grade, in standard deviations of images of one
 * grade; the most sensitive sign of a shortcut. `error`: mean error in grades at equal grade. `odds`:
 * the rate of answers above a threshold that stands out most, given that the grade is above it (true
 * positives) or not (false positives): equalised odds (Hardt et al., arXiv 1610.02413) at every
 * threshold. `calibration`: expected calibration error, less what chance and the mix of grades give.
 */
export const ASPECTS = ['score', 'error', 'odds', 'calibration'] as const;
export type Aspect = (typeof ASPECTS)[number];

/** A rate of `odds`: P(predicted > k | grade > k) or P(predicted > k | grade <= k). */
export interface Rate {
  k: number;
  side: 'above' | 'below';
}

/** A test of one gap. */
export interface Gap {
  attributes: readonly string[];
  aspect: Aspect;
  /** Values of the attributes of the group, and of the other; null = all the rest. */
  group: readonly string[];
  against: readonly string[] | null;
  /** How much larger in `group`; null where undefined. */
  value: number | null;
  /** 95 %, not widened for the number of tests. */
  ci95: Estimate['ci95'];
  /** Which rate, where `odds` is the aspect. */
  rate: Rate | null;
  /** By permutation; null where undefined. */
  p: number | null;
}

/** Two sides to compare: a group with the rest, or whichever are the highest and the lowest. */
type Contrast = { kind: 'rest'; group: number } | { kind: 'extremes' };

/** What is to be compared within a division: known before anything is drawn. */
export interface Plan {
  partition: Partition;
  /** Subjects of each group. */
  subjects: number[];
  /** Subjects of all other groups, for each group. */
  others: number[];
  /** Groups with enough subjects, and a rest with enough. */
  judged: number[];
  contrasts: Contrast[];
}

/** Plans the comparisons of a division. @param minSubjects of a group, and of what it is compared with */
export function planGaps(set: Counted, partition: Partition, minSubjects: number): Plan {
  const { groupOf, groups } = partition;
  const members = groups.map(() => new Set<number>());
  groupOf.forEach((group, i) => {
    if (group >= 0) members[group].add(set.subjectOf[i]);
  });
  const subjects = members.map(({ size }) => size);
  const rest = (group: number) =>
    new Set(members.flatMap((of, other) => (other === group ? [] : [...of]))).size;
  const others = [...groups.keys()].map(rest);
  const judged = [...groups.keys()].filter(
    (g) => subjects[g] >= minSubjects && others[g] >= minSubjects,
  );
  // Of two groups, one against the other says all; it is the one with the larger error.
  if (groups.length === 2 && judged.length === 2) {
    const counts = tally(set, groupOf, 2);
    const all = together(counts);
    const [a, b] = counts.map((group) => standing(group, all, set.grades)[ERROR]);
    const larger: Contrast = { kind: 'rest', group: a > b ? 0 : 1 };
    return { partition, subjects, others, judged, contrasts: [larger] };
  }
  const contrasts: Contrast[] = judged.map((group) => ({ kind: 'rest', group }));
  if (judged.length > 1) contrasts.push({ kind: 'extremes' });
  return { partition, subjects, others, judged, contrasts };
}

/** Tests that a plan makes. */
export const testsOf = (plan: Plan, set: Counted): number =>
  plan.contrasts.length * (set.calibration ? ASPECTS.length : ASPECTS.length - 1);

export interface Measured {
  tests: Gap[];
  /** Of each judged group, in the plan's order: how much larger than in the rest. */
  againstRest: { score: Estimate; error: Estimate }[];
}

/**
 * Measures the gaps of a division.
 *
 * @param draws of the bootstrap over subjects
 * @param permutations most deals of the groups among subjects of the same grade; fewer where
 *   nothing is near a finding
 */
export function measureGaps(
  set: Counted,
  plan: Plan,
  { seed, draws, permutations }: { seed: number; draws: number; permutations: number },
): Measured {
  const { partition, contrasts, judged } = plan;
  const { groupOf, groups, attributes } = partition;
  const { grades } = set;
  const figures = figuresOf(grades);
  const counts = tally(set, groupOf, groups.length);
  const all = together(counts);
  const extremes = extremePairs(counts, all, judged, grades);
  const room = roomFor(groups.length, grades);
  const compare = (
    contrast: Contrast,
    of: readonly Float64Array[],
    sum: Float64Array,
  ): Float64Array =>
    contrast.kind === 'rest'
      ? gap(of[contrast.group], without(sum, of[contrast.group], room.rest), grades, room.figures)
      : Float64Array.from(extremes, ([high, low], f) => gap(of[high], of[low], grades)[f]);
  const statistic = (contrast: Contrast, of: readonly Float64Array[]): Float64Array =>
    contrast.kind === 'rest' ? compare(contrast, of, all) : spread(of, all, judged, grades, room);

  const observed = contrasts.map((contrast) => statistic(contrast, counts).slice());
  const dealt = contrasts.map(() =>
    Array.from({ length: figures }, () => new Float64Array(permutations)),
  );
  const judgedBy = (n: number): Judgement[][] =>
    contrasts.map(({ kind }, c) => {
      const drawn = dealt[c].map((of) => of.subarray(0, n));
      return judge(observed[c], drawn, kind === 'rest' ? 'both' : 'upper', set);
    });
  const units = unitsOf(set, groupOf, groups.length);
  const few = Math.min(FIRST, permutations);
  let first: Judgement[][] = [];
  let draw = 0;
  for (const dealtGroupOf of deals(units, permutations, seed, attributes.join(' '))) {
    const drawn = tally(set, dealtGroupOf, groups.length, undefined, room.counts);
    contrasts.forEach((contrast, c) => {
      const values = statistic(contrast, drawn);
      for (let f = 0; f < figures; f++) dealt[c][f][draw] = values[f];
    });
    draw++;
    if (draw === few) {
      first = judgedBy(few);
      if (!first.flat().some(doubtful)) break;
    }
  }
  const last = draw > few ? judgedBy(draw) : first;
  const judgements = first.map((of, c) => of.map((one, i) => (doubtful(one) ? last[c][i] : one)));

  const rest = judged.map((group): Contrast => ({ kind: 'rest', group }));
  const compared = [...contrasts, ...rest];
  const measured = compared.map((contrast) => compare(contrast, counts, all).slice());
  const resampled = compared.map(() => Array.from({ length: figures }, () => [] as number[]));
  for (const weights of subjectDraws(set.subjectOf, set.subjects, draws, seed)) {
    const drawn = tally(set, groupOf, groups.length, weights, room.counts);
    const drawnAll = together(drawn);
    compared.forEach((contrast, c) => {
      const values = compare(contrast, drawn, drawnAll);
      for (let f = 0; f < figures; f++) resampled[c][f].push(values[f]);
    });
  }

  const tests = contrasts.flatMap((contrast, c): Gap[] =>
    judgements[c].map(({ aspect, figure, rate, p, net }): Gap => {
      const [high, low] =
        contrast.kind === 'extremes'
          ? extremes[figure]
          : [contrast.group, groups.length === 2 ? 1 - contrast.group : null];
      const value = measured[c][figure] - net;
      const drawn = resampled[c][figure];
      const fewest = Math.min(plan.subjects[high], plan.subjects[low ?? -1] ?? plan.others[high]);
      return {
        attributes,
        aspect,
        group: groups[high],
        against: low === null ? null : groups[low],
        value: number(value),
        ci95:
          aspect === 'calibration'
            ? shiftedInterval(drawn, value, fewest)
            : intervalOf(drawn, value, fewest),
        rate,
        p,
      };
    }),
  );
  const againstRest = judged.map((group, j) => {
    const fewest = Math.min(plan.subjects[group], plan.others[group]);
    const at = contrasts.length + j;
    const estimate = (figure: number): Estimate => ({
      value: number(measured[at][figure]),
      ci95: intervalOf(resampled[at][figure], measured[at][figure], fewest),
    });
    return { score: estimate(SCORE), error: estimate(ERROR) };
  });
  return { tests, againstRest };
}

/** What the deals say of one aspect of a contrast. */
interface Judgement {
  aspect: Aspect;
  /** The figure shown. */
  figure: number;
  rate: Rate | null;
  p: number | null;
  /** What chance alone gives. */
  net: number;
}

/**
 * Deals after which a gap that is not even doubtful is left at its p-value. A p-value up to DOUBT counts
 * all deals, so that at every level p stays below it no more often than it may: above DOUBT by the first
 * deals alone, below it by all.
 */
const FIRST = 999;
const DOUBT = 0.02;
const doubtful = ({ p }: Judgement): boolean => p !== null && p <= DOUBT;

function judge(
  observed: Float64Array,
  dealt: readonly Float64Array[],
  tail: Tail,
  { grades, calibration }: Counted,
): Judgement[] {
  const single = (aspect: Aspect, figure: number): Judgement => ({
    aspect,
    figure,
    rate: null,
    p: permutationP(observed[figure], dealt[figure], tail),
    net: aspect === 'calibration' ? centre(observed[figure], dealt[figure]) : 0,
  });
  const rates = ratesOf(grades);
  const places = rates.map(({ k, side }) => (side === 'above' ? above(k) : below(k, grades)));
  const odds = largestOf(
    places.map((f) => observed[f]),
    places.map((f) => dealt[f]),
    tail,
  );
  const largest = Math.max(0, odds.largest);
  return [
    single('score', SCORE),
    single('error', ERROR),
    {
      aspect: 'odds',
      figure: places[largest],
      rate: rates[largest],
      p: odds.largest < 0 ? null : odds.p,
      net: 0,
    },
    ...(calibration ? [single('calibration', CALIBRATION)] : []),
  ];
}

/** The rates of `odds`, a pair a threshold. */
export const ratesOf = (grades: number): Rate[] =>
  Array.from({ length: grades - 1 }, (_, k) => k).flatMap((k): Rate[] => [
    { k, side: 'above' },
    { k, side: 'below' },
  ]);

/** Room that every draw uses anew. */
const roomFor = (groups: number, grades: number) => ({
  counts: countsOf(groups, grades),
  rest: countsOf(1, grades)[0],
  figures: new Float64Array(figuresOf(grades)),
  standing: new Float64Array(figuresOf(grades)),
  lowest: new Float64Array(figuresOf(grades)),
});

/** How far apart the judged groups stand at most, figure by figure. */
function spread(
  counts: readonly Float64Array[],
  all: Float64Array,
  judged: readonly number[],
  grades: number,
  room: ReturnType<typeof roomFor>,
): Float64Array {
  const highest = room.figures.fill(Number.NEGATIVE_INFINITY);
  const lowest = room.lowest.fill(Number.POSITIVE_INFINITY);
  for (const group of judged) {
    const values = standing(counts[group], all, grades, room.standing);
    for (let f = 0; f < values.length; f++) {
      if (values[f] > highest[f]) highest[f] = values[f];
      if (values[f] < lowest[f]) lowest[f] = values[f];
    }
  }
  for (let f = 0; f < highest.length; f++) {
    highest[f] = lowest[f] <= highest[f] ? highest[f] - lowest[f] : Number.NaN;
  }
  return highest;
}

/** For each figure the judged groups where it stands highest and lowest. */
function extremePairs(
  counts: readonly Float64Array[],
  all: Float64Array,
  judged: readonly number[],
  grades: number,
): [number, number][] {
  if (judged.length === 0) return [];
  const standings = judged.map((g) => standing(counts[g], all, grades));
  return Array.from({ length: figuresOf(grades) }, (_, figure) => {
    let [high, low] = [0, 0];
    standings.forEach((values, j) => {
      if (values[figure] > standings[high][figure]) high = j;
      if (values[figure] < standings[low][figure]) low = j;
    });
    return [judged[high], judged[low]];
  });
}

const number = (value: number): number | null => (Number.isNaN(value) ? null : value);

/** @param subjects of the smaller side */
function intervalOf(drawn: readonly number[], value: number, subjects: number): Estimate['ci95'] {
  return Number.isNaN(value) ? null : percentileInterval(drawn.map(number), subjects);
}

/** Resampling adds to any calibration error, so its draws tell the width alone. */
function shiftedInterval(
  drawn: readonly number[],
  value: number,
  subjects: number,
): Estimate['ci95'] {
  const defined = drawn.filter((one) => !Number.isNaN(one));
  const mean = jStat.mean(defined);
  return intervalOf(
    drawn.map((one) => one - mean + value),
    value,
    subjects,
  );
}
