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

test('grades are as likely as they are frequent among the graded images, where that is asked for', async () => {
  const engine = await openEngine({ threads: 1 });
  try {
    const data = spotData(16);
    const fewer = {
      ...data,
      graded: data.graded.filter(({ grade, index }) => grade > 0 || index < 6),
    };
    const counts = [0, 1, 2].map((k) => fewer.graded.filter(({ grade }) => grade === k).length);
    assert.ok(counts[0] < counts[1] && counts[1] === counts[2], `${counts}`);
    const oddsOf = async (
      method: 'semise' | 'supervised' | 'corn',
      settings: Partial<MethodSettings>,
    ) => {
      const config = spotConfig({
        ...{ method, imageSize: 16, steps: 2 },
        settings: { ...DEFAULT_SETTINGS, ...settings },
      });
      let state: TrainingState = new Map();
      await train(config, fewer, engine, 0, {
        onCheckpoint: async (_, read) => {
          state = await read();
        },
      });
      return (await finishModel(config, fewer, engine, state)).odds;
    };
    const natural = { sampling: 'natural', priorWeight: 1 } as const;
    for (const method of ['semise', 'supervised'] as const) {
      const odds = await oddsOf(method, { priorWeight: 1 });
      assert.ok(Math.abs(odds![1] / odds![0] - (counts[1] + 0.5) / (counts[0] + 0.5)) < 1e-9);
      assert.equal(odds![2], odds![1]);
      assert.equal(await oddsOf(method, { priorWeight: 0 }), undefined);
    }
    assert.equal(await oddsOf('supervised', natural), undefined, 'the head knows already');
    assert.ok(await oddsOf('semise', natural), 'cut points take grades for equally likely');
    const told = { gradeShares: [8, 1, 1], priorWeight: 1 };
    for (const method of ['semise', 'supervised', 'corn'] as const) {
      const odds = await oddsOf(method, told);
      assert.ok(Math.abs(odds![0] / odds![1] - 8) < 1e-9 && odds![1] === odds![2], method);
    }
    const retold = await oddsOf('supervised', { ...natural, ...told });
    const held = (counts[0] + 0.5) / (counts[1] + 0.5);
    assert.ok(Math.abs(retold![0] / retold![1] - 8 / held) < 1e-9, 'the head knew others');
    assert.ok(await oddsOf('supervised', { ...natural, logitAdjustment: 1 }));
    const part = await oddsOf('supervised', { ...natural, logitAdjustment: 0.25 });
    assert.ok(Math.abs(part![0] / part![1] - held ** 0.25) < 1e-9, 'three quarters it knows');
    const retoldInPart = await oddsOf('supervised', { ...natural, ...told, logitAdjustment: 0.25 });
    assert.ok(Math.abs(retoldInPart![0] / retoldInPart![1] - 8 / held ** 0.75) < 1e-9);
    assert.equal(
      await oddsOf('corn', { ...natural, logitAdjustment: 1 }),
      undefined,
      'it has no logits to adjust',
    );
  } finally {
    await engine.close();
  }
});
