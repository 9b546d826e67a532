import assert from 'node:assert/strict';
import { test } from 'node:test';
import { percentileInterval, subjectDraws } from './bootstrap.js';

test('a draw takes whole subjects, as many as there are', () => {
  const subjectOf = Int32Array.from([0, 0, 1, 2, 2, 2]);
  const totals = [0, 0, 0];
  for (const weights of subjectDraws(subjectOf, 3, 3000, 7)) {
    assert.equal(weights[0], weights[1]);
    assert.equal(weights[3], weights[4]);
    assert.equal(weights[4], weights[5]);
    assert.equal(weights[0] + weights[2] + weights[3], 3);
    [0, 2, 3].forEach((image, subject) => {
      totals[subject] += weights[image];
    });
  }
  for (const total of totals) assert.ok(Math.abs(total / 3000 - 1) < 0.06, `${totals}`);
});

test('percentiles interpolate as numpy.percentile does', () => {
  // numpy.percentile([5, 1, 2, 10, 4], [2.5, 97.5]) = [1.1, 9.5]
  const [low, high] = percentileInterval([5, 1, 2, 10, 4])!;
  assert.ok(Math.abs(low - 1.1) < 1e-12 && Math.abs(high - 9.5) < 1e-12);
});

test('undefined draws are left out, and too many of them leave no interval', () => {
  assert.deepEqual(percentileInterval([null, 3, 3]), [3, 3]);
  assert.equal(percentileInterval([null, null, 3]), null);
  assert.equal(percentileInterval([]), null);
});
