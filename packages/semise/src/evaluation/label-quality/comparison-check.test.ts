// Comparisons that do not fit, by hand, by brute force and with planted errors.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import fc from 'fast-check';
import type { ComparisonRow } from '../../data/index.js';
import { random } from '../../random.js';
import { bradleyTerry } from './bradley-terry.js';
import { checkComparisons } from './comparison-check.js';
import { type Arrow, cyclicGroups, shortestCycles } from './comparison-graph.js';
import { share } from './share.js';

/** `a>b`, `a=b`, with the rater after a space. */
const answers = (...texts: string[]): ComparisonRow[] =>
  texts.map((text, i) => {
    const [, moreSevere, sign, lessSevere, rater = ''] = /^(\w+)([>=])(\w+) ?(\w*)$/.exec(text)!;
    return { moreSevere, lessSevere, rater, weight: 1, tie: sign === '=', line: i + 2 };
  });

test('a circle of three, a contradiction and an answer apart', () => {
  const check = checkComparisons(answers('a>b x', 'b>c x', 'c>a y', 'd>e x', 'e>d y', 'f>a y'));
  assert.deepEqual(check.cycles, [{ images: ['a', 'b', 'c'], lines: [2, 3, 4] }]);
  assert.deepEqual(check.contradictions, [
    {
      a: 'd',
      b: 'e',
      aWorse: [{ rater: 'x', line: 5 }],
      bWorse: [{ rater: 'y', line: 6 }],
    },
  ]);
  assert.deepEqual(check.cyclic, { answers: 5, images: 5, groups: 2 });
  assert.deepEqual([check.answers, check.images, check.pairs, check.ties], [6, 6, 5, 0]);
  assert.deepEqual([check.repeated.value, check.repeated.of], [0, 1]);
});

test('what is consistent is left alone', () => {
  const check = checkComparisons(answers('a>b', 'b>c', 'a>c', 'a>b', 'c=d'));
  assert.deepEqual(check.cycles, []);
  assert.deepEqual(check.contradictions, []);
  assert.deepEqual(check.outvoted, []);
  assert.equal(check.cyclic.answers, 0);
  assert.equal(check.repeated.value, 1);
});

test('three against one: the one is outvoted', () => {
  const check = checkComparisons(answers('a>b x', 'a>b y', 'a>b z', 'b>a w'));
  assert.deepEqual(
    check.outvoted.map(({ line, rater }) => [line, rater]),
    [[5, 'w']],
  );
  assert.ok(check.outvoted[0].probability > 0.6);
});

test('against grades, and against a model that is sure', () => {
  const known: Record<string, { grade: number | null; probabilities: number[]; score: number }> = {
    mild: { grade: 0, probabilities: [0.9, 0.1, 0], score: -1 },
    severe: { grade: 2, probabilities: [0, 0.1, 0.9], score: 2 },
    unknown: { grade: null, probabilities: [0.4, 0.3, 0.3], score: 0 },
  };
  const check = checkComparisons(
    answers('mild>severe x', 'mild=severe x', 'severe>mild y', 'unknown>mild y', 'mild>unknown y'),
    (image) => known[image],
  );
  assert.deepEqual(
    check.againstGrades.map(({ line, gap, grades }) => [line, gap, grades]),
    [
      [2, 2, [0, 2]],
      [3, 1, [0, 2]],
    ],
  );
  // mild and severe: P(mild the milder) = 0.9 x 1 + 0.1 x 0.9; P(equal) = 0.01.
  assert.deepEqual(
    check.againstModel.map(({ line }) => line),
    [2, 6],
  );
  assert.ok(Math.abs(check.againstModel[0].probability - 0.99 / 0.99) < 1e-12);
  const [x, y] = check.raters;
  assert.deepEqual([x.grades.value, x.grades.of, x.model.value], [0, 1, 0]);
  assert.deepEqual([y.grades.value, y.grades.of, y.model.of], [1, 1, 3]);
  assert.deepEqual([y.acyclic.value, y.acyclic.of], [1 / 3, 3]);
  // x said "mild", "equal"; y said "severe": no answer of the other is the same.
  assert.deepEqual([x.others.value, x.others.of, x.repeats.value, x.repeats.of], [0, 2, 0, 1]);
});

