// Against SciPy (fixtures/make_goldens.py), and values worked by hand.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { correctedTTest } from './corrected-t-test.js';
import { gradesPerHundredComparisons, labelsNeeded } from './label-efficiency.js';
import { meanOverSeeds, pairedOverSeeds } from './seeds.js';

const near = (actual: number | null | undefined, expected: number, tolerance = 1e-9) =>
  assert.ok(Math.abs((actual ?? Number.NaN) - expected) < tolerance, `${actual}, not ${expected}`);

test('corrected t-test: SciPy, and the plain paired test where nothing is shared', async () => {
  const file = new URL('../../../src/benchmark/statistics/fixtures/goldens.json', import.meta.url);
  const cases = JSON.parse(await readFile(file, 'utf8')) as {
    differences: number[];
    testShare: number;
    p: number;
  }[];
  assert.ok(cases.some(({ testShare }) => testShare === 0));
  for (const { differences, testShare, p } of cases)
    near(correctedTTest(differences, testShare), p);
  assert.equal(correctedTTest([0.1], 0.3), null);
  assert.equal(correctedTTest([0, 0, 0], 0.3), 1);
});

test('labels needed: by doublings between the points, a bound beyond them', () => {
  const curve = [
    { labels: 5, score: 0.2 },
    { labels: 10, score: 0.3 },
    { labels: 40, score: 0.5 },
  ];
  near(labelsNeeded(curve, 0.3).labels, 10);
  near(labelsNeeded(curve, 0.4).labels, 20); // half of two doublings
  near(labelsNeeded(curve, 0.25).labels, 5 * Math.SQRT2);
  assert.deepEqual(labelsNeeded(curve, 0.1), { labels: 5, bound: 'fewer' });
  assert.deepEqual(labelsNeeded(curve, 0.6), { labels: 40, bound: 'more' });
  // A curve that dips: the first time that it reaches the score.
  const dip = [...curve, { labels: 80, score: 0.45 }];
  near(labelsNeeded(dip, 0.45).labels, 40 / Math.SQRT2);
});

test('a hundred comparisons in grades: 200 of them did what 10 more labels in each of 3 classes do', () => {
  const curve = [
    { labels: 10, score: 0.3 },
    { labels: 20, score: 0.4 },
  ];
  const worth = gradesPerHundredComparisons(curve, 3, { labels: 10, score: 0.4, comparisons: 200 });
  near(worth.grades, 15);
  assert.equal(worth.bound, 'exact');
});

test('over seeds: the mean, and an interval that two seeds span', () => {
  const { value, ci95 } = meanOverSeeds(
    new Map([
      [1, 0.2],
      [2, 0.4],
    ]),
  );
  near(value, 0.3);
  assert.deepEqual(ci95, [0.2, 0.4]);
  assert.deepEqual(meanOverSeeds(new Map([[1, 0.2]])), { value: 0.2, ci95: null });
});

test('paired by seed: what all seeds share cancels, and seeds of one alone do not count', () => {
  const b = new Map([1, 2, 3, 4].map((seed) => [seed, 0.1 * seed]));
  const a = new Map([...b].map(([seed, value]) => [seed, value + 0.05]));
  a.set(9, 0.9);
  const { seeds, difference, relative } = pairedOverSeeds(a, b, 0.3);
  assert.equal(seeds, 4);
  near(difference.value, 0.05);
  near(difference.ci95?.[0], 0.05);
  near(difference.ci95?.[1], 0.05);
  near(relative.value, 0.2); // 0.30 against 0.25
  assert.deepEqual(pairedOverSeeds(a, new Map([[7, 1]]), 0.3).difference.value, null);
});

test('told from 0: not by two seeds that agree, whose interval is their range; by five that do', () => {
  const ahead = (differences: number[]) => {
    const bySeed = (values: number[]) => new Map(values.map((value, seed) => [seed, value]));
    return pairedOverSeeds(
      bySeed(differences.map((d) => 0.4 + d)),
      bySeed(differences.map(() => 0.4)),
      0.3,
    );
  };
  const two = ahead([0.02, 0.06]);
  assert.ok(two.difference.ci95![0] > 0 && !two.told);
  assert.ok(!ahead([0.01, 0.02, 0.09]).told);
  assert.ok(ahead([0.02, 0.06, 0.04, 0.03, 0.05]).told);
  assert.ok(ahead([-0.02, -0.06, -0.04, -0.03, -0.05]).told);
  assert.ok(!ahead([-0.02, 0.06, 0.04, -0.03, 0.05]).told);
});
