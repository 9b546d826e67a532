// How far raters agree with one another and with themselves, each figure with its 95 % interval by a
// bootstrap over subjects.

import { InputError } from '../../errors.js';
import { numberSubjects, subjectDraws } from '../bootstrap.js';
import type { Estimate } from '../evaluate.js';
import { confusionMatrix, ratio } from '../metrics/confusion.js';
import { type Range, scoreEstimate } from '../score-interval.js';
import { icc21 } from './icc.js';
import { cohenKappa, fleissKappa } from './kappa.js';
import { coincidences, krippendorffAlpha } from './krippendorff.js';

/** One rater's grade of one image; `subject` null = the image is its own. */
export interface RatedImage {
  readonly image: string;
  readonly subject: string | null;
  readonly rater: string;
  readonly grade: number;
}

/** What two grades of the same images have in common. */
export interface PairAgreement {
  /** Images with both grades (pairs of grades, for repeats). */
  images: number;
  /** Share of equal grades. */
  exact: Estimate;
  /** Share of grades that differ by one at most. */
  withinOne: Estimate;
  /** Cohen's kappa: each disagreement the same. */
  kappa: Estimate;
  kappaLinear: Estimate;
  kappaQuadratic: Estimate;
}

export interface Agreement {
  /** Images that someone graded. */
  images: number;
  /** Those that two raters or more graded: all figures between raters are of these. */
  shared: number;
  /** Those that all raters graded: ICC(2,1) is of these. */
  complete: number;
  /** Of the shared images. */
  subjects: number;
  raters: number;
  /** Between raters; a rater's first grade of an image counts. */
  overall: {
    /** Of all pairs of grades of one image. */
    exact: Estimate;
    withinOne: Estimate;
    alphaNominal: Estimate;
    alphaOrdinal: Estimate;
    alphaInterval: Estimate;
    icc21: Estimate;
    /** Null where images differ in their number of grades. */
    fleissKappa: Estimate;
    /** Means over all pairs of raters (R. J. Light, Psychological Bulletin 76:365, 1971). */
    meanKappaLinear: Estimate;
    meanKappaQuadratic: Estimate;
  };
  pairs: (PairAgreement & { raters: [string, string] })[];
  /** Grades of a rater less the mean of the others' on the same image: above 0 grades higher. */
  bias: { rater: string; images: number; difference: Estimate }[];
  /** Raters who graded images again: each grade against their next of that image. */
  repeats: (PairAgreement & { rater: string })[];
}

export interface AgreementOptions {
  seed: number;
  /** Bootstrap draws, 1,000 unless told; 0 gives values without intervals. */
  draws?: number;
}

/**
 * @param ratings in the order of time, where a rater graded an image more than once
 * @throws {InputError} where no image has two grades: there is nothing to compare
 */
export function agreement(
  ratings: readonly RatedImage[],
  { seed, draws = 1000 }: AgreementOptions,
): Agreement {
  const images = byImage(ratings);
  const raters = [...new Set(ratings.map(({ rater }) => rater))].sort();
  const grades = Math.max(...ratings.map(({ grade }) => grade)) + 1;
  const shared = images.filter(({ first }) => first.size > 1);
  const again = images.filter(({ all }) => [...all.values()].some((of) => of.length > 1));
  if (shared.length === 0 && again.length === 0)
    throw new InputError(
      `no image has two grades, of ${raters.length} rater(s) and ${images.length} image(s); let two people grade the same images`,
    );
  const between = withIntervals(shared, statistics(shared, raters, grades), seed, draws);
  const within = withIntervals(again, repeatStatistics(again, raters, grades), seed, draws);
  const pairs = pairsOf(raters);
  const isComplete = ({ first }: Rated) => first.size === raters.length;
  return {
    images: images.length,
    shared: shared.length,
    complete: shared.filter(isComplete).length,
    subjects: new Set(shared.map(({ subject }) => subject)).size,
    raters: raters.length,
    overall: {
      exact: between('exact'),
      withinOne: between('withinOne'),
      alphaNominal: between('alphaNominal'),
      alphaOrdinal: between('alphaOrdinal'),
      alphaInterval: between('alphaInterval'),
      icc21: between('icc21', isComplete),
      fleissKappa: between('fleissKappa'),
      meanKappaLinear: between('meanKappaLinear'),
      meanKappaQuadratic: between('meanKappaQuadratic'),
    },
    pairs: pairs.flatMap(([a, b]) => {
      const both = ({ first }: Rated) => first.has(a) && first.has(b);
      const count = shared.filter(both).length;
      return count === 0
        ? []
        : [
            {
              raters: [a, b] as [string, string],
              images: count,
              ...pairFigures(between, `${a}\0${b}`, both),
            },
          ];
    }),
    bias: raters.flatMap((rater) => {
      const own = ({ first }: Rated) => first.has(rater);
      const count = shared.filter(own).length;
      const most = grades - 1;
      return count === 0
        ? []
        : [
            {
              rater,
              images: count,
              difference: between(`bias\0${rater}`, own, [-most, most]),
            },
          ];
    }),
    repeats: raters.flatMap((rater) => {
      const count = again.reduce((sum, { all }) => sum + (all.get(rater)?.length ?? 1) - 1, 0);
      const twice = ({ all }: Rated) => (all.get(rater)?.length ?? 0) > 1;
      return count === 0 ? [] : [{ rater, images: count, ...pairFigures(within, rater, twice) }];
    }),
  };
}

