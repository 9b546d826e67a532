// Agreement of raters against published examples, scikit-learn, and tables written out in full.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import fc from 'fast-check';
import { random } from '../../random.js';
import { agreement, type RatedImage } from './agreement.js';
import { icc21 } from './icc.js';
import { cohenKappa, fleissKappa } from './kappa.js';
import { coincidences, krippendorffAlpha, type Scale } from './krippendorff.js';

const near = (actual: number | null, expected: number | null, tolerance = 1e-9) =>
  assert.ok(
    actual === expected ||
      (actual !== null && expected !== null && Math.abs(actual - expected) < tolerance),
    `${actual}, not ${expected}`,
  );

/** Rows = images, columns = raters a, b, ...; null = not rated. */
const ratings = (rows: readonly (readonly (number | null)[])[], subject?: (i: number) => string) =>
  rows.flatMap((row, i) =>
    row.flatMap((grade, r): RatedImage[] =>
      grade === null
        ? []
        : [{ image: `${i}`, subject: subject?.(i) ?? null, rater: 'abcdefgh'[r], grade }],
    ),
  );

const columns = (texts: readonly string[]): (number | null)[][] =>
  Array.from({ length: texts[0].length }, (_, i) =>
    texts.map((text) => (text[i] === '.' ? null : Number(text[i]))),
  );

test("Krippendorff's own examples (2011)", () => {
  const alpha = (rows: (number | null)[][], scale: Scale) =>
    krippendorffAlpha(
      coincidences(rows.map((row) => row.filter((grade) => grade !== null))),
      scale,
    );
  // A: two observers, two values. B: two observers, five values a to e. C: four observers, with gaps.
  near(alpha(columns(['0100000010', '1110010000']), 'nominal'), 0.095, 5e-4);
  near(alpha(columns(['001132224330', '101112224333']), 'nominal'), 0.692, 5e-4);
  const c = columns(
    ['12332141 2...', '12332241 25.3', '.3332342 251.', '12332441 251.'].map((t) =>
      t.replace(' ', ''),
    ),
  );
  near(alpha(c, 'nominal'), 0.743, 5e-4);
  near(alpha(c, 'ordinal'), 0.815, 5e-4);
  near(alpha(c, 'interval'), 0.849, 5e-4);
  // The whole summary speaks of the same table.
  const { overall, shared, images } = agreement(ratings(c), { seed: 1, draws: 0 });
  near(overall.alphaOrdinal.value, 0.815, 5e-4);
  assert.deepEqual([images, shared], [12, 11]);
});

test('the example of Shrout & Fleiss (1979): ICC(2,1) = 0.29', () => {
  const rows = [
    [9, 2, 5, 8],
    [6, 1, 3, 2],
    [8, 4, 6, 8],
    [7, 1, 2, 6],
    [10, 5, 6, 9],
    [6, 2, 4, 7],
  ];
  near(icc21(rows), 0.2898, 5e-5);
  assert.equal(
    icc21([
      [1, 1],
      [1, 1],
    ]),
    null,
  );
  assert.equal(icc21([[1, 2]]), null);
});

test("Fleiss' kappa: ten subjects of fourteen raters, 0.210", () => {
  const counts = [
    [0, 0, 0, 0, 14],
    [0, 2, 6, 4, 2],
    [0, 0, 3, 5, 6],
    [0, 3, 9, 2, 0],
    [2, 2, 8, 1, 1],
    [7, 7, 0, 0, 0],
    [3, 2, 6, 3, 0],
    [2, 5, 3, 2, 2],
    [6, 5, 2, 1, 0],
    [0, 2, 2, 3, 7],
  ];
  near(fleissKappa(counts), 0.20993, 5e-6);
  assert.equal(
    fleissKappa([
      [1, 1],
      [2, 1],
    ]),
    null,
  );
  assert.equal(
    fleissKappa([
      [2, 0],
      [2, 0],
    ]),
    null,
  );
});

test('kappa by hand', () => {
  // 20 of 50 images yes-yes, 15 no-no: observed 0.7, chance 0.5.
  near(
    cohenKappa(
      [
        [20, 5],
        [10, 15],
      ],
      'none',
    ),
    0.4,
  );
  assert.equal(
    cohenKappa(
      [
        [7, 0],
        [0, 0],
      ],
      'quadratic',
    ),
    null,
  );
});

interface Golden {
  rows: number[][];
  pairs: {
    a: number;
    b: number;
    images: number;
    kappa: number;
    kappaLinear: number;
    kappaQuadratic: number;
  }[];
  alphaNominal: number;
  alphaOrdinal: number;
  alphaInterval: number;
  icc21: number | null;
}
const goldens: Golden[] = JSON.parse(
  readFileSync(
    new URL('../../../src/evaluation/agreement/fixtures/goldens.json', import.meta.url),
    'utf8',
  ),
);

