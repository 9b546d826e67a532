// Closed form against scipy (acceptance/fixtures/make_goldens.py); the pilot against the closed form and itself.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { InputError } from '../../errors.js';
import { random } from '../../random.js';
import { evaluate } from '../evaluate.js';
import type { Prediction } from '../prediction.js';
import { subjectsFromPilot } from './pilot.js';
import { subjectsForProportion, wilsonWidth } from './proportion.js';

const { wilson } = JSON.parse(
  readFileSync(
    new URL('../../../src/evaluation/acceptance/fixtures/goldens.json', import.meta.url),
    'utf8',
  ),
) as { wilson: { p: number; n: number; width: number }[] };

test('the width of an interval: scipy.stats, method wilson', () => {
  for (const { p, n, width } of wilson)
    assert.ok(Math.abs(wilsonWidth(p, n) - width) < 1e-12, `${p} of ${n}`);
});

test('so many subjects are enough, and one fewer is not', () => {
  for (const width of [0.05, 0.1, 0.23])
    for (const expected of [0, 0.5, 0.8, 0.97]) {
      const { subjects, images, designEffect } = subjectsForProportion({ width, expected });
      assert.deepEqual([images, designEffect], [subjects, 1]);
      assert.ok(wilsonWidth(expected, subjects) <= width);
      if (subjects > 1) assert.ok(wilsonWidth(expected, subjects - 1) > width);
    }
  // 245 at 0.8 and 0.1: scipy's width of 196 of 245 is below, that of 192 of 240 above.
  assert.equal(subjectsForProportion({ width: 0.1, expected: 0.8 }).subjects, 245);
  const at = (n: number) => wilson.find((golden) => golden.n === n)!.width;
  assert.ok(at(245) <= 0.1 && at(240) > 0.1);
});

test('images of a subject and the share that counts, by hand', () => {
  const alone = subjectsForProportion({ width: 0.1, expected: 0.8 }).subjects;
  const eyes = { width: 0.1, expected: 0.8, imagesPerSubject: 2 };
  // As one: a second image tells nothing. Not at all alike: half the subjects do.
  assert.equal(subjectsForProportion({ ...eyes, icc: 1 }).subjects, alone);
  assert.equal(subjectsForProportion({ ...eyes, icc: 0 }).subjects, Math.ceil(alone / 2));
  const half = subjectsForProportion({ ...eyes, icc: 0.5 });
  assert.equal(half.designEffect, 1.5);
  assert.equal(half.subjects, Math.ceil((alone * 1.5) / 2));
  assert.equal(half.images, 2 * half.subjects);
  const ill = subjectsForProportion({ width: 0.1, expected: 0.8, share: 0.25 });
  assert.equal(ill.subjects, 4 * alone);
  for (const [name, wrong] of [
    ['width', { ...eyes, width: 0 }],
    ['expected', { ...eyes, expected: 1.2 }],
    ['images per subject', { ...eyes, imagesPerSubject: 0 }],
    ['icc', { ...eyes, icc: 2 }],
    ['share', { ...eyes, share: 0 }],
  ] as const)
    assert.throws(
      () => subjectsForProportion(wrong),
      (error) => error instanceof InputError && error.message.includes(`${name} is `),
    );
});

/** Subjects of two images; `alike`: both right or both wrong. */
function pilot(seed: number, subjects: number, chance: number, alike: boolean): Prediction[] {
  const r = random(seed, 'pilot');
  return Array.from({ length: subjects }, (_, s) => {
    const grade = s % 2;
    const first = r.chance(chance);
    return [first, alike ? first : r.chance(chance)].map((right, i): Prediction => {
      const predicted = right ? grade : 1 - grade;
      const image = `${s}-${i}`;
      return {
        image,
        subject: `${s}`,
        split: 'test',
        grade,
        predicted,
        score: predicted,
        probabilities: [],
      };
    });
  }).flat();
}

test('a pilot asks for as many as the closed form with its design effect', () => {
  for (const alike of [false, true]) {
    const predictions = pilot(1, 120, 0.8, alike);
    const [{ value, needed }] = subjectsFromPilot(predictions, {
      width: 0.1,
      grades: 2,
      seed: 1,
      figures: ['accuracy'],
    });
    const closed = subjectsForProportion({
      width: 0.1,
      expected: value!,
      imagesPerSubject: 2,
      icc: alike ? 1 : 0,
    });
    const { subjects, images, designEffect, simulatedWidth } = needed!;
    assert.ok(
      Math.abs(subjects / closed.subjects - 1) < 0.2,
      `${subjects}, not ${closed.subjects}`,
    );
    assert.equal(images, 2 * subjects);
    assert.ok(Math.abs(designEffect - (alike ? 2 : 1)) < 0.35, `${designEffect}`);
    assert.ok(Math.abs(simulatedWidth - 0.1) < 0.008, `${simulatedWidth}`);
  }
});

test('studies of that size have intervals of that width', () => {
  const predictions = pilot(2, 80, 0.7, true);
  const found = subjectsFromPilot(predictions, {
    width: 0.15,
    grades: 2,
    seed: 3,
    figures: ['macroF1', 'qwk'],
  });
  for (const { figure, needed } of found) {
    const widths = Array.from({ length: 15 }, (_, study) => {
      const sample = pilot(100 + study, needed!.subjects, 0.7, true);
      const { ci95 } = evaluate(sample, { grades: 2, seed: study, draws: 200 })[figure as 'qwk'];
      return ci95![1] - ci95![0];
    });
    const mean = widths.reduce((sum, w) => sum + w, 0) / widths.length;
    assert.ok(Math.abs(mean / 0.15 - 1) < 0.2, `${figure}: ${mean}`);
  }
});

test('a pilot that tells nothing of a figure gets no number', () => {
  const right = pilot(3, 30, 1, true);
  const found = subjectsFromPilot(right, { width: 0.1, grades: 2, seed: 1, draws: 50 });
  const of = (figure: string) => found.find((one) => one.figure === figure)!;
  assert.deepEqual([of('accuracy').value, of('accuracy').needed], [1, null]);
  assert.deepEqual([of('auroc').value, of('auroc').needed], [null, null]);
  assert.throws(() => subjectsFromPilot(right, { width: 0, grades: 2, seed: 1 }), InputError);
  assert.throws(
    () => subjectsFromPilot(right.slice(0, 2), { width: 0.1, grades: 2, seed: 1 }),
    /1 graded subject/,
  );
});
