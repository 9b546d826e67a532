import assert from 'node:assert/strict';
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

/** Cost where every grade present counts the same: wrong grades, and a hundredth of their squared distance. */
function error({ k, scores, grades }: Graded, gradeFor: (score: number) => number): number {
  const counts = Array.from({ length: k }, (_, g) => grades.filter((y) => y === g).length);
  return scores.reduce((sum, x, i) => {
    const off = gradeFor(x) - grades[i];
    return sum + (Math.sign(off) ** 2 + off ** 2 / 100) / counts[grades[i]];
  }, 0);
}

/** Every non-decreasing way to give the distinct scores a grade each. */
function* monotoneRules(distinct: number, k: number, lowest = 0): Generator<number[]> {
  if (distinct === 0) yield [];
  else
    for (let g = lowest; g < k; g++)
      for (const rest of monotoneRules(distinct - 1, k, g)) yield [g, ...rest];
}

test('no monotone rule costs less', () => {
  fc.assert(
    fc.property(graded(9), (data) => {
      const distinct = [...new Set(data.scores)].sort((a, b) => a - b);
      let least = Number.POSITIVE_INFINITY;
      for (const rule of monotoneRules(distinct.length, data.k))
        least = Math.min(
          least,
          error(data, (x) => rule[distinct.indexOf(x)]),
        );
      const fitted = fitCutPoints(data.scores, data.grades, data.k);
      const reached = error(data, (x) => gradeOf(x, fitted));
      assert.ok(Math.abs(reached - least) < 1e-9, `${reached} where ${least} can be reached`);
    }),
    { numRuns: 300 },
  );
});

test('cuts do not decrease, are finite, and never fall on a score', () => {
  fc.assert(
    fc.property(graded(12), ({ scores, grades, k }) => {
      const { cuts, scale } = fitCutPoints(scores, grades, k);
      assert.equal(cuts.length, k - 1);
      assert.ok(scale > 0 && Number.isFinite(scale));
      for (const [i, cut] of cuts.entries()) {
        assert.ok(Number.isFinite(cut) && !scores.includes(cut));
        assert.ok(i === 0 || cut >= cuts[i - 1]);
      }
    }),
  );
});

test('the scale is the likeliest', () => {
  const likelihood = ({ scores, grades, k }: Graded, rule: CutPoints) => {
    const counts = Array.from({ length: k }, (_, g) => grades.filter((y) => y === g).length);
    return scores.reduce((sum, x, i) => {
      const p = gradeProbabilities(x, rule)[grades[i]];
      return sum + Math.log(Math.max(p, 1e-12)) / counts[grades[i]];
    }, 0);
  };
  fc.assert(
    fc.property(graded(12), (data) => {
      const fitted = fitCutPoints(data.scores, data.grades, data.k);
      const reached = likelihood(data, fitted);
      const spread = Math.max(1e-6, (Math.max(...data.scores) - Math.min(...data.scores)) / 2);
      for (let log = -6.9; log < 2; log += 0.1) {
        const other = likelihood(data, { ...fitted, scale: spread * Math.exp(log) });
        assert.ok(reached >= other - 1e-3, `${reached} at ${fitted.scale}, ${other} at ${log}`);
      }
    }),
  );
});

test('by hand: a cut lies midway between the scores it parts', () => {
  assert.deepEqual(fitCutPoints([4, 1, 2, 8], [1, 0, 0, 2], 3).cuts, [3, 6]);
  // Two grades, one image out of place: either cut beside it errs once, of grade 0's two images.
  assert.deepEqual(fitCutPoints([0, 1, 2, 3, 4], [0, 1, 0, 1, 1], 2).cuts, [2.5]);
});

test('by hand: an absent grade takes no scores', () => {
  const fitted = fitCutPoints([1, 2, 5, 6], [0, 0, 2, 2], 3);
  assert.deepEqual(fitted.cuts, [3.5, 3.5]);
  assert.deepEqual(
    [1, 2, 3.4, 3.6, 5].map((score) => gradeOf(score, fitted)),
    [0, 0, 0, 2, 2],
  );
  assert.equal(gradeProbabilities(3.5, fitted)[1], 0);
});

test('by hand: equal scores are never parted', () => {
  const { cuts } = fitCutPoints([1, 1, 1, 2], [0, 1, 1, 1], 2);
  assert.equal(cuts.length, 1);
  assert.ok(cuts[0] < 1 || cuts[0] === 1.5);
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
