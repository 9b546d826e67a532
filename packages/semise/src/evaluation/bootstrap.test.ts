import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import fc from 'fast-check';
import { percentileInterval, subjectDraws } from './bootstrap.js';

interface Golden {
  draws: number[];
  subjects: number;
  ci95: [number, number];
}
const goldens = JSON.parse(
  readFileSync(new URL('../../src/evaluation/fixtures/goldens.json', import.meta.url), 'utf8'),
);

test('a draw takes whole subjects, as many as there are', () => {
  const subjectOf = Int32Array.from([0, 0, 1, 2, 2, 2]);
  const totals = [0, 0, 0];
  for (const weights of subjectDraws(subjectOf, 3, 3000, 7)) {
    assert.equal(weights[0], weights[1]);
    assert.equal(weights[3], weights[4]);
    assert.equal(weights[4], weights[5]);
    assert.equal(weights[0] + weights[2] + weights[3], 3);
    [0, 2, 3].forEach((image, subject) => {
      totals[subject] += weights[image];
    });
  }
  for (const total of totals) assert.ok(Math.abs(total / 3000 - 1) < 0.06, `${totals}`);
});

test('expanded percentiles are those of numpy and scipy', () => {
  for (const { draws, subjects, ci95 } of goldens.percentiles as Golden[])
    percentileInterval(draws, subjects)!.forEach((end, i) => {
      assert.ok(Math.abs(end - ci95[i]) < 1e-6, `${subjects} subjects: ${end}, not ${ci95[i]}`);
    });
});

test('property: fewer subjects make an interval longer, up to all draws; many make it that of percentiles', () => {
  fc.assert(
    fc.property(
      fc.array(fc.double({ min: -5, max: 5, noNaN: true }), { minLength: 2, maxLength: 50 }),
      fc.integer({ min: 2, max: 60 }),
      (draws, subjects) => {
        const [low, high] = percentileInterval(draws, subjects)!;
        const [lower, higher] = percentileInterval(draws, subjects + 1)!;
        const rounding = 1e-9;
        assert.ok(low <= lower + rounding && high >= higher - rounding);
        assert.ok(low >= Math.min(...draws) - rounding && high <= Math.max(...draws) + rounding);
      },
    ),
  );
  const draws = Array.from({ length: 999 }, (_, i) => i + 1); // a share of 0.025 is the 25th of 999
  const [low, high] = percentileInterval(draws, 1e6)!;
  assert.ok(Math.abs(low - 25) < 0.01 && Math.abs(high - 975) < 0.01);
});

test('undefined draws are left out, and too many of them leave no interval', () => {
  assert.deepEqual(percentileInterval([null, 3, 3], 9), [3, 3]);
  assert.equal(percentileInterval([null, null, 3], 9), null);
  assert.equal(percentileInterval([], 9), null);
  assert.equal(percentileInterval([1, 2], 1), null);
});
