// Against values worked by hand and published.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { benjaminiHochberg, holm } from './multiple-testing.js';

const near = (actual: readonly (number | null)[], expected: readonly (number | null)[]) => {
  assert.equal(actual.length, expected.length);
  actual.forEach((p, i) => {
    const wanted = expected[i];
    if (p === null || wanted === null) assert.equal(p, wanted);
    else assert.ok(Math.abs(p - wanted) < 1e-12, `${p}, not ${wanted}`);
  });
};

test('Holm, by hand', () => {
  // Sorted .01 .02 .03 .04 times 4 3 2 1: .04, .06, .06, then .04 -> .06.
  near(holm([0.02, 0.01, null, 0.04, 0.03]), [0.06, 0.04, null, 0.06, 0.06]);
  near(holm([0.9, 0.8]), [1, 1]);
});

test('Benjamini-Hochberg, by hand', () => {
  // Sorted .01 .02 .03 .04 times 4/1 4/2 4/3 4/4: .04 each.
  near(benjaminiHochberg([0.02, 0.01, null, 0.04, 0.03]), [0.04, 0.04, null, 0.04, 0.04]);
  // .005 x 3 = .015; .04 x 3/2 = .06 but .05 x 3/3 = .05 is less.
  near(benjaminiHochberg([0.05, 0.005, 0.04]), [0.05, 0.015, 0.05]);
  near(benjaminiHochberg([]), []);
});

test("the example of Benjamini and Hochberg's paper: four by theirs, three by Holm", () => {
  const ps = [
    0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.324, 0.4262, 0.5719,
    0.6528, 0.759, 1,
  ];
  const within = (adjusted: (number | null)[]) => adjusted.filter((p) => p! <= 0.05).length;
  assert.equal(within(benjaminiHochberg(ps)), 4);
  assert.equal(within(holm(ps)), 3);
});

test('adjusted p-values keep the order, and Holm is never below Benjamini-Hochberg', () => {
  const p = fc.double({ min: 0, max: 1, noNaN: true });
  fc.assert(
    fc.property(fc.array(p, { maxLength: 30 }), (ps) => {
      const [strict, mild] = [holm(ps), benjaminiHochberg(ps)];
      ps.forEach((a, i) => {
        assert.ok(a <= mild[i]! + 1e-15 && mild[i]! <= strict[i]! + 1e-15 && strict[i]! <= 1);
        ps.forEach((b, j) => {
          if (a <= b) assert.ok(strict[i]! <= strict[j]! && mild[i]! <= mild[j]!);
        });
      });
    }),
  );
});