/** One image with the grades it was given. */
interface Rated {
  readonly subject: string;
  /** Every rater's first grade. */
  readonly first: Map<string, number>;
  /** Every rater's grades in the order of time. */
  readonly all: Map<string, number[]>;
}

function byImage(ratings: readonly RatedImage[]): Rated[] {
  const images = new Map<string, Rated>();
  for (const { image, subject, rater, grade } of ratings) {
    const rated = images.get(image) ?? {
      subject: subject ?? image,
      first: new Map(),
      all: new Map(),
    };
    images.set(image, rated);
    if (!rated.first.has(rater)) rated.first.set(rater, grade);
    rated.all.set(rater, [...(rated.all.get(rater) ?? []), grade]);
  }
  return [...images.values()];
}

const pairsOf = (raters: readonly string[]): [string, string][] =>
  raters.flatMap((a, i) => raters.slice(i + 1).map((b): [string, string] => [a, b]));

type Figures = Record<string, number | null>;
/** Every figure at a weighting of the images. */
type Statistics = (weights?: ArrayLike<number>) => Figures;

/** Every figure between raters. */
function statistics(
  images: readonly Rated[],
  raters: readonly string[],
  grades: number,
): Statistics {
  const firsts = images.map(({ first }) => [...first.values()]);
  const coincident = coincidences(firsts);
  const counts = firsts.map((of) => {
    const row = new Array<number>(grades).fill(0);
    for (const grade of of) row[grade]++;
    return row;
  });
  const whole = [...images.keys()].filter((i) => images[i].first.size === raters.length);
  const table = whole.map((i) => raters.map((rater) => images[i].first.get(rater)!));
  // Of each image: its pairs of grades, those that are equal, those that differ by one at most.
  const within = firsts.map((of) => {
    const distances = of.flatMap((a, i) => of.slice(i + 1).map((b) => Math.abs(a - b)));
    return [distances.length, ...[0, 1].map((most) => distances.filter((d) => d <= most).length)];
  });
  const pairs = pairsOf(raters).map(([a, b]) => ({
    name: `${a}\0${b}`,
    ...gradePairs(images, ({ first }) =>
      first.has(a) && first.has(b) ? [[first.get(a)!, first.get(b)!]] : [],
    ),
  }));
  const differences = raters.map((rater) => ({
    name: `bias\0${rater}`,
    of: images.flatMap(({ first }, i) => {
      const own = first.get(rater);
      if (own === undefined) return [];
      const others = firsts[i].reduce((sum, grade) => sum + grade, 0) - own;
      return [{ i, difference: own - others / (first.size - 1) }];
    }),
  }));
  return (weights) => {
    const weight = (i: number) => weights?.[i] ?? 1;
    const share = (column: number) =>
      ratio(
        within.reduce((sum, row, i) => sum + weight(i) * row[column], 0),
        within.reduce((sum, row, i) => sum + weight(i) * row[0], 0),
      );
    const figures: Figures = {
      exact: share(1),
      withinOne: share(2),
      alphaNominal: krippendorffAlpha(coincident, 'nominal', weights),
      alphaOrdinal: krippendorffAlpha(coincident, 'ordinal', weights),
      alphaInterval: krippendorffAlpha(coincident, 'interval', weights),
      icc21: icc21(table, weights && whole.map(weight)),
      fleissKappa: fleissKappa(counts, weights),
    };
    for (const { name, ...pair } of pairs) put(figures, name, pair, grades, weight);
    for (const [mean, kappa] of [
      ['meanKappaLinear', 'kappaLinear'],
      ['meanKappaQuadratic', 'kappaQuadratic'],
    ]) {
      const known = pairs
        .map(({ name }) => figures[`${kappa}\0${name}`])
        .filter((value) => value !== null);
      figures[mean] = ratio(
        known.reduce((sum, value) => sum + value, 0),
        known.length,
      );
    }
    for (const { name, of } of differences) {
      figures[name] = ratio(
        of.reduce((sum, { i, difference }) => sum + weight(i) * difference, 0),
        of.reduce((sum, { i }) => sum + weight(i), 0),
      );
    }
    return figures;
  };
}

