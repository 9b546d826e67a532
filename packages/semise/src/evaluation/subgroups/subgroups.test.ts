// Against scikit-learn, scipy and numpy (fixtures/make_goldens.py), by simulation and by properties.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import fc from 'fast-check';
import { InputError } from '../../errors.js';
import { random } from '../../random.js';
import { expectedCalibrationError } from '../calibration/index.js';
import { gradedSet, measure } from '../measure.js';
import type { Prediction } from '../prediction.js';
import { associations } from './association.js';
import { partitions } from './attributes.js';
import { deals, largestOf, permutationP, unitsOf } from './permutation.js';
import { findings, subgroups } from './subgroups.js';
import { above, below, CALIBRATION, counted, ERROR, gap, SCORE, tally } from './tally.js';

interface Golden {
  grades: number;
  truth: number[];
  group: number[];
  predicted: number[];
  score: number[];
  probabilities: number[][];
  rates: { group: number; k: number; above: number; below: number }[];
  gaps: { score: number; error: number; above: number[]; below: number[] };
  mae: number[];
  associations: { grade: number[]; attribute: string[]; value: number; p: number }[];
}
const golden = JSON.parse(
  readFileSync(
    new URL('../../../src/evaluation/subgroups/fixtures/goldens.json', import.meta.url),
    'utf8',
  ),
) as Golden;
const predictions: Prediction[] = golden.truth.map((grade, i) => ({
  image: `${i}.png`,
  subject: `s${i}`,
  split: 'test',
  grade,
  predicted: golden.predicted[i],
  score: golden.score[i],
  probabilities: golden.probabilities[i],
}));
const near = (actual: number | null | undefined, expected: number, tolerance = 1e-9) =>
  assert.ok(Math.abs((actual ?? Number.NaN) - expected) < tolerance, `${actual}, not ${expected}`);

/** Attributes by image: one value of `group` each. */
const grouped = (of: readonly Prediction[], value: (p: Prediction, i: number) => string) =>
  new Map(of.map((p, i) => [p.image, { group: value(p, i) }]));

test('gaps at equal grade are the coefficients of a regression on grade and group', () => {
  const set = counted(predictions, golden.grades);
  const [rest, group] = tally(set, Int32Array.from(golden.group), 2);
  const figures = gap(group, rest, golden.grades);
  near(figures[SCORE], golden.gaps.score);
  near(figures[ERROR], golden.gaps.error);
  golden.gaps.above.forEach((value, k) => {
    near(figures[above(k)], value);
  });
  golden.gaps.below.forEach((value, k) => {
    near(figures[below(k, golden.grades)], value);
  });
});

test('rates, errors and calibration of each group: scikit-learn, and our own metrics of it alone', () => {
  const attributes = grouped(predictions, (_, i) => `g${golden.group[i]}`);
  const report = subgroups(predictions, attributes, { grades: 4, seed: 1, draws: 50 });
  const [division] = report.divisions;
  assert.equal(division.groups.length, 2);
  for (const { group, k, ...rates } of golden.rates) {
    const found = division.groups[group].judged!.rates.filter((rate) => rate.k === k);
    near(found.find(({ side }) => side === 'above')!.value, rates.above);
    near(found.find(({ side }) => side === 'below')!.value, rates.below);
  }
  const errors: number[] = [];
  division.groups.forEach(({ judged, images }, g) => {
    const own = predictions.filter((_, i) => golden.group[i] === g);
    assert.equal(images, own.length);
    near(judged!.metrics.mae.value, golden.mae[g]);
    near(judged!.metrics.qwk.value, measure(gradedSet(own, 4)).qwk!);
    const confidence = own.map((p) => p.probabilities[p.predicted]);
    const right = own.map((p) => p.predicted === p.grade);
    errors.push(expectedCalibrationError(confidence, right)!);
    near(judged!.metrics.ece!.value, errors[g]);
    const share = right.filter(Boolean).length / own.length;
    const mean = confidence.reduce((sum, c) => sum + c, 0) / own.length;
    near(judged!.overconfidence!.value, mean - share);
  });
  const sides = tally(counted(predictions, 4), Int32Array.from(golden.group), 2);
  near(gap(sides[0], sides[1], 4)[CALIBRATION], errors[0] - errors[1]);
});

test("associations are scipy's, and their p-values its asymptotic ones but for the draws", () => {
  for (const { grade, attribute, value, p } of golden.associations) {
    const images = grade.map((of, i) => ({
      subject: `s${i}`,
      grade: of,
      attributes: { it: attribute[i] },
    }));
    const [found] = associations(images, ['it'], { seed: 1 });
    near(found.value, value);
    // Permutation and asymptotic p of these sizes: within 4 standard errors of 1,999 draws, and 0.01.
    near(found.p, p, 4 * Math.sqrt((p * (1 - p)) / 1999) + 0.01);
    assert.equal(found.subjects, grade.length);
  }
});

/**
 * A cohort of subjects with one to three images, whose errors hang together and whose group goes with
 * the grade; the answers know nothing of the group but `shift` grades of its score.
 */
