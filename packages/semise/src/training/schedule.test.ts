import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { InputError } from '../errors.js';
import type { Phase } from '../methods/index.js';
import { averageDecay, learningRateShare, phaseSteps } from './schedule.js';

const near = (actual: number, expected: number) =>
  assert.ok(Math.abs(actual - expected) < 1e-12, `${actual}, expected ${expected}`);

test('by hand: 20 steps warm up over 2, then fall along half a cosine', () => {
  near(learningRateShare(0, 20), 0.5);
  near(learningRateShare(1, 20), 1);
  near(learningRateShare(2, 20), 1);
  near(learningRateShare(8, 20), 0.75); // a third of the way: cos 60 degrees = 1/2
  near(learningRateShare(11, 20), 0.5);
  near(learningRateShare(14, 20), 0.25);
  near(learningRateShare(19, 20), 0.5 * (1 + Math.cos((17 * Math.PI) / 18)));
});

test('the rate is in (0, 1], rises through the warm-up, never rises after', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 3000 }), (steps) => {
      const rates = Array.from({ length: steps }, (_, step) => learningRateShare(step, steps));
      assert.ok(rates.every((rate) => rate > 0 && rate <= 1));
      const peak = rates.indexOf(Math.max(...rates));
      assert.ok(rates.slice(1, peak + 1).every((rate, i) => rate > rates[i]));
      assert.ok(rates.slice(peak + 1).every((rate, i) => rate <= rates[peak + i]));
    }),
  );
});

test('the average begins by following and ends by keeping', () => {
  near(averageDecay(0, 0.99), 0.1);
  near(averageDecay(90, 0.99), 0.91);
  near(averageDecay(5000, 0.99), 0.99);
});

const phases = (...shares: number[]): Phase[] =>
  shares.map((share, i) => ({ name: `${i}`, share }) as Phase);
const counts = (steps: number, ...shares: number[]) =>
  phaseSteps(phases(...shares), steps).map(([, count]) => count);

test('by hand: steps go to phases by their share', () => {
  assert.deepEqual(counts(600, 0.4, 0.4, 0.2), [240, 240, 120]);
  assert.deepEqual(counts(7, 0.4, 0.4, 0.2), [3, 3, 1]);
  assert.deepEqual(counts(3, 0.4, 0.4, 0.2), [1, 1, 1]);
  assert.deepEqual(counts(2, 0.8, 0.2), [1, 1]);
  assert.deepEqual(counts(5, 1), [5]);
});

test('every phase has a step, and no step is lost', () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 1, max: 100 }), { minLength: 1, maxLength: 4 }),
      fc.nat(200),
      (parts, more) => {
        const whole = parts.reduce((a, b) => a + b);
        const given = counts(parts.length + more, ...parts.map((part) => part / whole));
        assert.equal(
          given.reduce((a, b) => a + b),
          parts.length + more,
        );
        assert.ok(given.every((count) => count >= 1));
      },
    ),
  );
});

test('fewer steps than phases are refused', () => {
  assert.throws(
    () => counts(2, 0.4, 0.4, 0.2),
    (error) => {
      assert.ok(error instanceof InputError);
      assert.match(error.message, /^steps 2: the method has 3 phases .* give 3 steps or more$/);
      return true;
    },
  );
});
