import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openEngine } from '@semise/autograd';
import { DEFAULT_SETTINGS } from '../methods/index.js';
import { spotConfig, spotData } from '../testing/spots.js';
import { AVERAGE, OUT_OF_FOLD, type TrainingState, train } from '../training/index.js';
import { finishModel } from './finish.js';

test('cut points follow what patches say of graded images out of fold', async () => {
  const engine = await openEngine({ threads: 1 });
  try {
    const config = spotConfig({ method: 'semise', imageSize: 16, steps: 2 });
    const data = spotData(16);
    let state: TrainingState = new Map();
    await train(config, data, engine, 0, {
      onCheckpoint: async (_, read) => {
        state = await read();
      },
    });
    const finish = (by: number, crossFitted = true) => {
      const { shape, data: said } = state.get(AVERAGE + OUT_OF_FOLD)!;
      const moved = { shape, data: Float32Array.from(said, (v) => v + by) };
      return finishModel(
        { ...config, settings: { ...DEFAULT_SETTINGS, crossFitted } },
        data,
        engine,
        new Map(state).set(AVERAGE + OUT_OF_FOLD, moved),
      );
    };
    const before = await finish(0);
    const after = await finish(3);
    assert.deepEqual(after.spread, before.spread);
    const further = 3 / before.spread![2];
    after.cuts!.cuts.forEach((cut, k) => {
      assert.ok(Math.abs(cut - before.cuts!.cuts[k] - further) < 1e-4 * further, `cut ${k}`);
    });
    assert.ok(Math.abs(after.cuts!.scale - before.cuts!.scale) < 1e-4 * before.cuts!.scale);
    assert.deepEqual((await finish(3, false)).cuts, (await finish(0, false)).cuts);
    assert.notDeepEqual((await finish(0, false)).cuts, before.cuts);
    assert.ok(!before.weights.has(OUT_OF_FOLD), 'it is no part of the model');
  } finally {
    await engine.close();
  }
});