function cohort(seed: number, subjects: number, shift = 0, grades = 4): Prediction[] {
  const stream = random(seed, 'subgroup cohort');
  return Array.from({ length: subjects }, (_, s) => {
    const severity = stream.uniform(0, grades);
    const group = stream.chance(severity / grades) ? 'B' : 'A';
    const own = stream.normal(0, 0.7);
    return Array.from({ length: 1 + stream.integer(3) }, (_, i): Prediction => {
      const clamp = (value: number) => Math.min(grades - 1, Math.max(0, Math.floor(value)));
      const grade = clamp(severity + stream.normal(0, 0.2));
      const score = grade + 0.5 + own + stream.normal(0, 0.3) + (group === 'B' ? shift : 0);
      return {
        image: `${group}${s}-${i}`,
        subject: `s${s}`,
        split: 'test',
        grade,
        predicted: clamp(score),
        score,
        probabilities: [],
      };
    });
  }).flat();
}
const groupName = (p: Prediction) => p.image[0];

test('p-values are uniform where answers depend on the grade alone, though groups differ in grade', () => {
  const ps: Record<string, number[]> = { score: [], error: [], odds: [] };
  for (let seed = 1; seed <= 400; seed++) {
    const made = cohort(seed, 60);
    const report = subgroups(made, grouped(made, groupName), {
      grades: 4,
      seed,
      draws: 0,
      permutations: 99,
      minSubjects: 10,
    });
    for (const { aspect, p } of report.tests) ps[aspect].push(p!);
  }
  for (const [aspect, of] of Object.entries(ps)) {
    assert.equal(of.length, 400);
    // Kolmogorov-Smirnov: 1.95 / sqrt(n) is passed once in a thousand; p comes in steps of 0.01.
    const sorted = of.toSorted((a, b) => a - b);
    const distance = Math.max(...sorted.map((p, i) => (i + 1) / of.length - p));
    const other = Math.max(...sorted.map((p, i) => p - 0.01 - i / of.length));
    assert.ok(Math.max(distance, other) < 1.95 / 20 + 0.01, `${aspect}: ${distance}, ${other}`);
  }
});

test('counted by images instead of subjects, the same null would be called a gap too often', () => {
  let rejected = 0;
  for (let seed = 1; seed <= 200; seed++) {
    const made = cohort(seed, 60).map((p) => ({ ...p, subject: p.image }));
    const report = subgroups(made, grouped(made, groupName), {
      grades: 4,
      seed,
      draws: 0,
      permutations: 99,
    });
    if (report.tests.find(({ aspect }) => aspect === 'score')!.p! <= 0.05) rejected++;
  }
  assert.ok(rejected > 20, `${rejected} of 200: subjects would not matter here`);
});

test('a planted shift is found, with its size and direction; other attributes stay quiet', () => {
  const made = cohort(7, 300, 0.8);
  const stream = random(7, 'sex');
  const sexes = new Map<string, string>();
  const attributes = new Map(
    made.map((p) => {
      if (!sexes.has(p.subject)) sexes.set(p.subject, stream.chance(0.5) ? 'F' : 'M');
      return [p.image, { group: groupName(p), sex: sexes.get(p.subject)! }];
    }),
  );
  const report = subgroups(made, attributes, { grades: 4, seed: 1, draws: 300 });
  const { found } = findings(report);
  const score = found.find(
    ({ aspect, attributes }) => aspect === 'score' && attributes.length === 1,
  )!;
  const sign = score.group[0] === 'B' ? 1 : -1;
  // 0.8 grades; images of a grade differ by sqrt(0.7² + 0.3²) = 0.76, a little more by the grade's width.
  assert.ok(sign * score.value! > 0.8 && sign * score.value! < 1.2, `${score.value}`);
  assert.ok(Math.min(...score.ci95!.map((end) => sign * end)) > 0.5);
  assert.ok(found.every((gap) => gap.attributes.includes('group')));
  assert.deepEqual(
    report.divisions.map((division) => division.attributes),
    [['group'], ['sex'], ['group', 'sex']],
  );
});

test('intervals of a gap hold the true one in 95 % of cohorts', () => {
  let held = 0;
  for (let seed = 1; seed <= 300; seed++) {
    const made = cohort(seed, 120, 0);
    const report = subgroups(made, grouped(made, groupName), {
      grades: 4,
      seed,
      draws: 199,
      permutations: 1,
      minSubjects: 10,
    });
    const [low, high] = report.tests.find(({ aspect }) => aspect === 'score')!.ci95!;
    if (low <= 0 && 0 <= high) held++;
  }
  // 95 % but for 3 standard errors of 300 cohorts.
  assert.ok(held >= 0.912 * 300 && held <= 0.988 * 300, `${held} of 300`);
});

