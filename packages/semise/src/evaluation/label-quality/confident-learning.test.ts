// Confident learning, the ordinal regression and the probe against numpy, scipy and planted errors.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { random } from '../../random.js';
import {
  confidentJoint,
  gradesGained,
  type Judged,
  suspectedGrades,
} from './confident-learning.js';
import { heldOutProbabilities, subjectFolds } from './probe.js';
import { fitProportionalOdds, oddsProbabilities } from './proportional-odds.js';

interface Goldens {
  confident: {
    grades: number;
    labels: number[];
    probabilities: number[][];
    thresholds: (number | null)[];
    counts: number[][];
    joint: number[][];
    wrong: number;
    flagged: number[];
  }[];
  ordinal: {
    x: number[][];
    grades: number[];
    k: number;
    ridge: number;
    cuts: number[];
    slope: number[];
  }[];
}
const goldens: Goldens = JSON.parse(
  readFileSync(
    new URL('../../../src/evaluation/label-quality/fixtures/goldens.json', import.meta.url),
    'utf8',
  ),
);
function near(actual: number, expected: number, tolerance = 1e-9): void {
  assert.ok(Math.abs(actual - expected) < tolerance, `${actual}, not ${expected}`);
}
const allNear = (actual: readonly number[], expected: readonly number[], tolerance?: number) => {
  assert.equal(actual.length, expected.length);
  for (const [i, value] of actual.entries()) near(value, expected[i], tolerance);
};

test('the confident joint and the suspects as numpy has them', () => {
  for (const golden of goldens.confident) {
    const images = golden.labels.map((grade, i) => ({
      grade,
      probabilities: golden.probabilities[i],
    }));
    const joint = confidentJoint(images, golden.grades);
    assert.deepEqual(joint.counts, golden.counts);
    allNear(joint.joint.flat(), golden.joint.flat());
    allNear(
      joint.thresholds.map((t) => t ?? -1),
      golden.thresholds.map((t) => t ?? -1),
    );
    near(joint.wrong, golden.wrong);
    const suspects = suspectedGrades(images, golden.grades);
    // Of those that numpy names, all whose grade is not the model's median.
    assert.deepEqual(
      suspects.map(({ index }) => index).sort((a, b) => a - b),
      golden.flagged.filter((i) => golden.labels[i] !== median(golden.probabilities[i])),
    );
    for (const [i, { index, gain }] of suspects.entries()) {
      near(gain, gradesGained(images[index]));
      assert.ok(i === 0 || gain <= suspects[i - 1].gain);
    }
  }
});

/** The lowest grade that half of the probability does not exceed. */
function median(probabilities: readonly number[]): number {
  let sum = 0;
  return probabilities.findIndex((p) => {
    sum += p;
    return sum >= 0.5;
  });
}

test('what is gained grows with the distance, and is nothing at the median', () => {
  const judged = (grade: number, ...probabilities: number[]): Judged => ({ grade, probabilities });
  near(gradesGained(judged(0, 0, 0, 1)), 2);
  near(gradesGained(judged(1, 0, 0, 1)), 1);
  near(gradesGained(judged(2, 0, 0, 1)), 0);
  // Not knowing: 0.25 x (1 + 2 + 3) against 0.25 x (1 + 0 + 1 + 2).
  near(gradesGained(judged(0, 0.25, 0.25, 0.25, 0.25)), 0.5);
  near(gradesGained(judged(2, 0.25, 0.25, 0.25, 0.25)), 0);
});

test('by hand: one image of grade 0 looks like grade 2', () => {
  const judged = (grade: number, ...probabilities: number[]): Judged => ({ grade, probabilities });
  const images = [
    judged(0, 0.8, 0.1, 0.1),
    judged(0, 0.1, 0.2, 0.7),
    judged(1, 0.2, 0.6, 0.2),
    judged(2, 0.1, 0.3, 0.6),
  ];
  // Thresholds 0.45, 0.6, 0.6: the second image reaches that of grade 2 alone.
  const { counts, joint, wrong } = confidentJoint(images, 3);
  assert.deepEqual(counts, [
    [1, 0, 1],
    [0, 1, 0],
    [0, 0, 1],
  ]);
  assert.deepEqual(joint, counts);
  assert.equal(wrong, 1);
  const [suspect, ...more] = suspectedGrades(images, 3);
  assert.equal(more.length, 0);
  assert.deepEqual([suspect.index, suspect.suspected], [1, 2]);
  near(suspect.gain, 0.2 + 2 * 0.7 - (2 * 0.1 + 0.2));
});