/** Every figure of raters with themselves. */
function repeatStatistics(
  images: readonly Rated[],
  raters: readonly string[],
  grades: number,
): Statistics {
  const own = raters.map((name) => ({
    name,
    ...gradePairs(images, ({ all }) => {
      const of = all.get(name) ?? [];
      return of.slice(1).map((grade, i): [number, number] => [of[i], grade]);
    }),
  }));
  return (weights) => {
    const figures: Figures = {};
    for (const { name, ...pair } of own) {
      put(figures, name, pair, grades, (i) => weights?.[i] ?? 1);
    }
    return figures;
  };
}

interface GradePairs {
  /** Index of the image of each pair. */
  readonly of: readonly number[];
  readonly a: readonly number[];
  readonly b: readonly number[];
}

function gradePairs(
  images: readonly Rated[],
  pairs: (image: Rated) => [number, number][],
): GradePairs {
  const found = images.flatMap((image, i) => pairs(image).map(([a, b]) => ({ i, a, b })));
  return { of: found.map(({ i }) => i), a: found.map(({ a }) => a), b: found.map(({ b }) => b) };
}

const PAIR_FIGURES = ['exact', 'withinOne', 'kappa', 'kappaLinear', 'kappaQuadratic'] as const;

function put(
  figures: Figures,
  name: string,
  { of, a, b }: GradePairs,
  grades: number,
  weight: (i: number) => number,
): void {
  const confusion = confusionMatrix(a, b, grades, of.map(weight));
  const sum = (counts: (distance: number) => boolean) =>
    confusion.reduce(
      (total, row, y) => total + row.reduce((t, n, k) => t + (counts(Math.abs(y - k)) ? n : 0), 0),
      0,
    );
  const all = sum(() => true);
  const values = {
    exact: ratio(
      sum((d) => d === 0),
      all,
    ),
    withinOne: ratio(
      sum((d) => d <= 1),
      all,
    ),
    kappa: cohenKappa(confusion, 'none'),
    kappaLinear: cohenKappa(confusion, 'linear'),
    kappaQuadratic: cohenKappa(confusion, 'quadratic'),
  };
  for (const figure of PAIR_FIGURES) figures[`${figure}\0${name}`] = values[figure];
}

function pairFigures(of: WithInterval, name: string, speaksOf: (image: Rated) => boolean) {
  const figure = (what: (typeof PAIR_FIGURES)[number]) => of(`${what}\0${name}`, speaksOf);
  return {
    exact: figure('exact'),
    withinOne: figure('withinOne'),
    kappa: figure('kappa'),
    kappaLinear: figure('kappaLinear'),
    kappaQuadratic: figure('kappaQuadratic'),
  };
}

/** A figure with its interval: what images it speaks of (all), and its range (0..1 of a share, else -1..1). */
type WithInterval = (name: string, speaksOf?: (image: Rated) => boolean, range?: Range) => Estimate;

function withIntervals(
  images: readonly Rated[],
  statistics: Statistics,
  seed: number,
  draws: number,
): WithInterval {
  const { subjectOf, subjects } = numberSubjects(images.map(({ subject }) => subject));
  const values = statistics();
  const resampled: Figures[] = [];
  if (subjects > 1) {
    for (const weights of subjectDraws(subjectOf, subjects, draws, seed)) {
      resampled.push(statistics(weights));
    }
  }
  return (
    name,
    speaksOf = () => true,
    range = name.startsWith('exact') || name.startsWith('withinOne') ? [0, 1] : [-1, 1],
  ) => {
    const value = values[name] ?? null;
    const drawn = resampled.map((draw) => draw[name]);
    const counted = new Set(images.filter(speaksOf).map(({ subject }) => subject)).size;
    return scoreEstimate(value, drawn, counted, range);
  };
}
