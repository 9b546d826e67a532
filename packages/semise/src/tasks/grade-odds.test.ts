import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { gradeOdds } from './grade-odds.js';

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