const graph = fc.integer({ min: 2, max: 7 }).chain((images) =>
  fc.record({
    images: fc.constant(images),
    arrows: fc.array(
      fc
        .tuple(fc.nat(images - 1), fc.nat(images - 1))
        .filter(([a, b]) => a !== b) as fc.Arbitrary<Arrow>,
      { maxLength: 14 },
    ),
  }),
);

test('groups are the images that reach each other; circles are the shortest, and all closed', () => {
  fc.assert(
    fc.property(graph, ({ images, arrows }) => {
      const has = (a: number, b: number) => arrows.some(([x, y]) => x === a && y === b);
      // Lengths of shortest ways by Floyd and Warshall.
      const far = Array.from({ length: images }, (_, a) =>
        Array.from({ length: images }, (_, b) => (a === b ? 0 : has(a, b) ? 1 : Infinity)),
      );
      for (let k = 0; k < images; k++)
        for (let a = 0; a < images; a++)
          for (let b = 0; b < images; b++) far[a][b] = Math.min(far[a][b], far[a][k] + far[k][b]);
      const mutual = (a: number, b: number) => far[a][b] < Infinity && far[b][a] < Infinity;
      const groups = cyclicGroups(images, arrows);
      for (let a = 0; a < images; a++)
        for (let b = 0; b < a; b++)
          assert.equal(
            groups.some((g) => g.includes(a) && g.includes(b)),
            mutual(a, b),
          );

      const cycles = shortestCycles(images, arrows);
      for (const cycle of cycles) {
        assert.ok(cycle.length >= 3 && new Set(cycle).size === cycle.length);
        cycle.forEach((a, i) => {
          assert.ok(has(a, cycle[(i + 1) % cycle.length]));
        });
      }
      // A triangle anywhere is found.
      for (const [a, b] of arrows)
        for (let c = 0; c < images; c++)
          if (has(b, c) && has(c, a) && c !== a && c !== b)
            assert.ok(cycles.some((cycle) => cycle.length === 3));
    }),
    { seed: 4, numRuns: 400 },
  );
});

test('a chain of 50,000 images ends, and its closing makes one circle', () => {
  const images = 50_000;
  const chain = Array.from({ length: images - 1 }, (_, i): Arrow => [i, i + 1]);
  assert.deepEqual(cyclicGroups(images, chain), []);
  assert.equal(cyclicGroups(images, [...chain, [images - 1, 0]])[0].length, images);
});

interface Golden {
  images: number;
  answers: [number, number, number, boolean][];
  severity: number[];
}
const { bradleyTerry: goldens }: { bradleyTerry: Golden[] } = JSON.parse(
  readFileSync(
    new URL('../../../src/evaluation/label-quality/fixtures/goldens.json', import.meta.url),
    'utf8',
  ),
);

test('Bradley-Terry severities as scipy finds them', () => {
  for (const golden of goldens) {
    const fitted = bradleyTerry(
      golden.images,
      golden.answers.map(([worse, milder, weight, tie]) => ({ worse, milder, weight, tie })),
    );
    golden.severity.forEach((s, i) => {
      assert.ok(Math.abs(fitted[i] - s) < 1e-4, `${fitted[i]}, not ${s}`);
    });
  }
});

test('planted wrong answers among many are outvoted', () => {
  const r = random(6, 'planted');
  const severity = Array.from({ length: 40 }, () => r.uniform());
  const all = Array.from({ length: 600 }, (_, i) => {
    const a = r.integer(40);
    const b = (a + 1 + r.integer(39)) % 40;
    const wrong = i % 10 === 0;
    const [more, less] = severity[a] > severity[b] !== wrong ? [a, b] : [b, a];
    return {
      wrong,
      moreSevere: `${more}`,
      lessSevere: `${less}`,
      rater: '',
      weight: 1,
      tie: false,
      line: i,
    };
  });
  const { outvoted } = checkComparisons(all);
  const right = outvoted.filter(({ line }) => line % 10 === 0).length;
  assert.ok(right >= 48, `${right} of 60 found`);
  assert.ok(right / outvoted.length > 0.7, `${right} right of ${outvoted.length}`);
});

test("Wilson's interval", () => {
  // 8 of 10: statsmodels' proportion_confint(8, 10, method="wilson") gives 0.4902, 0.9433.
  const { ci95 } = share(8, 10);
  assert.ok(Math.abs(ci95![0] - 0.4902) < 5e-5 && Math.abs(ci95![1] - 0.9433) < 5e-5);
  assert.deepEqual(share(0, 0), { value: null, ci95: null, of: 0 });
});
