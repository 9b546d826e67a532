import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { logLoss, type OrderedPair, pairDirection } from './pair-model.js';

const golden: {
  x: number[][];
  pairs: [more: number, less: number, weight: number, target: number][];
  cases: { ridge: number; direction: number[]; logLoss: number }[];
} = JSON.parse(
  readFileSync(
    new URL('../../../src/training/patch-order/fixtures/pair-model.json', import.meta.url),
    'utf8',
  ),
);

const pairs = golden.pairs.map(
  ([more, less, weight, target]): OrderedPair => ({
    more: golden.x[more],
    less: golden.x[less],
    weight,
    target,
  }),
);

for (const { ridge, direction, logLoss: expected } of golden.cases) {
  test(`direction and log loss are scikit-learn's, ridge ${ridge}`, () => {
    const w = pairDirection(pairs, ridge);
    direction.forEach((v, i) => {
      assert.ok(Math.abs(w[i] - v) < 1e-5, `${i}: ${w[i]}, expected ${v}`);
    });
    assert.ok(Math.abs(logLoss(pairs, w) - expected) < 1e-6);
  });
}

test('pairs that a direction parts at any length have one, and none without pairs', () => {
  const sure = [{ more: [40, 0], less: [-40, 0], weight: 1, target: 1 }];
  const [along, across] = pairDirection(sure, 1e-3);
  assert.ok(along > 0 && Number.isFinite(along) && across === 0);
  assert.deepEqual(pairDirection([], 1), []);
  assert.equal(logLoss([], []), Math.LN2);
});
