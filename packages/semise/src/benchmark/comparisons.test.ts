// The simulated expert asks fair questions and errs as often as told.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { InputError } from '../errors.js';
import { drawComparisons } from './comparisons.js';

/** 40 images of 20 subjects, severity 0 to 3. */
const candidates = Array.from({ length: 40 }, (_, i) => ({
  index: 100 + i,
  subject: `s${i >> 1}`,
  severity: i % 4,
}));
const of = new Map(candidates.map((c) => [c.index, c]));

test('different subjects, no pair twice, nested in number, exactly the share wrong', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 120 }),
      fc.constantFrom(0, 0.1, 0.2, 0.5),
      fc.constantFrom('drop' as const, 'mark' as const),
      fc.nat(50),
      (count, wrong, ties, seed) => {
        const answers = drawComparisons(candidates, { count, wrong, ties, seed });
        assert.equal(answers.length, count);
        const more = drawComparisons(candidates, { count: count + 20, wrong, ties, seed });
        assert.deepEqual(more.slice(0, count), answers);
        const pairs = answers.map((a) => [a.more, a.less].sort().join());
        assert.equal(new Set(pairs).size, count);
        let errors = 0;
        for (const answer of answers) {
          const [a, b] = [of.get(answer.more)!, of.get(answer.less)!];
          assert.notEqual(a.subject, b.subject);
          assert.equal(answer.tie, a.severity === b.severity);
          if (a.severity < b.severity) errors++;
        }
        if (ties === 'drop') {
          assert.ok(answers.every(({ tie }) => !tie));
          assert.equal(errors, Math.floor(count * wrong + 1e-9));
        }
        const right = drawComparisons(candidates, { count, wrong: 0, ties, seed });
        assert.deepEqual(
          right.map((a) => [a.more, a.less].sort().join()),
          pairs,
        );
      },
    ),
    { numRuns: 60 },
  );
});

test('more pairs than there are: said, not waited for', () => {
  const few = candidates.slice(0, 6);
  assert.throws(
    () => drawComparisons(few, { count: 50, wrong: 0, ties: 'drop', seed: 1 }),
    (error: Error) =>
      error instanceof InputError && /50 asked for, but 6 .* ask for fewer/.test(error.message),
  );
});
