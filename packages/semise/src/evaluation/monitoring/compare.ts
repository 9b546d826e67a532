// A batch of images against the reference: how far each feature moved, and whether it moved further than
// as many subjects of the reference's own would.
//
// All features share one set of permutations by subject. What a feature's statistic is worth is read off
// them: its surprise, -ln of the share of permutations that reach it. A family's is that of its most
// surprising feature among the permutations' own. The drift score is that of the most surprising family,
// or of all together (their sum: Fisher's combination). Its control limit is the quantile over the same
// permutations: without drift an alarm is as rare as stated, for any number of subjects and of images,
// and whatever hangs together among the features (Westfall & Young, Resampling-Based Multiple Testing,
// 1993).

import jStat from 'jstat';
import { cramerVonMises } from '../drift/cramer-von-mises.js';
import { IMAGE_STATISTICS, PLACES, type Psi, psi, type Sample } from '../drift/index.js';
import { mmdStatistic } from '../drift/mmd.js';
import type { Statistic } from '../drift/permutation.js';
import { labelings } from '../drift/permutation.js';
import { type Pooled, pool } from '../drift/sample.js';
import {
  FAMILIES,
  type Family,
  type MetadataField,
  numberOf,
  type Observation,
} from './observation.js';

export interface FeatureDrift {
  readonly family: Family;
  readonly name: string;
  /** Over its own control limit: above 1 it is further off than chance makes one feature. */
  readonly score: number;
  /** Of the permutation test of this feature alone. */
  readonly p: number;
  /** For readers who know it; null where a feature is many numbers. */
  readonly psi: Psi | null;
  /** Mean of a number, most frequent category; null where a feature is many numbers. */
  readonly reference: string | number | null;
  readonly batch: string | number | null;
}

export interface FamilyDrift {
  readonly family: Family;
  /** Over its control limit: above 1 the family alone is further off than chance makes it. */
  readonly score: number;
  readonly p: number;
}

export interface BatchDrift {
  /** Over its control limit: above 1 is an alarm. */
  readonly score: number;
  readonly p: number;
  /** The p as a normal deviate, between -3.5 and 3.5, for the chart over time. */
  readonly z: number;
  readonly images: number;
  readonly subjects: number;
  readonly families: readonly FamilyDrift[];
  /** The furthest first. */
  readonly features: readonly FeatureDrift[];
  /** Of each cell of the grid, mean brightness of the batch less that of the reference. */
  readonly places: readonly number[];
}

export interface CompareOptions {
  readonly metadata: readonly MetadataField[];
  /** How often a batch without drift may alarm, 0.001 to 0.5. */
  readonly falseAlarms: number;
  /** Permutations, 1,999 unless told. */
  readonly draws?: number;
  readonly seed: number;
}

interface Feature {
  readonly family: Family;
  readonly name: string;
  /** One, or many of which the furthest counts. */
  readonly statistics: readonly Statistic[];
  readonly sample: ((observation: Observation) => number | string) | null;
}

/** @throws InputError where either side has no image */
export function compareBatch(
  reference: readonly Observation[],
  batch: readonly Observation[],
  { metadata, falseAlarms, draws = 1999, seed }: CompareOptions,
): BatchDrift {
  const sample = <T>(of: readonly Observation[], value: (o: Observation) => T): Sample<T> => ({
    values: of.map(value),
    subjects: of.map(({ subject }) => subject),
  });
  const pooled = <T>(value: (o: Observation) => T): Pooled<T> =>
    pool(sample(reference, value), sample(batch, value));
  const features = featuresOf(metadata, pooled);
  const whole = pooled(() => 0);
  const chosen = Array.from(labelings(whole, draws, seed), (one) => one.slice());
  const over = (statistic: Statistic) => surprise(Float64Array.from(chosen, statistic));

  const rare = Math.max(1, Math.floor(falseAlarms * (draws + 1)));
  const furthest = (all: readonly Float64Array[]) =>
    all.length === 1
      ? all[0]
      : surprise(Float64Array.from(chosen, (_, draw) => Math.max(...all.map((one) => one[draw]))));
  const scores = features.map(({ statistics }) => furthest(statistics.map(over)));
  const families = FAMILIES.flatMap((family) => {
    const own = scores.filter((_, f) => features[f].family === family);
    return own.length > 0 ? [{ family, scores: furthest(own) }] : [];
  });
  const together = Float64Array.from(chosen, (_, draw) =>
    families.reduce((sum, family) => sum + family.scores[draw], 0),
  );
  const overall = furthest([...families.map((family) => family.scores), surprise(together)]);
  const p = relative(overall, rare).p;
  return {
    ...relative(overall, rare),
    z: -jStat.normal.inv(p - 0.5 / (draws + 1), 0, 1),
    images: batch.length,
    subjects: whole.second,
    families: families.map(({ family, scores }) => ({ family, ...relative(scores, rare) })),
    features: features
      .map(({ family, name, sample: value }, f) => ({
        family,
        name,
        ...relative(scores[f], rare),
        psi:
          value &&
          psi(sample(reference, value) as Sample<string>, sample(batch, value) as Sample<string>),
        reference: value && typical(reference.map(value)),
        batch: value && typical(batch.map(value)),
      }))
      .sort((a, b) => b.score - a.score),
    places: Array.from(
      { length: PLACES * PLACES },
      (_, cell) =>
        meanOf(batch.map(({ places }) => places[cell])) -
        meanOf(reference.map(({ places }) => places[cell])),
    ),
  };
}

