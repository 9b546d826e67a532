// Measures of masks against scipy and scikit-image (fixtures/make_goldens.py), and what becomes of them
// over many images, worked by hand.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import type { Spacing } from '../../tasks/segmentation/lesions.js';
import { distanceTransform } from './distance.js';
import { evaluateSegmentation, type SegmentedImage } from './evaluate.js';
import { type ImageMeasures, measureImage } from './measure.js';

interface Golden {
  name: string;
  width: number;
  height: number;
  spacing: Spacing;
  truth: string;
  predicted: string;
  overlap: [dice: number, iou: number];
  surface: [hausdorff95: number, average: number] | null;
  areas: number[];
  found: boolean[];
  falsePositives: number;
}
interface Field {
  width: number;
  height: number;
  spacing: Spacing;
  marked: number[];
  distances: number[];
}
const { cases, fields } = JSON.parse(
  readFileSync(
    new URL('../../../src/evaluation/segmentation/fixtures/goldens.json', import.meta.url),
    'utf8',
  ),
) as { cases: Golden[]; fields: Field[] };

const near = (a: number | null, b: number, what: string) =>
  assert.ok(a !== null && Math.abs(a - b) < 1e-9 * Math.max(1, b), `${what}: ${a}, not ${b}`);

for (const golden of cases) {
  test(`masks: ${golden.name}`, () => {
    const { width, height, spacing } = golden;
    const mask = (digits: string) => ({ width, height, classes: Uint8Array.from(digits, Number) });
    const m = measureImage(mask(golden.truth), mask(golden.predicted), 2, spacing);
    near(m.dice, golden.overlap[0], 'Dice');
    near(m.iou, golden.overlap[1], 'IoU');
    assert.deepEqual(m.classes, [{ dice: m.dice, iou: m.iou }], 'of one class, the same');
    if (golden.surface) {
      near(m.hausdorff95, golden.surface[0], 'Hausdorff');
      near(m.surfaceDistance, golden.surface[1], 'surface distance');
    } else assert.deepEqual([m.hausdorff95, m.surfaceDistance], [null, null]);
    const area = width * height;
    assert.deepEqual(
      m.lesions.map((l) => Math.round(l.size * area)),
      golden.areas,
    );
    assert.deepEqual(
      m.lesions.map((l) => l.found),
      golden.found,
    );
    assert.equal(m.falsePositives, golden.falsePositives);
    near(m.trueBurden, golden.areas.reduce((a, b) => a + b, 0) / area, 'burden');
  });
}

test('the distance transform as scipy has it, with any spacing', () => {
  for (const { width, height, spacing, marked, distances } of fields) {
    const found = distanceTransform(marked, width, height, spacing);
    distances.forEach((d, i) => {
      assert.ok(Math.abs(found[i] - d) < 1e-7 * Math.max(1, d), `${found[i]}, not ${d}`);
    });
  }
});

test('classes are compared each by itself; a lesion found as another class is found', () => {
  const mask = (...classes: number[]) => ({
    width: 4,
    height: 1,
    classes: Uint8Array.from(classes),
  });
  const m = measureImage(mask(1, 1, 0, 2), mask(1, 2, 0, 2), 4, null);
  assert.equal(m.dice, 1);
  assert.deepEqual(
    m.classes.map((c) => c.dice),
    [2 / 3, 2 / 3, 1],
  );
  assert.deepEqual(
    m.lesions.map((l) => l.found),
    [true, true],
  );
});

const measures = (dice: number, lesions: [size: number, found: boolean][]): ImageMeasures => ({
  dice,
  iou: dice / 2,
  hausdorff95: dice > 0 && lesions.length > 0 ? 10 * (1 - dice) : null,
  surfaceDistance: null,
  classes: [{ dice, iou: dice / 2 }],
  lesions: lesions.map(([size, found]) => ({ size, found })),
  falsePositives: lesions.length,
  trueBurden: lesions.reduce((sum, [size]) => sum + size, 0),
});
const IMAGES: SegmentedImage[] = [
  { image: 'a', subject: 's1', grade: 0, burden: 0, score: 0.1, measures: measures(1, []) },
  {
    image: 'b',
    subject: 's2',
    grade: 1,
    burden: 0.01,
    score: 0.2,
    measures: measures(0.5, [[0.02, true]]),
  },
  {
    image: 'c',
    subject: 's3',
    grade: 1,
    burden: 0,
    score: 0.3,
    measures: measures(0, [[0.0005, false]]),
  },
  {
    image: 'd',
    subject: 's3',
    grade: 2,
    burden: 0.1,
    score: 0.9,
    measures: measures(0.8, [
      [0.09, true],
      [0.005, false],
    ]),
  },
  { image: 'e', subject: 's4', grade: null, burden: 0.2, score: 1, measures: null },
];

test('means over images, by grade, by size of lesion; agreement of burden and score', () => {
  const m = evaluateSegmentation(IMAGES, { classes: 2, unit: 'pixels', seed: 1, draws: 200 });
  assert.deepEqual([m.n, m.subjects, m.oneEmpty, m.bothEmpty], [4, 3, 1, 1]);
  near(m.dice.value, 2.3 / 4, 'Dice');
  near(m.diceLesion.value, 1.3 / 3, 'Dice where there is a lesion');
  near(m.hausdorff95.value, (5 + 2) / 2, 'only where both have a lesion');
  assert.deepEqual(m.surfaceDistance, { value: null, ci95: null });
  near(m.lesionSensitivity.value, 2 / 4, 'sensitivity');
  near(m.falsePositives.value, 4 / 4, 'false positives an image');
  assert.deepEqual(
    m.bySize.map(({ size, lesions, sensitivity }) => [size, lesions, sensitivity.value]),
    [
      ['small', 1, 0],
      ['medium', 1, 0],
      ['large', 2, 1],
    ],
  );
  assert.deepEqual(
    m.byGrade.map(({ grade, n, dice }) => [grade, n, dice.value]),
    [
      [0, 1, 1],
      [1, 2, 0.25],
      [2, 1, 0.8],
    ],
  );
  // Burdens rank 1.5, 3, 1.5, 4, 5 against scores 1 to 5.
  near(m.burden.withScore.value, 8 / Math.sqrt(9.5 * 10), 'rho');
  assert.deepEqual(m.classes, []);
});

test('intervals draw whole subjects: with one subject there are none, with several they hold the value', () => {
  const one = IMAGES.map((image) => ({ ...image, subject: 's' }));
  const m = evaluateSegmentation(one, { classes: 2, unit: 'mm', seed: 1 });
  assert.equal(m.dice.ci95, null);
  const many = evaluateSegmentation(IMAGES, { classes: 2, unit: 'mm', seed: 1 });
  const [low, high] = many.dice.ci95!;
  assert.ok(low < 0.575 && high > 0.575 && low > 0 && high < 1, `${low} ${high}`);
});
