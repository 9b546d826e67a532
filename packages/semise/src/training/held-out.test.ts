import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { holdOut } from './held-out.js';

const cohort = fc
  .array(fc.record({ grade: fc.nat(4), subject: fc.nat(30) }), { minLength: 1, maxLength: 80 })
  .map((rows) => rows.map((row, index) => ({ ...row, index })));

test('held and kept are all images, share no subject, and every grade is kept', () => {
  fc.assert(
    fc.property(cohort, fc.double({ min: 0, max: 0.5, noNaN: true }), (all, share) => {
      const { graded, held } = holdOut(all, share, 1);
      assert.deepEqual(
        [...graded, ...held].sort((a, b) => a.index - b.index),
        all,
      );
      const subjects = new Set(held.map((g) => g.subject));
      assert.ok(graded.every((g) => !subjects.has(g.subject)));
      assert.deepEqual(new Set(graded.map((g) => g.grade)), new Set(all.map((g) => g.grade)));
      assert.deepEqual(holdOut(all, share, 1), { graded, held }, 'the seed decides');
      if (share === 0) assert.equal(held.length, 0);
    }),
  );
});

test('a fifth of ten subjects a grade is two, and one of five', () => {
  const of = (each: number) =>
    Array.from({ length: 3 * each }, (_, i) => ({ index: i, grade: i % 3, subject: i }));
  for (const [each, expected] of [
    [10, 2],
    [5, 1],
    [2, 1],
    [1, 0],
  ]) {
    const { held } = holdOut(of(each), 0.2, 3);
    for (const grade of [0, 1, 2]) {
      assert.equal(held.filter((g) => g.grade === grade).length, expected, `${each} a grade`);
    }
  }
});
