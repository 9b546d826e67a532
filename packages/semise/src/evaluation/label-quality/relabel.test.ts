// The list for the expert: what comes onto it, and in which order.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ComparisonRow } from '../../data/index.js';
import { random } from '../../random.js';
import { checkComparisons } from './comparison-check.js';
import { checkGrades, type KnownImage } from './grade-check.js';
import { relabelList } from './relabel.js';

/** Embeddings that tell severity; the second half of the subjects was not trained on. */
function known(moved: ReadonlySet<number>): KnownImage[] {
  const r = random(8, 'known');
  return Array.from({ length: 160 }, (_, i): KnownImage => {
    const truth = (i >> 1) % 4;
    const weights = [0, 1, 2, 3].map((k) => Math.exp(-2 * Math.abs(k - truth)));
    const sum = weights.reduce((a, b) => a + b, 0);
    return {
      image: `${i}.png`,
      subject: `s${i >> 1}`,
      grade: i >= 150 ? null : moved.has(i) ? (truth + 2) % 4 : truth,
      trained: i < 80,
      probabilities: weights.map((w) => w / sum),
      score: truth,
      embedding: Array.from({ length: 6 }, (_, d) => (d < 2 ? truth - 1.5 : 0) + r.normal(0, 0.2)),
    };
  });
}

test('seen grades are judged by the probe, others by the model; both find what was moved', () => {
  const moved = new Set([3, 20, 41, 90, 121]);
  const images = known(moved);
  const { graded, judgements } = checkGrades(images, { grades: 4, seed: 1 });
  assert.equal(graded, 150);
  assert.deepEqual(
    judgements.map(({ judge, images }) => [judge, images]),
    [
      ['model', 70],
      ['probe', 80],
    ],
  );
  for (const [i, expected] of [
    [90, 121],
    [3, 20, 41],
  ].entries()) {
    const found = judgements[i].suspects.map(({ image }) => Number.parseInt(image, 10));
    // A wrong grade whose image is no clear case of another may stay unseen; a right one must not be named.
    assert.ok(found.length >= 2 && found.every((image) => expected.includes(image)), `${found}`);
  }
  const suspect = judgements[0].suspects.find(({ image }) => image === '90.png')!;
  assert.deepEqual([suspect.grade, suspect.suspected], [3, 1]);
  for (const { image } of suspect.nearest) {
    const at = Number.parseInt(image, 10);
    assert.notEqual(at >> 1, 45); // not its own subject
    assert.equal((at >> 1) % 4, 1); // the same true severity
  }
  assert.equal(suspect.nearest.length, 3);
});

test('a model without probabilities judges nothing, and so does a probe of too few', () => {
  const images = known(new Set())
    .slice(70, 90)
    .map((image) => ({ ...image, probabilities: [] }));
  assert.deepEqual(checkGrades(images, { grades: 4, seed: 1 }), { graded: 20, judgements: [] });
});

test('raters who differ, and their median against the grade', () => {
  const rate = (image: string, ...grades: number[]) =>
    grades.map((grade, i) => ({ image, subject: null, rater: 'abc'[i], grade }));
  const list = relabelList({
    ratings: [
      ...rate('same', 1, 1, 2),
      ...rate('far', 0, 3),
      ...rate('median', 2, 2, 3),
      ...rate('lone', 4),
    ],
    gradeOf: (image) => ({ same: 1, far: null, median: 1 })[image] ?? null,
  });
  assert.deepEqual(
    list.map(({ image, suspected, priority }) => [image, suspected, priority]),
    [
      ['far', null, 1.5],
      ['median', 2, 1],
    ],
  );
});

test('comparisons: pairs once, an image that most of its answers speak against', () => {
  const answer = (moreSevere: string, lessSevere: string, line: number): ComparisonRow => ({
    moreSevere,
    lessSevere,
    rater: 'x',
    weight: 1,
    tie: false,
    line,
  });
  const grades: Record<string, number> = { low: 0, a: 1, b: 2, c: 3 };
  const comparisons = checkComparisons(
    [
      answer('low', 'a', 2),
      answer('low', 'b', 3),
      answer('low', 'b', 4),
      answer('c', 'low', 5),
      answer('b', 'low', 6),
    ],
    (image) => ({ grade: grades[image], probabilities: [], score: null }),
  );
  const list = relabelList({ comparisons, gradeOf: (image) => grades[image] });
  const lows = list.filter(({ comparedWith }) => comparedWith === null);
  assert.deepEqual(
    lows.map(({ image, reasons }) => [image, reasons]),
    [
      ['b', [{ kind: 'compared', against: 2, of: 3 }]],
      ['low', [{ kind: 'compared', against: 3, of: 5 }]],
    ],
  );
  assert.ok(Math.abs(lows[0].priority - 1) < 1e-12 && Math.abs(lows[1].priority - 5 / 6) < 1e-12);
  const pair = list.find(({ comparedWith }) => comparedWith === 'b')!;
  assert.deepEqual(pair.reasons.map(({ kind }) => kind).sort(), [
    'contradiction',
    'grades',
    'outvoted',
  ]);
  assert.equal(
    list.filter(({ image, comparedWith }) => [image, comparedWith].sort().join() === 'b,low')
      .length,
    1,
  );
  assert.deepEqual(
    list.map(({ priority }) => priority),
    list.map(({ priority }) => priority).toSorted((a, b) => b - a),
  );
});