test('a model that is always sure and right finds nothing', () => {
  const images = Array.from({ length: 30 }, (_, i) => ({
    grade: i % 3,
    probabilities: [0, 1, 2].map((k) => (k === i % 3 ? 1 : 0)),
  }));
  assert.equal(confidentJoint(images, 3).wrong, 0);
  assert.deepEqual(suspectedGrades(images, 3), []);
});

test('the ordinal regression has its optimum where scipy has', () => {
  for (const { x, grades, k, ridge, cuts, slope } of goldens.ordinal) {
    const fitted = fitProportionalOdds(x, grades, k, ridge);
    allNear(fitted.cuts, cuts, 1e-4);
    allNear(fitted.slope, slope, 1e-4);
    const p = oddsProbabilities(fitted, x[0]);
    near(
      p.reduce((sum, value) => sum + value, 0),
      1,
    );
  }
});

test('a grade that no image has gets no probability', () => {
  const { x, grades, ridge } = goldens.ordinal[0];
  const fitted = fitProportionalOdds(
    x,
    grades.map((grade) => [0, 1, 3, 4][grade]),
    6,
    ridge,
  );
  const p = oddsProbabilities(fitted, x[0]);
  assert.equal(p.length, 6);
  assert.deepEqual([p[2], p[5]], [0, 0]);
  const plain = oddsProbabilities(fitProportionalOdds(x, grades, 4, ridge), x[0]);
  allNear(
    [0, 1, 3, 4].map((k) => p[k]),
    plain,
  );
});

/** Severity along one direction of twelve; two images a subject; every tenth grade is moved. */
function embedded(seed: number) {
  const r = random(seed, 'embedded');
  return Array.from({ length: 300 }, (_, i) => {
    const truth = (i >> 1) % 4;
    const moved = i % 10 === 3;
    const grade = moved ? (truth + 1 + r.integer(3)) % 4 : truth;
    const embedding = Array.from(
      { length: 12 },
      (_, d) => (d === 5 ? 2 * truth : 0) + r.normal(0, 0.5),
    );
    return { subject: `s${i >> 1}`, grade, embedding, moved };
  });
}

test('folds part subjects, and grades evenly', () => {
  const images = embedded(1);
  const folds = subjectFolds(images, 5, 9);
  const bySubject = new Map<string, Set<number>>();
  images.forEach(({ subject }, i) => {
    bySubject.set(subject, (bySubject.get(subject) ?? new Set()).add(folds[i]));
  });
  for (const of of bySubject.values()) assert.equal(of.size, 1);
  for (let f = 0; f < 5; f++) {
    const count = folds.filter((fold) => fold === f).length;
    assert.equal(count, 60);
  }
  assert.deepEqual(subjectFolds(images, 5, 9), folds);
  assert.notDeepEqual(subjectFolds(images, 5, 10), folds);
});

test('the probe does not see the grades of the subject that it judges', () => {
  const images = embedded(2);
  // Subject s7 has two images of grade 3; the other keeps the subject in its fold.
  const other = images.map((image, i) => (i === 14 ? { ...image, grade: 0 } : image));
  assert.deepEqual(subjectFolds(images, 5, 1), subjectFolds(other, 5, 1));
  const [before, after] = [images, other].map(
    (of) => heldOutProbabilities(of, { grades: 4, seed: 1 })!,
  );
  assert.deepEqual([before[14], before[15]], [after[14], after[15]]);
  assert.notDeepEqual(before, after);
});

test('moved grades are found in embeddings that tell severity', () => {
  const images = embedded(3);
  const probabilities = heldOutProbabilities(images, { grades: 4, seed: 1 })!;
  const judged = images.map(({ grade }, i) => ({ grade, probabilities: probabilities[i] }));
  const suspects = suspectedGrades(judged, 4);
  const right = suspects.filter(({ index }) => images[index].moved).length;
  const moved = images.filter((image) => image.moved).length;
  assert.ok(right / suspects.length > 0.85, `precision ${right} of ${suspects.length}`);
  assert.ok(right / moved > 0.85, `recall ${right} of ${moved}`);
  const { wrong } = confidentJoint(judged, 4);
  assert.ok(Math.abs(wrong - moved) < 0.3 * moved, `${wrong} estimated, ${moved} are`);
});

test('too few subjects for a probe', () => {
  assert.equal(heldOutProbabilities(embedded(1).slice(0, 12), { grades: 4, seed: 1 }), null);
});
