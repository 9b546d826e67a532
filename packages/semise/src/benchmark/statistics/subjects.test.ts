// Against the bootstrap of predictions, and what must hold of it.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { evaluate } from '../../evaluation/evaluate.js';
import { macroF1 } from '../../evaluation/metrics/macro.js';
import { overSubjects } from './subjects.js';

const RUN = [
  [40, 8, 2],
  [9, 20, 11],
  [3, 9, 18],
];
const OTHER = [
  [30, 15, 5],
  [5, 30, 5],
  [10, 5, 15],
];
const of = (runs: number[][][], subjects = 120) => overSubjects(runs, subjects, macroF1, [0, 1]);
const width = ({ ci95 }: { ci95: [number, number] | null }) => ci95![1] - ci95![0];

test('one run, an image a subject: the interval of its predictions', () => {
  const predictions = RUN.flatMap((row, grade) =>
    row.flatMap((n, predicted) =>
      Array.from({ length: n }, (_, i) => ({
        image: `${grade}-${predicted}-${i}.png`,
        subject: `${grade}-${predicted}-${i}`,
        split: 'test' as const,
        ...{ grade, predicted, score: predicted, probabilities: [] },
      })),
    ),
  );
  const { macroF1: direct } = evaluate(predictions, { grades: 3, seed: 1, draws: 4000 });
  const { value, ci95 } = of([RUN]);
  assert.equal(value, direct.value);
  for (const i of [0, 1]) {
    assert.ok(Math.abs(ci95![i] - direct.ci95![i]) < 0.006, `${ci95} and ${direct.ci95}`);
  }
});

test('runs that agree say no more than one; a run that disagrees is in the mean', () => {
  assert.deepEqual(of([RUN, RUN]), of([RUN]));
  const { value, ci95 } = of([RUN, OTHER]);
  assert.equal(value, (macroF1(RUN)! + macroF1(OTHER)!) / 2);
  assert.ok(ci95![0] < value && value < ci95![1]);
});

test('images of few subjects say less: a quarter of the subjects, twice the width', () => {
  const ratio = width(of([RUN], 30)) / width(of([RUN]));
  assert.ok(ratio > 1.8 && ratio < 2.3, `${ratio}`);
});