test('every figure as scikit-learn and the definitions have it', () => {
  for (const golden of goldens) {
    const table = golden.rows.map((row) => row.map((grade) => (grade < 0 ? null : grade)));
    const { overall, pairs } = agreement(ratings(table), { seed: 1, draws: 0 });
    for (const figure of ['alphaNominal', 'alphaOrdinal', 'alphaInterval', 'icc21'] as const)
      near(overall[figure].value, golden[figure]);
    assert.equal(pairs.length, golden.pairs.length);
    pairs.forEach((pair, i) => {
      for (const figure of ['kappa', 'kappaLinear', 'kappaQuadratic'] as const)
        near(pair[figure].value, golden.pairs[i][figure]);
      assert.equal(pair.images, golden.pairs[i].images);
    });
    near(
      overall.meanKappaLinear.value,
      golden.pairs.reduce((sum, { kappaLinear }) => sum + kappaLinear, 0) / golden.pairs.length,
    );
  }
});

test('an image that counts twice counts as two equal images', () => {
  const grade = fc.integer({ min: 0, max: 3 });
  const table = fc.array(fc.tuple(grade, grade, grade), { minLength: 4, maxLength: 12 });
  fc.assert(
    fc.property(table, fc.infiniteStream(fc.integer({ min: 0, max: 2 })), (rows, stream) => {
      const weights = rows.map(() => stream.next().value as number);
      const drawn = rows.flatMap((row, i) => Array.from({ length: weights[i] }, () => row));
      const counts = (of: readonly (readonly number[])[]) =>
        of.map((row) => [0, 1, 2, 3].map((k) => row.filter((g) => g === k).length));
      near(icc21(rows, weights), drawn.length ? icc21(drawn) : null, 1e-7);
      near(fleissKappa(counts(rows), weights), drawn.length ? fleissKappa(counts(drawn)) : null);
      for (const scale of ['nominal', 'ordinal', 'interval'] as const)
        near(
          krippendorffAlpha(coincidences(rows), scale, weights),
          krippendorffAlpha(coincidences(drawn), scale),
        );
    }),
    { seed: 5, numRuns: 200 },
  );
});

test('shares, bias and repeats by hand', () => {
  // Rater b is one higher on two images of three; c grades one image, and two times.
  const { overall, bias, repeats, pairs } = agreement(
    [
      ...ratings([
        [1, 2],
        [0, 0],
        [2, 3],
      ]),
      { image: '0', subject: null, rater: 'c', grade: 3 },
      { image: '0', subject: null, rater: 'c', grade: 1 },
      { image: '0', subject: null, rater: 'c', grade: 1 },
    ],
    { seed: 1, draws: 0 },
  );
  // Pairs of first grades: 1-2, 1-3, 2-3; 0-0; 2-3.
  near(overall.exact.value, 1 / 5);
  near(overall.withinOne.value, 4 / 5);
  assert.equal(overall.fleissKappa.value, null);
  const [a, b, c] = bias.map(({ difference }) => difference.value);
  near(a, (-1.5 + 0 - 1) / 3);
  near(b, (0 + 0 + 1) / 3);
  near(c, 1.5);
  assert.deepEqual(
    pairs.map(({ raters, images }) => [...raters, images].join()),
    ['a,b,3', 'a,c,1', 'b,c,1'],
  );
  assert.deepEqual(
    repeats.map(({ rater, images }) => [rater, images]),
    [['c', 2]],
  );
  near(repeats[0].exact.value, 0.5);
  near(repeats[0].withinOne.value, 0.5);
});

test('with nothing to compare it says so', () => {
  assert.throws(
    () =>
      agreement(
        ratings([
          [1, null],
          [null, 2],
        ]),
        { seed: 1 },
      ),
    /no image has two grades, of 2 rater\(s\) and 2 image\(s\)/,
  );
});

test('intervals hold the true agreement about as often as they say', () => {
  // Two raters who each see the truth with probability 0.8: both right, or both wrong alike, of 4 grades.
  const truth = 0.8 ** 2 + 0.2 ** 2 / 3;
  let held = 0;
  const sets = 200;
  for (let set = 0; set < sets; set++) {
    const r = random(set, 'agreement coverage');
    const rows = Array.from({ length: 80 }, () => {
      const grade = r.integer(4);
      const seen = () => (r.chance(0.8) ? grade : (grade + 1 + r.integer(3)) % 4);
      return [seen(), seen()];
    });
    const { ci95 } = agreement(ratings(rows), { seed: set, draws: 120 }).overall.exact;
    if (ci95![0] <= truth && truth <= ci95![1]) held++;
  }
  assert.ok(held / sets > 0.9 && held / sets < 0.985, `${held} of ${sets}`);
});

test('images of one subject widen the interval', () => {
  const r = random(3, 'agreement clusters');
  const rows = Array.from({ length: 30 }, () => {
    const grade = r.integer(4);
    return [grade, r.chance(0.6) ? grade : (grade + 1) % 4];
  }).flatMap((row) => [row, row, row, row]);
  const width = (subject?: (i: number) => string) => {
    const { ci95 } = agreement(ratings(rows, subject), { seed: 1, draws: 400 }).overall.exact;
    return ci95![1] - ci95![0];
  };
  const ratio = width((i) => `s${i >> 2}`) / width();
  assert.ok(ratio > 1.7 && ratio < 2.3, `${ratio}`); // 4 equal images: twice as wide
});
