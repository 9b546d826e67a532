import assert from 'node:assert/strict';
import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { type Engine, openEngine } from '@semise/autograd';
import { InputError } from '../errors.js';
import { DEFAULT_SETTINGS } from '../methods/index.js';
import { scratchFolder } from '../testing/scratch.js';
import { tinyConfig, tinyData } from '../testing/training.js';
import { type Checkpoint, onlyData, readCheckpoint, writeCheckpoint } from './checkpoint.js';
import type { TrainingConfig } from './config.js';
import { learningRateShare } from './schedule.js';
import { type StepRecord, TrainingError, type TrainingState, train } from './train.js';

const folder = scratchFolder();
const data = tinyData();

interface Trained {
  readonly done: number;
  readonly state: TrainingState;
  readonly records: readonly StepRecord[];
  /** Steps after which a checkpoint was due. */
  readonly checkpoints: readonly number[];
}

/** Trains in an engine of its own, from a checkpoint or from the start, to `until`. */
async function trained(
  config: TrainingConfig,
  { from, until, every }: { from?: Checkpoint; until?: number; every?: number } = {},
): Promise<Trained> {
  const engine = await openEngine();
  const stop = new AbortController();
  const records: StepRecord[] = [];
  const checkpoints: number[] = [];
  let state: TrainingState = new Map();
  try {
    if (from) await engine.write(onlyData(from.tensors));
    const done = await train(config, data, engine, from?.step ?? 0, {
      checkpointEvery: every,
      signal: stop.signal,
      onStep: (record) => {
        records.push(record);
        if (record.step === until) stop.abort();
      },
      onCheckpoint: async (step, read) => {
        checkpoints.push(step);
        state = await read();
      },
    });
    return { done, state, records, checkpoints };
  } finally {
    await engine.close();
  }
}

const sameState = (actual: TrainingState, expected: TrainingState) => {
  assert.deepEqual([...actual.keys()].sort(), [...expected.keys()].sort());
  for (const [name, { data, shape }] of expected) {
    assert.deepEqual(actual.get(name)?.shape, shape, name);
    assert.ok(Buffer.from(actual.get(name)!.data.buffer).equals(Buffer.from(data.buffer)), name);
  }
};

test('the same seed ends with the same weights, another seed with others', async () => {
  const [first, second, other] = [
    await trained(tinyConfig({ steps: 3 })),
    await trained(tinyConfig({ steps: 3 })),
    await trained(tinyConfig({ steps: 1, seed: 8 })),
  ];
  sameState(second.state, first.state);
  assert.notDeepEqual(
    other.records.map(({ losses }) => losses),
    first.records.slice(0, 1).map(({ losses }) => losses),
  );
});

test('a step tells its number, phase, learning rate and every term of the loss', async () => {
  const { done, records, checkpoints } = await trained(tinyConfig({ steps: 5 }), { every: 2 });
  assert.equal(done, 5);
  assert.deepEqual(
    records.map(({ step, steps, phase }) => [step, steps, phase]),
    [1, 2, 3, 4, 5].map((step) => [step, 5, 'joint']),
  );
  assert.deepEqual(checkpoints, [2, 4, 5]);
  for (const { losses, learningRate, imagesPerSecond } of records) {
    assert.deepEqual(Object.keys(losses), [
      'loss',
      'grades',
      'axis',
      'comparisons',
      'comparedGrades',
    ]);
    const { loss, ...terms } = losses;
    const total = Object.values(terms).reduce((sum, term) => sum + term);
    assert.ok(Math.abs(total - loss) < 1e-5 * loss, 'all weights are 1');
    assert.ok(learningRate > 0 && learningRate <= 2e-3 && imagesPerSecond > 0);
  }
});

test('the loss falls', async () => {
  const { records } = await trained(
    tinyConfig({ method: 'supervised', steps: 25, viewStrength: 0 }),
  );
  const mean = (part: readonly StepRecord[]) =>
    part.reduce((sum, { losses }) => sum + losses.loss, 0) / part.length;
  assert.ok(mean(records.slice(-4)) < 0.8 * mean(records.slice(0, 4)));
});

test('BYOL does not give every image the same embedding', async () => {
  const { records } = await trained(tinyConfig({ method: 'byol', steps: 120, batch: 16 }));
  const last = records.filter(({ losses }) => losses.byol !== undefined).slice(-10);
  // 2 - 2 cos of prediction and target: 0 where all are alike; 0.01 here without batch norm in the heads.
  assert.ok(last.length === 10 && last.every(({ losses }) => Number(losses.byol) > 0.3));
});

