// Drift of batches: quiet ones alarm as rarely as stated whatever their size, moved ones are found and
// what moved is named; the chart over time; performance.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import jStat from 'jstat';
import { random } from '../../random.js';
import { type Moves, observations } from '../../testing/observations.js';
import { evaluate } from '../evaluate.js';
import type { Prediction } from '../prediction.js';
import { ewmaChart } from './chart.js';
import { type CompareOptions, compareBatch } from './compare.js';
import { watchedMetadata } from './observation.js';
import { performanceDrift } from './performance.js';

const reference = observations(60, 1);
const options: CompareOptions = {
  metadata: watchedMetadata(reference),
  falseAlarms: 0.05,
  draws: 99,
  seed: 1,
};
const near = (actual: number, expected: number, tolerance: number) =>
  assert.ok(Math.abs(actual - expected) <= tolerance, `${actual}, not ${expected}`);

describe('a batch against the reference', () => {
  test('quiet batches alarm as often as stated, few subjects or many, few images or many', () => {
    for (const [subjects, images] of [
      [6, 1],
      [6, 8],
      [40, 3],
    ]) {
      const rounds = 120;
      let [alarms, half] = [0, 0];
      for (let round = 0; round < rounds; round++) {
        // A new reference each time: the rate is stated over references, too.
        const [known, batch] = [
          observations(30, 2 * round + 10, { images: 2 }),
          observations(subjects, 2 * round + 11, { images }),
        ];
        const { score, p } = compareBatch(known, batch, { ...options, draws: 59 });
        if (score > 1) alarms++;
        if (p <= 0.5) half++;
        assert.equal(score > 1, p <= 3 / 60 + 1e-9, `${score} and ${p}`);
      }
      // Within 3.3 standard errors of 5 % and 50 %.
      assert.ok(alarms <= 0.05 * rounds + 3.3 * Math.sqrt(0.05 * 0.95 * rounds), `${alarms}`);
      near(half / rounds, 0.5, 3.3 * Math.sqrt(0.25 / rounds));
    }
  });

  const moved: [string, Moves, string, string][] = [
    ['a device', { device: 1 }, 'metadata', 'device'],
    ['the light', { brightness: 2 }, 'image', 'brightness or places'],
    ['a mark in the corner', { corner: 0.01 }, 'image', 'places'],
    ['the embedding', { embedding: 3 }, 'embedding', 'embedding'],
  ];
  for (const [what, moves, family, name] of moved)
    test(`${what}: found in 12 subjects, and named`, () => {
      const found = compareBatch(reference, observations(12, 5, moves), { ...options, draws: 499 });
      assert.ok(found.score > 1, `${found.score}`);
      const furthest = found.families.toSorted((a, b) => b.score - a.score)[0];
      assert.equal(furthest.family, family);
      const first = found.features.find((feature) => feature.family === family);
      assert.ok(name.split(' or ').includes(first!.name), first!.name);
      assert.equal(found.features[0].p, 1 / 500);
    });

  test('the figures that go with it', () => {
    const batch = observations(12, 5, { device: 1, corner: 0.5 });
    const found = compareBatch(reference, batch, options);
    const of = (name: string) => found.features.find((feature) => feature.name === name)!;
    assert.deepEqual([of('device').reference, of('device').batch], ['a', 'new']);
    assert.ok(of('device').psi!.p < 1e-6 && of('embedding').psi === null);
    const age = reference.map(({ metadata }) => Number(metadata.age));
    near(Number(of('age').reference), age.reduce((a, b) => a + b) / age.length, 1e-9);
    near(found.places[0], 0.5, 1e-6);
    assert.deepEqual([found.images, found.subjects], [batch.length, 12]);
    // What is the same everywhere neither drifts nor breaks anything.
    assert.deepEqual([of('kvp').score, of('kvp').p], [0, 1]);
  });
});

test('metadata that name things are not watched, unless asked for', () => {
  const with_ = (metadata: (i: number) => Record<string, string>) =>
    reference.map((one, i) => ({ ...one, metadata: metadata(i) }));
  const rows = with_((i) => ({
    day: `2026-01-${i}`,
    visit: ['2026-03-01', '20260302', '2026-03-03T10:00'][i % 3],
    accession: String(100_000 + 7 * i),
    kvp: ['110', '120', ''][i % 3],
    spacing: String(0.1 + (i % 9) / 100),
    exposure: String(i + 0.25),
  }));
  assert.deepEqual(watchedMetadata(rows), [
    { name: 'kvp', kind: 'category' },
    { name: 'spacing', kind: 'number' },
    { name: 'exposure', kind: 'number' },
  ]);
  assert.deepEqual(watchedMetadata(rows, ['accession']), [{ name: 'accession', kind: 'number' }]);
  assert.deepEqual(watchedMetadata(rows, ['day']), [{ name: 'day', kind: 'category' }]);
  // A number that is missing now and was not before is a drift.
  const [before, after] = [with_((i) => ({ x: `${i / 7}` })), with_(() => ({ x: '' }))];
  const metadata = watchedMetadata(before);
  const found = compareBatch(before, after, { ...options, metadata });
  assert.equal(found.features[0].name, 'x');
});

