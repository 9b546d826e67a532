import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openEngine } from '@semise/autograd';
import { DEFAULT_SETTINGS, type MethodSettings } from '../methods/index.js';
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
    const { shape, data: said } = state.get(AVERAGE + OUT_OF_FOLD)!;
    const finishWith = (
      heard: Float32Array,
      changed: Partial<MethodSettings> = {},
      options?: { rough: boolean },
    ) =>
      finishModel(
        { ...config, settings: { ...DEFAULT_SETTINGS, ...changed } },
        data,
        engine,
        new Map(state).set(AVERAGE + OUT_OF_FOLD, { shape, data: heard }),
        options,
      );
    const finish = (by: number, changed?: Partial<MethodSettings>) =>
      finishWith(
        said.map((v) => v + by),
        changed,
      );
    const before = await finish(0);
    const after = await finish(3);
    assert.deepEqual(after.spread, before.spread);
    const further = 3 / before.spread![2];
    after.cuts!.cuts.forEach((cut, k) => {
      assert.ok(Math.abs(cut - before.cuts!.cuts[k] - further) < 1e-4 * further, `cut ${k}`);
    });
    assert.ok(Math.abs(after.cuts!.scale - before.cuts!.scale) < 1e-4 * before.cuts!.scale);
    const inFold = { crossFitted: false };
    assert.deepEqual((await finish(3, inFold)).cuts, (await finish(0, inFold)).cuts);
    assert.notDeepEqual((await finish(0, inFold)).cuts, before.cuts);
    assert.ok(!before.weights.has(OUT_OF_FOLD), 'it is no part of the model');

    // Probabilities are no surer than patches are out of fold; grades stay.
    const astray = said.map((_, i) => said[i < 9 ? i : 9 + ((i + 1) % 6)]);
    const unsure = await finishWith(astray);
    const asSure = await finishWith(astray, { crossScaled: false });
    assert.ok(unsure.cuts!.scale > 1.5 * asSure.cuts!.scale, 'patches that are wrong');
    assert.deepEqual(unsure.cuts!.cuts, asSure.cuts!.cuts);

    // A rough model hears of each image what was said of it, and is as sure as of graded images.
    const right = Float32Array.from(data.graded, ({ grade }) => 100 * grade);
    const scaleOf = async (heard: Float32Array) =>
      (await finishWith(heard, {}, { rough: true })).cuts!.scale;
    assert.ok((await scaleOf(right)) < 0.2 * (await scaleOf(right.toReversed())));
    const rough = await finishWith(astray, {}, { rough: true });
    assert.ok(rough.cuts!.scale < unsure.cuts!.scale / 1.5);

    const { guessWeight } = DEFAULT_SETTINGS;
    const doubled = await finish(0, { guessWeight: 2 * guessWeight });
    const [axis, grade, guess] = before.spread!;
    assert.deepEqual(doubled.spread, [axis, grade, guess / 2], 'patches count twice as much');
    // The network alone hears nothing of them.
    const alone = [await finish(0, { guide: false }), await finish(3, { guide: false })];
    assert.deepEqual(alone[0].spread, [axis, grade]);
    assert.deepEqual(alone[0].cuts, alone[1].cuts);
  } finally {
    await engine.close();
  }
});
