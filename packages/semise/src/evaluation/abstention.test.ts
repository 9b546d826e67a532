import assert from 'node:assert/strict';
import { test } from 'node:test';
import { InputError } from '../errors.js';
import { gradedStudy } from '../testing/graded-study.js';
import {
  certainty,
  isWrong,
  keptNeeded,
  riskCoverage,
  upperBound,
  workingPoint,
} from './abstention.js';

const near = (actual: number, expected: number, within = 1e-9) =>
  assert.ok(Math.abs(actual - expected) < within, `${actual}, expected ${expected}`);

test('risk and coverage, worked by hand', () => {
  // Surest first: right, wrong, right, wrong. Risks 0, 1/2, 1/3, 1/2.
  const found = riskCoverage([0.6, 0.9, 0.8, 0.7], [true, false, true, false])!;
  assert.deepEqual(
    found.points.map(({ kept, risk }) => [kept, risk]),
    [
      [0.25, 0],
      [0.5, 1 / 2],
      [0.75, 1 / 3],
      [1, 1 / 2],
    ],
  );
  near(found.area, (0 + 1 / 2 + 1 / 3 + 1 / 2) / 4);
  // At best both wrong ones last: 0, 0, 1/3, 1/2.
  near(found.best, (1 / 3 + 1 / 2) / 4);
  assert.equal(riskCoverage([], []), null);
});

test('equally certain answers count as in random order', () => {
  const found = riskCoverage([0.5, 0.5, 0.5, 0.5], [true, false, false, false])!;
  near(found.area, 0.25);
  assert.equal(found.points.length, 1);
});

test("Clopper and Pearson's bound agrees with scipy.stats.beta.ppf", () => {
  near(upperBound(0, 29, 0.05), 0.0981446276772957);
  near(upperBound(3, 100, 0.05), 0.07571079374983004);
  near(upperBound(12, 1000, 0.0125), 0.022264694815389428);
  assert.equal(upperBound(5, 5, 0.05), 1);
  // As few as can show it: without an error just below the limit, one fewer not.
  for (const limit of [0.05, 0.1, 0.3]) {
    const n = keptNeeded(limit);
    assert.ok(upperBound(0, n, 0.05 / 3) <= limit && upperBound(0, n - 1, 0.05 / 3) > limit);
  }
});

test('certainty is the probability of being near enough', () => {
  const p = { probabilities: [0.1, 0.2, 0.6, 0.1], predicted: 2, grade: 1 };
  near(certainty(p), 0.6);
  near(certainty(p, 1), 0.9);
  assert.equal(isWrong(p), true);
  assert.equal(isWrong(p, 1), false);
});

test('the limit holds on new subjects with the stated confidence, over 1,000 draws', () => {
  // The true risk at each threshold, from one large sample; then 1,000 working points against it.
  const world = gradedStudy({ seed: 999_999, subjects: 40_000, images: 1 })
    .map((p) => ({ sure: certainty(p), wrong: isWrong(p) }))
    .sort((a, b) => b.sure - a.sure);
  const errors = new Int32Array(world.length + 1);
  world.forEach(({ wrong }, i) => {
    errors[i + 1] = errors[i] + Number(wrong);
  });
  const riskAt = (threshold: number) => {
    let [low, high] = [0, world.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (world[middle].sure >= threshold) low = middle + 1;
      else high = middle;
    }
    return errors[low] / low;
  };
  let passed = 0;
  let found = 0;
  let keptShare = 0;
  const draws = 1000;
  for (let seed = 0; seed < draws; seed++) {
    const study = gradedStudy({ seed, subjects: 200 });
    const { threshold, kept, subjects } = workingPoint(study, { maxError: 0.25, seed });
    if (threshold === null) continue;
    found++;
    keptShare += kept / subjects;
    if (riskAt(threshold) > 0.25) passed++;
  }
  assert.ok(passed / draws <= 0.05, `${passed} of ${draws} passed the limit`);
  assert.ok(found / draws > 0.5 && keptShare / found > 0.2, `${found} found, ${keptShare / found}`);
});

test('an error that no answer makes lets all be kept; one that all make lets none', () => {
  const study = gradedStudy({ seed: 1, subjects: 100 });
  const right = study.map((p) => ({ ...p, grade: p.predicted }));
  assert.deepEqual(workingPoint(right, { maxError: 0.1, seed: 1 }), {
    threshold: 0,
    subjects: 100,
    kept: 100,
    errors: 0,
  });
  const wrong = study.map((p) => ({ ...p, grade: (p.predicted + 1) % 4 }));
  assert.deepEqual(workingPoint(wrong, { maxError: 0.1, seed: 1 }), {
    threshold: null,
    subjects: 100,
    kept: 0,
    errors: 0,
  });
  assert.equal(workingPoint(study, { maxError: 0.2, tolerance: 3, seed: 1 }).kept, 100);
});

test('limits that are none, and too few subjects, are refused', () => {
  const study = gradedStudy({ seed: 1, subjects: 38 });
  for (const [options, message] of [
    [{ maxError: 0 }, /largest error of 0:/],
    [{ maxError: 0.1, confidence: 1 }, /confidence of 1:/],
    [{ maxError: 0.1 }, /^38 graded subjects: .* 95 % .* 10 % .* takes 39 or more/],
  ] as const) {
    assert.throws(
      () => workingPoint(study, { seed: 1, ...options }),
      (error) => error instanceof InputError && message.test(error.message),
    );
  }
});