describe('the chart over time', () => {
  test('by hand', () => {
    // A reference so large that it does not count: sd of the average after 1 and 2 batches.
    const [first, second] = ewmaChart(
      [1, 2].map((z) => ({ z, subjects: 10 })),
      1e12,
      0.005,
    );
    const quantile = 2.5758293035489;
    near(first, 0.2 / (quantile * 0.2), 1e-6);
    near(second, (0.8 * 0.2 + 0.4) / (quantile * Math.hypot(0.2, 0.16)), 1e-6);
  });

  test('quiet batches alarm as stated, with a reference off by chance; small shifts add up', () => {
    const [rounds, weeks] = [400, 50];
    let [alarms, found] = [0, 0];
    for (let round = 0; round < rounds; round++) {
      const r = random(round, 'chart');
      const [n, N] = [30, 60];
      const off = r.normal(0, Math.sqrt(1 / N));
      const points = (shift: number) =>
        Array.from({ length: weeks }, () => {
          const difference = (r.normal(shift, Math.sqrt(1 / n)) - off) / Math.sqrt(1 / n + 1 / N);
          const z = jStat.normal.inv(jStat.chisquare.cdf(difference ** 2, 1), 0, 1);
          return { z, subjects: n };
        });
      alarms += ewmaChart(points(0), N, 0.05).filter((value) => value > 1).length;
      if (
        ewmaChart(points(0.5), N, 0.005)
          .slice(0, 20)
          .some((value) => value > 1)
      )
        found++;
    }
    near(alarms / (rounds * weeks), 0.05, 0.02);
    assert.ok(found / rounds > 0.85, `${found}`);
  });
});

describe('performance', () => {
  const rows = (subjects: number, seed: number, wrong: number): Prediction[] => {
    const r = random(seed, 'graded');
    return Array.from({ length: 2 * subjects }, (_, i) => {
      const grade = (i >> 1) % 3;
      const predicted = r.chance(wrong) ? (grade + 1 + r.integer(2)) % 3 : grade;
      const subject = `${seed}-${i >> 1}`;
      return {
        image: `${i}`,
        subject,
        split: 'test',
        grade,
        predicted,
        score: 0,
        probabilities: [],
      };
    });
  };
  const settings = { grades: 3, seed: 1, draws: 199 };

  test('worse is found, better is none; values as `evaluate`, the interval holds the difference', () => {
    const [test, worse] = [rows(60, 1, 0.2), rows(20, 2, 0.7)];
    const ungraded = { ...worse[0], grade: null };
    const found = performanceDrift(test, [...worse, ungraded], settings);
    assert.deepEqual([found.images, found.subjects, found.p], [40, 20, 1 / 200]);
    const [a, b] = [test, worse].map((of) => evaluate(of, { ...settings, draws: 0 }));
    for (const metric of ['macroF1', 'mae', 'qwk'] as const) {
      const { test: before, batch, difference } = found.metrics[metric];
      near(before!, a[metric].value!, 1e-12);
      near(batch!, b[metric].value!, 1e-12);
      near(difference.value!, b[metric].value! - a[metric].value!, 1e-12);
      const [low, high] = difference.ci95!;
      assert.ok(low < difference.value! && difference.value! < high);
      assert.ok(metric === 'mae' ? low > 0 : high < 0);
    }
    assert.ok(performanceDrift(worse, test, settings).p > 0.9);
  });

  test('no change: p is uniform', () => {
    let [rare, half] = [0, 0];
    const rounds = 200;
    for (let round = 0; round < rounds; round++) {
      const { p } = performanceDrift(rows(30, 2 * round + 9, 0.3), rows(12, 2 * round + 10, 0.3), {
        ...settings,
        draws: 59,
      });
      if (p <= 0.1) rare++;
      if (p <= 0.5) half++;
    }
    near(rare / rounds, 0.1, 0.07);
    near(half / rounds, 0.5, 0.117);
  });
});
