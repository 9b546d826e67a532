import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import fc from 'fast-check';
import { type CutPoints, fitCutPoints, gradeOf, gradeProbabilities } from './cut-points.js';

interface Graded {
  readonly k: number;
  readonly scores: readonly number[];
  readonly grades: readonly number[];
}

/** Few distinct scores, so that ties are common; grades at random, so that some are absent. */
const graded = (longest: number): fc.Arbitrary<Graded> =>
  fc.integer({ min: 2, max: 4 }).chain((k) =>
    fc
      .array(fc.tuple(fc.integer({ min: -4, max: 4 }), fc.nat(k - 1)), {
        minLength: 1,
        maxLength: longest,
      })
      .map((rows) => ({ k, scores: rows.map(([x]) => x / 2), grades: rows.map(([, y]) => y) })),
  );

interface Golden extends Graded, CutPoints {}

const goldens = JSON.parse(
  readFileSync(new URL('../../src/tasks/fixtures/cut-points.json', import.meta.url), 'utf8'),
) as Golden[];

for (const [i, { scores, grades, k, cuts, scale }] of goldens.entries())
  test(`the proportional-odds model that SciPy fits, case ${i}`, () => {
    const fitted = fitCutPoints(scores, grades, k);
    const near = (a: number, b: number) => assert.ok(Math.abs(a - b) < 1e-4 * scale, `${a}, ${b}`);
    fitted.cuts.forEach((cut, c) => {
      near(cut, cuts[c]);
    });
    near(fitted.scale, scale);
  });

test('cuts do not decrease and are finite, whatever the grades are', () => {
  fc.assert(
    fc.property(graded(12), ({ scores, grades, k }) => {
      const { cuts, scale } = fitCutPoints(scores, grades, k);
      assert.equal(cuts.length, k - 1);
      assert.ok(scale > 0 && Number.isFinite(scale), `scale ${scale}`);
      for (const [i, cut] of cuts.entries()) {
        assert.ok(Number.isFinite(cut), `cut ${cut}`);
        assert.ok(i === 0 || cut >= cuts[i - 1], `${cuts}`);
      }
    }),
    { numRuns: 500 },
  );
});

test('the unit of the score and the number of images of a grade do not matter', () => {
  fc.assert(
    fc.property(graded(12), fc.integer({ min: 0, max: 3 }), ({ scores, grades, k }, often) => {
      const one = fitCutPoints(scores, grades, k);
      const other = fitCutPoints(
        scores.map((x) => 10 * x + 3),
        grades,
        k,
      );
      one.cuts.forEach((cut, i) => {
        assert.ok(Math.abs(other.cuts[i] - (10 * cut + 3)) < 1e-3 * (1 + Math.abs(cut)));
      });
      // All images of all grades so many times: the same shares.
      const again = <T>(rows: readonly T[]) => rows.flatMap((row) => Array<T>(1 + often).fill(row));
      const repeated = fitCutPoints(again(scores), again(grades), k);
      one.cuts.forEach((cut, i) => {
        assert.ok(Math.abs(repeated.cuts[i] - cut) < 1e-3 * (1 + Math.abs(cut)));
      });
    }),
  );
});

test('by hand: two grades that mirror one another are parted in the middle', () => {
  const { cuts } = fitCutPoints([0, 1, 2, 4, 5, 6], [0, 0, 0, 1, 1, 1], 2);
  assert.ok(Math.abs(cuts[0] - 3) < 1e-9);
});

test('by hand: an absent grade takes no scores', () => {
  const fitted = fitCutPoints([1, 2, 5, 6], [1, 1, 3, 3], 5);
  assert.ok(Math.abs(fitted.cuts[1] - 3.5) < 1e-9);
  assert.equal(fitted.cuts[1], fitted.cuts[2]);
  assert.deepEqual(
    [-10, 1, 2, 3.4, 3.6, 5, 6].map((score) => gradeOf(score, fitted)),
    [0, 1, 1, 1, 3, 3, 3],
  );
  assert.equal(gradeProbabilities(3.5, fitted)[2], 0);
});

test('scores that fall with the grade, or are all alike, still grade upwards', () => {
  for (const scores of [
    [3, 2, 1, 0],
    [1, 1, 1, 1],
  ]) {
    const { cuts, scale } = fitCutPoints(scores, [0, 0, 1, 1], 2);
    assert.ok(Number.isFinite(cuts[0]) && scale > 0 && Number.isFinite(scale));
  }
});

const rules = fc.record({
  cuts: fc
    .array(fc.double({ min: -50, max: 50, noNaN: true }), { minLength: 1, maxLength: 5 })
    .map((cuts) => cuts.sort((a, b) => a - b)),
  scale: fc.double({ min: 1e-3, max: 20, noNaN: true }),
});
const score = fc.double({ min: -100, max: 100, noNaN: true });

test('probabilities are shares that sum to 1, and the grade is their median', () => {
  fc.assert(
    fc.property(rules, score, (rule, x) => {
      const p = gradeProbabilities(x, rule);
      assert.equal(p.length, rule.cuts.length + 1);
      assert.ok(p.every((share) => share >= 0));
      assert.ok(Math.abs(p.reduce((a, b) => a + b) - 1) < 1e-12);
      // At a cut itself the two grades beside it are equally likely, and rounding decides.
      fc.pre(rule.cuts.every((cut) => Math.abs(cut - x) > 1e-9 * rule.scale));
      let below = 0;
      const median = p.findIndex((share) => {
        below += share;
        return below > 0.5;
      });
      assert.equal(gradeOf(x, rule), median);
    }),
  );
});

test('a worse score never makes a lower grade likelier', () => {
  fc.assert(
    fc.property(rules, score, fc.double({ min: 0, max: 10, noNaN: true }), (rule, x, more) => {
      const [lower, higher] = [x, x + more].map((s) => gradeProbabilities(s, rule));
      for (let k = 1; k <= rule.cuts.length; k++) {
        const above = (p: number[]) => p.slice(k).reduce((a, b) => a + b);
        assert.ok(above(higher) >= above(lower) - 1e-12);
      }
    }),
  );
});