function featuresOf(
  metadata: readonly MetadataField[],
  pooled: <T>(value: (o: Observation) => T) => Pooled<T>,
): Feature[] {
  const number = (family: Family, name: string, sample: (o: Observation) => number): Feature => ({
    family,
    name,
    statistics: [cramerVonMises(pooled(sample))],
    sample,
  });
  const category = (family: Family, name: string, sample: (o: Observation) => string): Feature => ({
    family,
    name,
    statistics: [sharesStatistic(pooled(sample))],
    sample,
  });
  return [
    ...metadata.map(({ name, kind }) =>
      kind === 'number'
        ? number('metadata', name, (o) => numberOf(o.metadata[name]))
        : category('metadata', name, (o) => o.metadata[name] ?? ''),
    ),
    ...IMAGE_STATISTICS.map((name) => number('image', name, (o) => o.statistics[name])),
    {
      family: 'image',
      name: 'places',
      statistics: Array.from({ length: PLACES * PLACES }, (_, cell) =>
        cramerVonMises(pooled((o) => o.places[cell])),
      ),
      sample: null,
    },
    {
      family: 'embedding',
      name: 'embedding',
      statistics: [mmdStatistic(pooled((o) => o.embedding)).statistic],
      sample: null,
    },
    number('output', 'score', (o) => o.score),
    number('output', 'confidence', (o) => Math.max(...o.probabilities)),
    category('output', 'grade', (o) => String(o.predicted)),
  ];
}

/** Sum over categories of (p - q)² over the pooled share: chi-square but for a factor. */
function sharesStatistic({ values, subjectOf, weights, first, second }: Pooled<string>): Statistic {
  const numbers = new Map([...new Set(values)].map((value, i) => [value, i]));
  const categoryOf = Int32Array.from(values, (value) => numbers.get(value)!);
  const totals = new Float64Array(numbers.size);
  categoryOf.forEach((category, i) => {
    totals[category] += weights[i];
  });
  const chosenOf = new Float64Array(numbers.size);
  return (chosen) => {
    chosenOf.fill(0);
    for (let i = 0; i < categoryOf.length; i++)
      if (chosen[subjectOf[i]] === 1) chosenOf[categoryOf[i]] += weights[i];
    let sum = 0;
    for (let k = 0; k < totals.length; k++) {
      const difference = chosenOf[k] / second - (totals[k] - chosenOf[k]) / first;
      sum += (difference ** 2 * (first + second)) / totals[k];
    }
    return sum;
  };
}

/** What sums of shares are apart by rounding alone; no statistic here is that small by itself. */
const ROUNDING = 1e-11;

/**
 * -ln of the share of values that reach each. Of the highest 5 % there are too few to tell: their
 * shares fall off exponentially, as from the highest 5 % to the highest 1 %, so that a value beyond all
 * others counts by how far.
 */
function surprise(statistics: Float64Array): Float64Array {
  const values = statistics.map((value) => Math.round(value / ROUNDING));
  const sorted = values.toSorted();
  const count = sorted.length;
  const reached = new Map<number, number>();
  for (let i = count - 1; i >= 0; i--) reached.set(sorted[i], (count - i) / count);
  const [edge, far] = [0.95, 0.99].map((share) => sorted[Math.floor(share * count)]);
  const steepness = Math.log(reached.get(edge)! / reached.get(far)!) / (far - edge);
  return values.map((value) =>
    value > edge && far > edge
      ? -Math.log(reached.get(edge)!) + (value - edge) * steepness
      : -Math.log(reached.get(value)!),
  );
}

/** What was met (the first) over the limit that so few draws go beyond, and the share as far as it. */
function relative(scores: Float64Array, rare: number): { score: number; p: number } {
  const limit = scores.toSorted()[scores.length - 1 - rare];
  const far = scores.reduce((sum, score) => sum + Number(score >= scores[0]), 0);
  // Where no draw differs from another there is no limit, and no drift.
  return { score: limit > 0 ? scores[0] / limit : 0, p: far / scores.length };
}

const meanOf = (values: ArrayLike<number>): number => {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i];
  return sum / values.length;
};

/** The mean of numbers, those not told left out; the most frequent text. */
function typical(values: readonly (string | number)[]): string | number {
  if (typeof values[0] === 'number') {
    const told = (values as readonly number[]).filter((value) => value !== -Number.MAX_VALUE);
    return told.length > 0 ? meanOf(told) : '';
  }
  const counts = new Map<string, number>();
  for (const value of values as readonly string[]) counts.set(value, (counts.get(value) ?? 0) + 1);
  return [...counts].sort((a, b) => b[1] - a[1])[0][0];
}
