// Does the model serve some patients worse than others? Every group by attribute and pair of
// attributes, measured; every gap tested, at equal grade; all tests counted together.

import { InputError } from '../../errors.js';
import { subjectDraws } from '../bootstrap.js';
import { type Estimate, evaluate, type Metrics } from '../evaluate.js';
import { gradedSet } from '../measure.js';
import { benjaminiHochberg, holm } from '../multiple-testing.js';
import type { Prediction } from '../prediction.js';
import { scoreEstimate } from '../score-interval.js';
import { type Association, associations, type LearnedImage } from './association.js';
import { type Attributes, type LeftOut, type PartitionOptions, partitions } from './attributes.js';
import { type Gap, measureGaps, type Plan, planGaps, type Rate, ratesOf, testsOf } from './gaps.js';
import { BINS, counted, ERROR, rate, standing, tally, together } from './tally.js';

/** Chance of any false finding, and share of false ones among what is worth a look. */
export const LEVEL = 0.05;

export interface Subgroup {
  /** Value or band of each attribute of the division. */
  values: readonly string[];
  images: number;
  subjects: number;
  /** Null where the group, or what it is compared with, has too few subjects: named, not judged. */
  judged: {
    metrics: Metrics;
    /** Mean probability of the predicted grade less the share right: above 0 = too sure. */
    overconfidence: Estimate | null;
    /** Share of answers above k where the grade is (true positives) or is not (false positives). */
    rates: (Rate & { value: number | null })[];
    /** How much larger than in the rest, at equal grade. */
    againstRest: { score: Estimate; error: Estimate };
  } | null;
}

export interface Division {
  attributes: readonly string[];
  groups: Subgroup[];
  /** Images without a value. */
  unknown: number;
  /** Index of the judged group with the largest error for its grades; there is one by chance, too. */
  worst: number | null;
}

/** A gap, with its p-value adjusted for all tests of the report. */
export interface TestedGap extends Gap {
  /** Holm: at most {@link LEVEL} for any false finding among all. */
  holm: number | null;
  /** Benjamini-Hochberg: at most {@link LEVEL} of those below it false, on average. */
  bh: number | null;
}

export interface SubgroupReport {
  grades: number;
  images: number;
  subjects: number;
  minSubjects: number;
  /** Most deals of the permutation test; 999 where nothing is near a finding. */
  permutations: number;
  draws: number;
  divisions: Division[];
  leftOut: LeftOut[];
  /** Smallest p first. */
  tests: TestedGap[];
  /** In the data that the model learned from; empty where they are not known. */
  associations: Association[];
}

export interface SubgroupOptions extends PartitionOptions {
  /** K, the number of grades 0..K-1. */
  grades: number;
  seed: number;
  /** Subjects that a group needs to be judged, 20 unless told. */
  minSubjects?: number;
  /** Bootstrap draws, 1,000 unless told. */
  draws?: number;
  /** Most deals of the permutation test; twice as many as Holm's strictest test needs, unless told. */
  permutations?: number;
  /** The graded images that the model learned from. */
  learned?: readonly LearnedImage[];
}

/**
 * Measures all subgroups of the graded images among the predictions.
 *
 * @param attributesOf what is known of each image, by the prediction's `image`
 * @throws {InputError} where there is no graded image, an attribute asked for is unknown, or bands are
 *   not numbers
 */