const ALL_SWITCHES = {
  ...DEFAULT_SETTINGS,
  contrastWeight: 0.5,
  positives: 'neighbours',
  consistencyWeight: 1,
  pseudoWeight: 1,
  orderWeight: 1,
  denseWeight: 0.5,
  patchOrderWeight: 1,
  patchGradeWeight: 1,
  mixup: true,
} as const;
const RESUMED: Record<string, Partial<TrainingConfig>> = {
  'in the second of three phases': {
    method: 'semise-paper',
    accumulate: 2,
    optimizer: 'sgd',
    steps: 8,
  },
  'with queue and teacher': {
    method: 'moco',
    settings: { ...DEFAULT_SETTINGS, pretrainShare: 0.99 },
  },
  'with running thresholds': { method: 'freematch' },
  'with mixed images': { method: 'mixmatch' },
  'with all that semise can remember': { method: 'semise', settings: ALL_SWITCHES, batch: 16 },
};
for (const [name, change] of Object.entries(RESUMED)) {
  test(`stopped ${name} and resumed: the same weights`, async () => {
    const config = tinyConfig({ learningRate: 0.01, steps: 4, ...change });
    const until = change.method === 'semise-paper' ? 3 : 2;
    const whole = await trained(config);
    const stopped = await trained(config, { until });
    assert.equal(stopped.done, until);
    assert.deepEqual(stopped.checkpoints, [until]);
    const file = join(folder, 'stopped.safetensors');
    await writeCheckpoint(file, until, stopped.state);
    const from = await readCheckpoint(file);
    assert.equal(from.step, until);
    sameState(from.tensors, stopped.state);
    const resumed = await trained(config, { from });
    assert.deepEqual(
      resumed.records.map(({ step, losses }) => [step, losses]),
      whole.records.slice(until).map(({ step, losses }) => [step, losses]),
    );
    sameState(resumed.state, whole.state);
  });
}

test('a training that is done already keeps its weights', async () => {
  const config = tinyConfig({ steps: 1, accumulate: 2 });
  const whole = await trained(config);
  const again = await trained(config, { from: { step: 1, tensors: whole.state } });
  assert.equal(again.records.length, 0);
  sameState(again.state, whole.state);
});

test('each phase warms up, and begins its average, anew', async () => {
  const engine = await openEngine();
  const fed: Record<'learningRate' | 'averageDecay' | 'progress', number>[] = [];
  const watched: Engine = {
    ...engine,
    load: async (program) => {
      const runnable = await engine.load(program);
      return {
        ...runnable,
        run: (feeds) => {
          const { learningRate, averageDecay, progress } = feeds as (typeof fed)[number];
          fed.push({ learningRate, averageDecay, progress });
          return runnable.run(feeds);
        },
      };
    },
  };
  try {
    await train(tinyConfig({ method: 'conpro', steps: 10, learningRate: 1 }), data, watched, 0);
  } finally {
    await engine.close();
  }
  const steps = [0, 1, 2, 0, 1, 0, 1, 2, 3, 4]; // within phases of 3, 2 and 5 steps
  const lengths = [3, 3, 3, 2, 2, 5, 5, 5, 5, 5];
  assert.deepEqual(
    fed,
    steps.map((step, i) => ({
      learningRate: learningRateShare(step, lengths[i]),
      averageDecay: (1 + step) / (10 + step),
      progress: step / lengths[i],
    })),
  );
});

test('a loss that is not a number stops the training and names the step', async () => {
  await assert.rejects(trained(tinyConfig({ learningRate: 1e30, steps: 6 })), (error) => {
    assert.ok(error instanceof TrainingError);
    assert.match(
      error.message,
      /^step [2-4]: the loss term "\w+" \(joint\) became (NaN|-?Infinity); try a lower learning rate than 1e\+30$/,
    );
    return true;
  });
});

test('weights that are not numbers are never checkpointed', async () => {
  await assert.rejects(trained(tinyConfig({ learningRate: 1e39, steps: 1 })), (error) => {
    assert.ok(error instanceof TrainingError);
    assert.match(error.message, /^step 1: the variable ".+" became (NaN|-?Infinity); try a lower/);
    return true;
  });
});

test('a signal that comes before the first step stops there', async () => {
  const engine = await openEngine();
  try {
    const checkpoints: number[] = [];
    const done = await train(tinyConfig(), data, engine, 0, {
      signal: AbortSignal.abort(),
      onCheckpoint: async (step, read) => {
        assert.ok((await read()).size > 0);
        checkpoints.push(step);
      },
    });
    assert.equal(done, 0);
    assert.deepEqual(checkpoints, [0]);
  } finally {
    await engine.close();
  }
});

test('the smallest batch holds something of all that a method needs', async () => {
  const settings = { ...DEFAULT_SETTINGS, anchor: 'sampled' } as const;
  const { records } = await trained(
    tinyConfig({ method: 'semise-paper', settings, batch: 4, steps: 3 }),
  );
  assert.deepEqual(
    records.map(({ losses }) => losses.loss > 0),
    [true, true, true],
  );
});

test('a teacher that nobody can judge is refused before anything is trained', async () => {
  const settings = { ...DEFAULT_SETTINGS, orderWeight: 1, heldShare: 0 };
  await assert.rejects(trained(tinyConfig({ settings })), (error) => {
    assert.ok(error instanceof InputError && /nobody can be held out/.test(error.message));
    return true;
  });
});

test('a checkpoint that is none is refused by name', async () => {
  const file = join(folder, 'broken.safetensors');
  await assert.rejects(readCheckpoint(file), InputError);
  await writeFile(file, 'not at all');
  await assert.rejects(readCheckpoint(file), (error) => {
    assert.ok(error instanceof InputError && error.message.startsWith(file));
    return true;
  });
  await writeCheckpoint(file, 12, new Map([['a', { shape: [2], data: Float32Array.of(1, 2) }]]));
  const whole = await readCheckpoint(file);
  assert.deepEqual([whole.step, [...whole.tensors.get('a')!.data]], [12, [1, 2]]);
  assert.ok((await readdir(folder)).every((name) => !name.endsWith('.tmp')));
});
