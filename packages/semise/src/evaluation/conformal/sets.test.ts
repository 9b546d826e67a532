import assert from 'node:assert/strict';
import { test } from 'node:test';
import { InputError } from '../../errors.js';
import { gradedStudy } from '../../testing/graded-study.js';
import { nonconformity } from './conformity.js';
import {
  conformalThreshold,
  conformalThresholdsByGrade,
  predictionSet,
  subjectsNeeded,
} from './sets.js';

test('sets grow from the grade that is shown, by the more probable neighbour', () => {
  // From grade 1 (0.4): above 0.3, then below 0.2, then 3 (0.1).
  const scores = nonconformity([0.2, 0.4, 0.3, 0.1], 1);
  for (const [k, expected] of [0.7, 0, 0.4, 0.9].entries()) {
    assert.ok(Math.abs(scores[k] - expected) < 1e-12, `${scores}`);
  }
  const p = { probabilities: [0.2, 0.4, 0.3, 0.1], predicted: 1 };
  assert.deepEqual(predictionSet(p, 0), [1, 1]);
  assert.deepEqual(predictionSet(p, 0.4), [1, 2]);
  assert.deepEqual(predictionSet(p, 0.7), [0, 2]);
  assert.deepEqual(predictionSet(p, 1), [0, 3]);
  // A grade's own threshold takes in grade 3 and not 2: the gap is closed.
  assert.deepEqual(predictionSet(p, [0, 0, 0, 0.9]), [1, 3]);
  // Thresholds that take in nothing: the grade that is shown is there still.
  assert.deepEqual(predictionSet(p, [-1, -1, -1, -1]), [1, 1]);
  // Equally probable neighbours: the worse one first.
  assert.deepEqual(nonconformity([0.25, 0.5, 0.25], 1), [0.75, 0, 0.5]);
});

test('the threshold is the ceil((n + 1) coverage)-th smallest score', () => {
  // 19 subjects, the model always says grade 0 with probability i / 20, and grade 1 is right.
  const predictions = Array.from({ length: 19 }, (_, i) => ({
    image: `${i}`,
    subject: `${i}`,
    grade: 1,
    predicted: 0,
    probabilities: [(i + 1) / 20, 1 - (i + 1) / 20],
  }));
  assert.deepEqual(conformalThreshold(predictions, 0.5, 1), { threshold: 10 / 20, subjects: 19 });
  assert.deepEqual(conformalThreshold(predictions, 0.95, 1), { threshold: 19 / 20, subjects: 19 });
});

test('too few subjects for the coverage are refused, by name of the grade where it is one', () => {
  assert.deepEqual([0.5, 0.8, 0.9, 0.95, 0.99].map(subjectsNeeded), [1, 4, 9, 19, 99]);
  // 18 subjects of two images are 18 cases, not 36.
  const few = gradedStudy({ seed: 1, subjects: 18 });
  const message = (run: () => unknown): string => {
    try {
      run();
    } catch (error) {
      assert.ok(error instanceof InputError);
      return error.message;
    }
    return 'nothing thrown';
  };
  assert.match(
    message(() => conformalThreshold(few, 0.95, 1)),
    /^18 graded subjects: .* 95 % .* need 19;/,
  );
  assert.match(
    message(() => conformalThresholdsByGrade(few, 4, 0.9, 1)),
    /graded subjects with grade \d: .* need 9;/,
  );
  assert.match(
    message(() => conformalThreshold(few, 1, 1)),
    /coverage of 1 cannot be stated/,
  );
});

test('coverage over 1,000 draws: 95 % stated, 93 to 97 % seen, though the model is far too sure', () => {
  const draws = 1000;
  const subjects = 60;
  let held = 0;
  let cases = 0;
  for (let draw = 0; draw < draws; draw++) {
    const study = gradedStudy({ seed: draw, subjects: subjects + 10, sharpness: 2.5 });
    const { threshold } = conformalThreshold(study.slice(0, 2 * subjects), 0.95, draw);
    for (const p of study.slice(2 * subjects)) {
      const [low, high] = predictionSet(p, threshold);
      held += Number(low <= p.grade! && p.grade! <= high);
      cases++;
    }
  }
  const coverage = held / cases;
  assert.ok(coverage >= 0.93 && coverage <= 0.97, `coverage ${coverage}`);
});

test('by grade: each grade is covered, where one threshold for all fails the rare ones', () => {
  const draws = 300;
  const seen = { all: [0, 0, 0], own: [0, 0, 0], n: [0, 0, 0] };
  for (let draw = 0; draw < draws; draw++) {
    const study = gradedStudy({ seed: draw, subjects: 220, grades: 3, images: 1, sharpness: 2 });
    const fitted = study.slice(0, 200);
    const all = conformalThreshold(fitted, 0.9, draw).threshold;
    const own = conformalThresholdsByGrade(fitted, 3, 0.9, draw).thresholds;
    for (const p of study.slice(200)) {
      const holds = ([low, high]: [number, number]) => Number(low <= p.grade! && p.grade! <= high);
      seen.n[p.grade!]++;
      seen.all[p.grade!] += holds(predictionSet(p, all));
      seen.own[p.grade!] += holds(predictionSet(p, own));
    }
  }
  const share = (of: number[]) => of.map((held, k) => held / seen.n[k]);
  assert.ok(Math.min(...share(seen.own)) > 0.885, `by grade: ${share(seen.own)}`);
  assert.ok(Math.min(...share(seen.all)) < 0.87, `one for all: ${share(seen.all)}`);
});
