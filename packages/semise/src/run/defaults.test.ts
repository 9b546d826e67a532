import assert from 'node:assert/strict';
import { test } from 'node:test';
import { METHODS } from '../methods/index.js';
import { tinyConfig, tinyData } from '../testing/training.js';
import { drawBatch } from '../training/batches.js';
import { gradeCounts } from '../training/index.js';
import { type TrainOptions, trainingDefaults } from './defaults.js';

test('class weights see graded images as often as they occur, whatever is set', () => {
  const data = tinyData();
  const shares = (options: Pick<TrainOptions, 'method' | 'settings'>): number[] => {
    const { method, settings } = trainingDefaults({ data: '', out: '', ...options });
    const config = tinyConfig({ method, settings });
    const context = { batch: 8, comparisons: 0, grades: 3, counts: gradeCounts(config, data) };
    const [{ plan }] = METHODS[method](context, settings).phases;
    const drawn = [0, 0, 0];
    for (let step = 0; step < 90; step++) {
      for (const grade of drawBatch(config, data, plan, step)['batch.grade'])
        drawn[Number(grade)]++;
    }
    return drawn.map((count) => count / (90 * 8));
  };
  const near = (found: number[], expected: number[]) =>
    found.forEach((share, k) => {
      assert.ok(Math.abs(share - expected[k]) < 0.06, `${found}`);
    });
  near(shares({ method: 'supervised' }), [1 / 3, 1 / 3, 1 / 3]);
  const asTheyOccur = [10 / 18, 5 / 18, 3 / 18];
  near(shares({ method: 'supervised-weighted' }), asTheyOccur);
  near(shares({ method: 'supervised-weighted', settings: { sampling: 'balanced' } }), asTheyOccur);
});
