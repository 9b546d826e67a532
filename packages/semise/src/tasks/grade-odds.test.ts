import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { DEFAULT_SETTINGS } from '../methods/index.js';
import { checkShares, gradeOdds, toldOdds } from './grade-odds.js';

const normal = (values: readonly number[]): number[] => {
  const total = values.reduce((sum, v) => sum + v, 0);
  return values.map((v) => v / total);
};

test('what is known with even grades becomes what is known of the sample, by Bayes', () => {
  const counts = [700, 200, 100];
  // P(sign | grade) of three signs.
  const seen = [
    [0.7, 0.2, 0.1],
    [0.3, 0.4, 0.3],
    [0.1, 0.3, 0.6],
  ];
  const odds = gradeOdds(counts, 1)!;
  for (const sign of [0, 1, 2]) {
    const even = normal(seen.map((p) => p[sign]));
    const counted = normal(seen.map((p, grade) => p[sign] * counts[grade]));
    const said = normal(even.map((p, grade) => p * odds[grade]));
    said.forEach((p, grade) => {
      assert.ok(Math.abs(p - counted[grade]) < 1e-3, `${said}, counted ${counted}`);
    });
  }
});

test('nothing without weight, or where all grades have as many images', () => {
  assert.equal(gradeOdds([9, 1], 0), undefined);
  assert.equal(gradeOdds([4, 4, 4], 1), undefined);
});

test('a weight is a power; every grade keeps finite odds, the more images the higher', () => {
  const counts = fc.array(fc.nat(2000), { minLength: 2, maxLength: 6 });
  fc.assert(
    fc.property(counts, fc.double({ min: 0.01, max: 1, noNaN: true }), (images, weight) => {
      const whole = gradeOdds(images, 1);
      const part = gradeOdds(images, weight);
      if (!whole || !part) return assert.equal(whole, part);
      part.forEach((odds, a) => {
        assert.ok(odds > 0 && Number.isFinite(odds));
        assert.ok(Math.abs(odds / whole[a] ** weight - 1) < 1e-9);
        part.forEach((other, b) => {
          assert.equal(odds > other, images[a] > images[b]);
        });
      });
    }),
  );
});

test('told shares are taken by Bayes, on any scale, in place of those that a head holds', () => {
  const seen = [0.2, 0.5, 0.3]; // P(sign | grade)
  const shares = [70, 25, 5];
  const patients = normal(seen.map((p, grade) => p * shares[grade]));
  const alike = (odds: number[] | undefined, before: readonly number[]) => {
    const said = normal(before.map((p, grade) => p * odds![grade]));
    said.forEach((p, grade) => {
      assert.ok(Math.abs(p - patients[grade]) < 1e-3, `${said}, by Bayes ${patients}`);
    });
  };
  const even = normal(seen);
  const counts = [300, 100, 600];
  alike(toldOdds(shares, 1, counts, 0), even);
  alike(toldOdds([0.7, 0.25, 0.05], 1, counts, 0), even);
  const counted = normal(seen.map((p, grade) => p * counts[grade]));
  alike(toldOdds(shares, 1, counts, 1), counted);
  const inPart = normal(seen.map((p, grade) => p * counts[grade] ** 0.3));
  alike(toldOdds(shares, 1, counts, 0.3), inPart);
  assert.equal(toldOdds([2, 2, 2], 0.5, counts, 0), undefined);
  const half = toldOdds(shares, 0.5, counts, 0)!;
  assert.ok(Math.abs(half[0] / half[1] - Math.sqrt(70 / 25)) < 1e-9);
});

test('as many shares as grades, or it is said', () => {
  const told = (gradeShares: number[] | null) =>
    checkShares({ grades: 3, settings: { ...DEFAULT_SETTINGS, gradeShares } });
  told(null);
  told([70, 25, 5]);
  assert.throws(
    () => told([70, 30]),
    /gradeShares=70,30: 2 shares, but the images have grades 0 to 2; give one for each/,
  );
});