test('groups too small are named, not judged; nothing is compared with a rest too small', () => {
  const made = cohort(3, 100);
  const names = grouped(made, (p) => (Number(p.subject.slice(1)) < 15 ? 'small' : groupName(p)));
  const report = subgroups(made, names, { grades: 4, seed: 1, draws: 20 });
  const [{ groups }] = report.divisions;
  assert.deepEqual(
    groups.map(({ values, judged }) => [values[0], judged !== null]),
    [
      ['A', true],
      ['B', true],
      ['small', false],
    ],
  );
  assert.equal(groups[2].subjects, 15);
  assert.ok(report.tests.every(({ group, against }) => ![group, against].flat().includes('small')));
  assert.ok(report.tests.some(({ against }) => against !== null));
  const two = grouped(made, (p) => (Number(p.subject.slice(1)) < 15 ? 'small' : 'large'));
  assert.deepEqual(subgroups(made, two, { grades: 4, seed: 1, draws: 20 }).tests, []);
});

test('a gap turns its sign with its sides, and another mix of grades is none', () => {
  const cells = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 6, maxLength: 6 });
  fc.assert(
    fc.property(cells, cells, fc.integer({ min: 1, max: 1000 }), (a, b, seed) => {
      const stream = random(seed, 'sides');
      const side = (counts: number[], subject: string) =>
        counts.flatMap((n, cell) =>
          Array.from({ length: n }, (_, i): Prediction => {
            const [grade, predicted] = [cell >> 1, cell % 2];
            return {
              image: `${subject}${cell}-${i}`,
              subject: `${subject}${cell}-${i}`,
              split: 'test',
              grade,
              predicted,
              score: predicted + stream.normal(),
              probabilities: [],
            };
          }),
        );
      const images = [...side(a, 'a'), ...side(b, 'b')];
      const set = counted(images, 3);
      const [first, second] = tally(
        set,
        Int32Array.from(images, ({ image }) => Number(image[0] === 'b')),
        2,
      );
      const [forward, backward] = [gap(first, second, 3), gap(second, first, 3)];
      forward.forEach((value, f) => {
        near(value, -backward[f]);
      });
      // As right in each grade, more images of some: no gap but that of calibration.
      const more = first.map((count, c) => count * (c < 3 ? 5 : c < 6 ? 2 : 1));
      more.set(
        first.subarray(9).map((sum, y) => sum * [5, 2, 1][y] || sum),
        9,
      );
      gap(more, first, 3).forEach((value, f) => {
        if (f !== CALIBRATION && !Number.isNaN(value)) near(value, 0);
      });
    }),
    { numRuns: 60 },
  );
});

test('deals keep the size of every group in every stratum, and a subject whole', () => {
  const made = cohort(5, 40);
  const set = counted(made, 4);
  const groupOf = Int32Array.from(made, (p) => (groupName(p) === 'A' ? 0 : 1));
  const units = unitsOf(set, groupOf, 2);
  const sizes = (of: Int32Array) => {
    const seen = new Map<number, number>();
    units.unitOf.forEach((unit, i) => {
      assert.equal(seen.get(unit) ?? of[i], of[i], 'a subject in two groups');
      seen.set(unit, of[i]);
    });
    return units.strata.map((stratum) => stratum.reduce((sum, unit) => sum + seen.get(unit)!, 0));
  };
  let changed = 0;
  for (const dealt of deals(units, 20, 1, 'test')) {
    assert.deepEqual(sizes(dealt), sizes(groupOf));
    if (dealt.some((group, i) => group !== groupOf[i])) changed++;
  }
  assert.ok(changed > 18);
});

test('p by hand: draws as far out as the observed, itself among them; undefined ones count', () => {
  const drawn = Float64Array.of(-3, -1, 1, 3, 0); // mean with the observed 3: 0.5, so 2.5 away
  near(permutationP(3, drawn, 'both'), 3 / 6); // itself, 3 and -3
  near(permutationP(3, drawn, 'upper'), 2 / 6);
  near(permutationP(3, Float64Array.of(-1, 0, Number.NaN, 1), 'both'), 2 / 5);
  assert.equal(permutationP(Number.NaN, drawn, 'both'), null);
  near(permutationP(1, Float64Array.of(1, 1, 1), 'both'), 1);
  // The second stands out from its own draws, though the first is larger.
  const wide = Float64Array.from({ length: 99 }, (_, i) => i - 49);
  const narrow = wide.map((value) => value / 1000);
  const { largest, p } = largestOf([40, 1], [wide, narrow], 'both');
  assert.deepEqual([largest, p], [1, 1 / 100]);
});

test('the same seed gives the same report; bad input says what is wrong', () => {
  const made = cohort(2, 80);
  const options = { grades: 4, seed: 3, draws: 30, permutations: 50 };
  const attributes = grouped(made, groupName);
  assert.deepEqual(subgroups(made, attributes, options), subgroups(made, attributes, options));
  const refused = (call: () => unknown, message: RegExp) =>
    assert.throws(call, (error) => error instanceof InputError && message.test(error.message));
  refused(() => subgroups([], attributes, options), /no graded image/);
  refused(
    () => subgroups(made, attributes, { ...options, minSubjects: 1 }),
    /minimum group size 1: give a whole number of 2 or more/,
  );
  assert.deepEqual(subgroups(made, new Map(), options).divisions, []);
  assert.equal(partitions([], {}).partitions.length, 0);
});