export function subgroups(
  predictions: readonly Prediction[],
  attributesOf: ReadonlyMap<string, Attributes>,
  options: SubgroupOptions,
): SubgroupReport {
  const { grades, seed, minSubjects = 20, draws = 1000, learned = [] } = options;
  if (!Number.isInteger(minSubjects) || minSubjects < 2)
    throw new InputError(`minimum group size ${minSubjects}: give a whole number of 2 or more`);
  const graded = predictions.filter((p) => p.grade !== null);
  if (graded.length === 0) throw new InputError('no graded image: there is nothing to compare');
  gradedSet(graded, grades); // refuses what cannot be used
  const set = counted(graded, grades);
  const images = graded.map(({ image, subject }) => ({
    subject,
    attributes: attributesOf.get(image) ?? {},
  }));
  const divided = partitions(images, options);
  const plans = divided.partitions.map((partition) => planGaps(set, partition, minSubjects));
  const tests = plans.reduce((sum, plan) => sum + testsOf(plan, set), 0);
  const permutations = options.permutations ?? Math.max(1999, Math.ceil((2 * tests) / LEVEL) - 1);

  const found: Gap[] = [];
  const divisions = plans.map((plan): Division => {
    const { partition, subjects, judged } = plan;
    const { groupOf, groups } = partition;
    const measured = measureGaps(set, plan, { seed, draws, permutations });
    found.push(...measured.tests);
    const counts = tally(set, groupOf, groups.length);
    const all = together(counts);
    const surer = set.calibration && overconfidence(set, plan, draws, seed);
    const members: Prediction[][] = groups.map(() => []);
    groupOf.forEach((group, i) => {
      if (group >= 0) members[group].push(graded[i]);
    });
    const errors = judged.map((g) => standing(counts[g], all, grades)[ERROR]);
    const worst = judged[errors.indexOf(Math.max(...errors))];
    return {
      attributes: partition.attributes,
      unknown: groupOf.filter((group) => group < 0).length,
      worst: worst ?? null,
      groups: groups.map((values, g): Subgroup => {
        const place = judged.indexOf(g);
        return {
          values,
          images: members[g].length,
          subjects: subjects[g],
          judged:
            place < 0
              ? null
              : {
                  metrics: evaluate(members[g], { grades, seed, draws }),
                  overconfidence: surer ? surer[g] : null,
                  rates: ratesOf(grades).map(({ k, side }) => ({
                    k,
                    side,
                    value: rate(counts[g], grades, k, side),
                  })),
                  againstRest: measured.againstRest[place],
                },
        };
      }),
    };
  });
  const ps = found.map(({ p }) => p);
  const [byHolm, byBh] = [holm(ps), benjaminiHochberg(ps)];
  const names = new Set(divisions.flatMap(({ attributes }) => attributes));
  return {
    grades,
    images: graded.length,
    subjects: set.subjects,
    minSubjects,
    permutations,
    draws,
    divisions,
    leftOut: divided.leftOut,
    tests: found
      .map((gap, i) => ({ ...gap, holm: byHolm[i], bh: byBh[i] }))
      .sort((a, b) => (a.p ?? 2) - (b.p ?? 2)),
    associations: learned.length > 0 ? associations(learned, [...names], { seed }) : [],
  };
}

/** Gaps that are certain enough to act on (Holm), and those worth a look (Benjamini-Hochberg). */
export function findings({ tests }: Pick<SubgroupReport, 'tests'>): {
  found: TestedGap[];
  suspected: TestedGap[];
} {
  const within = (p: number | null) => p !== null && p <= LEVEL;
  return {
    found: tests.filter((gap) => within(gap.holm)),
    suspected: tests.filter((gap) => !within(gap.holm) && within(gap.bh)),
  };
}

function overconfidence(
  set: ReturnType<typeof counted>,
  { partition: { groupOf, groups }, subjects }: Plan,
  draws: number,
  seed: number,
): Estimate[] {
  const of = (weights?: Float64Array) =>
    tally(set, groupOf, groups.length, weights).map((counts) => {
      const bins = counts.subarray(counts.length - BINS);
      const images = counts
        .subarray(0, set.grades * set.grades)
        .reduce((sum, cell) => sum + cell, 0);
      return images > 0 ? -bins.reduce((sum, surplus) => sum + surplus, 0) / images : null;
    });
  const drawn: (number | null)[][] = [];
  for (const weights of subjectDraws(set.subjectOf, set.subjects, draws, seed))
    drawn.push(of(weights));
  return of().map((value, g) => {
    const values = drawn.map((draw) => draw[g]);
    return scoreEstimate(value, values, subjects[g], [-1, 1]);
  });
}
