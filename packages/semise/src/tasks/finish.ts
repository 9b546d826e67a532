// From trained weights to a model that answers: reads the averaged weights and, where grades are read
// off a score, fits the cut points to the graded training images.

import {
  compile,
  type Engine,
  type Feeds,
  type NamedTensor,
  type Runnable,
  type Tensor,
} from '@semise/autograd';
import { InputError } from '../errors.js';
import { EMBEDDING } from '../methods/index.js';
import { random } from '../random.js';
import {
  AVERAGE,
  averagedWeights,
  methodOf,
  OUT_OF_FOLD,
  type TrainingConfig,
  type TrainingData,
  type TrainingState,
} from '../training/index.js';
import { drawViews, VIEW_PRESETS } from '../views/index.js';
import { fitCutPoints } from './cut-points.js';
import { batches } from './grade-images.js';
import { embeddings, isBySeverity, POOL, severityParts, type TrainedModel } from './model.js';

/**
 * Cut points are fitted to mild views of the graded images, not to the images themselves: training has
 * drawn those apart further than it draws images that it has never seen.
 */
const MILD = 0.5;
/** Views of each graded image, and of all of them at most. */
const VIEWS = 10;
const ALL_VIEWS = 2000;

/** @param state of the training, whose averaged weights the engine holds too */
export async function finishModel(
  config: TrainingConfig,
  data: TrainingData,
  engine: Engine,
  state: TrainingState,
): Promise<TrainedModel> {
  const { answer } = methodOf(config, data);
  const weights = averagedWeights(state);
  const outOfFold = weights.get(OUT_OF_FOLD);
  weights.delete(OUT_OF_FOLD);
  if (!isBySeverity(answer)) return { config, answer, weights };

  const pool = answer === 'pool' ? await healthyPool(config, data, engine) : undefined;
  if (pool) weights.set(POOL, pool);
  const views = Math.min(VIEWS, Math.max(1, Math.floor(ALL_VIEWS / data.graded.length)));
  const shown = data.graded.flatMap((g) => Array<typeof g>(views).fill(g));
  const r = random(config.seed, 'cut points');
  const seen = (count: number): Feeds => ({
    ...drawViews(VIEW_PRESETS[config.views], r, count, config.channels, MILD * config.viewStrength),
  });
  const values = await valuesOf(
    config,
    data,
    engine,
    shown.map((g) => g.index),
    (count) => severityParts({ answer, config }, AVERAGE, count, pool?.shape[0] ?? 0),
    seen,
  );
  const count = values.length / shown.length;
  const parts = Array.from({ length: count }, (_, p) => values.filter((_, i) => i % count === p));
  const spread = count === 1 ? [1] : parts.map((values) => Math.max(1e-6, deviation(values)));
  if (answer === 'guided') {
    const { guessWeight, crossFitted } = config.settings;
    spread[count - 1] /= guessWeight;
    // The directions were fitted to these very images; of unseen ones they are less sure.
    if (outOfFold && crossFitted) {
      parts[count - 1] = [...outOfFold.data].flatMap((v) => Array<number>(views).fill(v));
    }
  }
  const scores = shown.map((_, i) => parts.reduce((sum, part, p) => sum + part[i] / spread[p], 0));
  const cuts = fitCutPoints(
    scores,
    shown.map((g) => g.grade),
    config.grades,
  );
  return { config, answer, weights, cuts, spread };
}

/**
 * One output of [count, ...] for each of the images, one after another.
 * @param seen further inputs of a batch of so many
 */
async function valuesOf(
  { provider }: TrainingConfig,
  { read }: TrainingData,
  engine: Engine,
  indices: readonly number[],
  outputs: (count: number) => { value: Tensor },
  seen: (count: number) => Feeds = () => ({}),
): Promise<number[]> {
  const values: number[] = [];
  const loaded = new Map<number, Runnable>(); // all batches but the last are of one size
  for await (const { indices: part, fed } of batches(indices, read)) {
    const count = part.length;
    const runnable =
      loaded.get(count) ?? (await engine.load(compile({ outputs: outputs(count), provider })));
    loaded.set(count, runnable);
    const { value } = await runnable.run({ ...fed, ...seen(count) });
    for (const v of value) values.push(Number(v));
  }
  for (const runnable of loaded.values()) await runnable.release();
  return values;
}

/**
 * The embeddings of healthy training images to measure from, at most 50 of them; the engine gets them too.
 * @throws InputError if there are none
 */
async function healthyPool(
  config: TrainingConfig,
  data: TrainingData,
  engine: Engine,
): Promise<NamedTensor> {
  const healthy = data.graded.filter((g) => g.grade === 0).map((g) => g.index);
  if (healthy.length === 0) {
    throw new InputError(
      'no training image has grade 0: severity cannot be measured from health; choose another --method',
    );
  }
  const pool = random(config.seed, 'healthy pool').shuffle(healthy).slice(0, 50);
  const z = await valuesOf(config, data, engine, pool, (n) => embeddings(config, AVERAGE, n));
  const values = Float32Array.from(z);
  await engine.write(new Map([[AVERAGE + POOL, values]]));
  return { shape: [pool.length, EMBEDDING], data: values };
}

/** Standard deviation of the values. */
function deviation(values: readonly number[]): number {
  const mean = values.reduce((sum, v) => sum + v, 0) / values.length;
  return Math.sqrt(values.reduce((sum, v) => sum + (v - mean) ** 2, 0) / values.length);
}
