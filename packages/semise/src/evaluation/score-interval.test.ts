import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import fc from 'fast-check';
import { differenceEstimate } from './difference-interval.js';
import { type Range, scoreInterval } from './score-interval.js';
import { wilsonInterval } from './wilson.js';

const goldens = JSON.parse(
  readFileSync(new URL('../../src/evaluation/fixtures/goldens.json', import.meta.url), 'utf8'),
);
const near = (actual: number, expected: number, tolerance = 1e-9) =>
  assert.ok(Math.abs(actual - expected) <= tolerance, `${actual}, not ${expected}`);

test('the ends are where the score equation holds, as scipy finds them', () => {
  for (const { value, draws, subjects, range, ci95 } of goldens.scores)
    scoreInterval(value, draws, subjects, range as Range)!.forEach((end, i) => {
      near(end, ci95[i], 1e-6); // jStat's t is good to 8 digits
    });
});

test('nothing varied: each subject is one case', () => {
  // 8 of 8: Wilson's lower end is n / (n + t^2), t = 2.3646 (97.5 %, 7 degrees of freedom).
  const [low, high] = scoreInterval(1, [1, 1, 1], 8, [0, 1])!;
  near(low, 8 / (8 + 2.364624 ** 2), 1e-6);
  assert.equal(high, 1);
  assert.equal(scoreInterval(1, [1, 1, 1], 1, [0, 1]), null);
  assert.equal(scoreInterval(1, [], 8, [0, 1]), null);
  assert.equal(scoreInterval(1, [null, null, 1], 8, [0, 1]), null);
});

test('one subject stands for no more cases than the range allows', () => {
  // Draws of 0.999 and 1 about 0.9995: 8,000 cases by their variance, 40 by the bound; then Wilson's by hand.
  const draws = Array.from({ length: 100 }, (_, i) => (i % 2 === 0 ? 0.999 : 1));
  const [low] = scoreInterval(0.9995, draws, 8, [0, 1, 5])!;
  const t = 2.364624;
  const [p, n] = [0.9995, 40];
  const half = t * Math.sqrt((p * (1 - p)) / n + t ** 2 / (4 * n ** 2));
  near(low, (p + t ** 2 / (2 * n) - half) / (1 + t ** 2 / n), 1e-6);
  // A variance that says fewer is believed.
  const wide = draws.map((draw) => (draw === 1 ? 1 : 0.5));
  assert.deepEqual(scoreInterval(0.75, wide, 8, [0, 1, 5]), scoreInterval(0.75, wide, 8, [0, 1]));
});

test('property: within the range, about the value, and the same in other units and mirrored', () => {
  fc.assert(
    fc.property(
      fc.array(
        fc.integer({ min: 0, max: 100 }).map((percent) => percent / 100),
        { minLength: 2, maxLength: 30 },
      ),
      fc.integer({ min: 2, max: 200 }),
      fc.integer({ min: -4, max: 4 }),
      fc.integer({ min: 1, max: 9 }),
      ([value, ...draws], subjects, shift, scale) => {
        const [low, high] = scoreInterval(value, draws, subjects, [0, 1])!;
        assert.ok(0 <= low && low <= value + 1e-9 && value <= high + 1e-9 && high <= 1);
        const other = (x: number) => shift + scale * x;
        const moved = scoreInterval(other(value), draws.map(other), subjects, [
          shift,
          shift + scale,
        ])!;
        near(moved[0], other(low), 1e-6);
        near(moved[1], other(high), 1e-6);
        const mirrored = scoreInterval(
          1 - value,
          draws.map((x) => 1 - x),
          subjects,
          [0, 1],
        )!;
        near(mirrored[0], 1 - high, 1e-6);
        near(mirrored[1], 1 - low, 1e-6);
      },
    ),
  );
});

test('the difference of two shares: Newcombe 1998, table II, method 10', () => {
  const share = (hits: number, n: number) => ({ value: hits / n, ci95: wilsonInterval(hits, n) });
  for (const [a, m, b, n, low, high] of [
    [56, 70, 48, 80, 0.0524, 0.3339],
    [9, 10, 3, 10, 0.1705, 0.809],
    [6, 7, 2, 7, 0.0582, 0.8062],
    [5, 56, 0, 29, -0.0381, 0.1926],
    [0, 10, 0, 20, -0.1611, 0.2775],
    [10, 10, 0, 20, 0.6791, 1],
  ]) {
    const { ci95 } = differenceEstimate(share(a, m), share(b, n));
    near(ci95![0], low, 5e-5);
    near(ci95![1], high, 5e-5);
  }
  const none = { value: 0.5, ci95: null };
  assert.deepEqual(differenceEstimate(none, share(1, 2)), { value: 0, ci95: null });
  assert.deepEqual(differenceEstimate({ value: null, ci95: null }, share(1, 2)).value, null);
});
