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
import { type Answer, EMBEDDING } from '../methods/index.js';
import { random } from '../random.js';
import {
  AVERAGE,
  averagedWeights,
  gradeCounts,
  methodOf,
  OUT_OF_FOLD,
  type TrainingConfig,
  type TrainingData,
  type TrainingState,
} from '../training/index.js';
import { drawViews, VIEW_PRESETS } from '../views/index.js';
import { fitCutPoints } from './cut-points.js';
import { batches } from './grade-images.js';
import { gradeOdds, toldOdds } from './grade-odds.js';
import { embeddings, isBySeverity, POOL, severityParts, type TrainedModel } from './model.js';

/**
 * Cut points are fitted to mild views of the graded images, not to the images themselves: training has
 * drawn those apart further than it draws images that it has never seen.
 */
const MILD = 0.5;
/** Views of each graded image, and of all of them at most. */
const VIEWS = 10;
const ALL_VIEWS = 2000;
/** And where a rough model will do. */
const ROUGH_VIEWS = 100;
/** Images without a grade, over which scores are said to deviate; graded ones too where they are fewer than `FEW`. */
const STRANGERS = 300;
const FEW = 20;
/**
 * The largest scale, in deviations: that of a score which correlates 0.48 with severity. Patches may tell nothing where
 * the network does.
 */
const LEAST_SURE = 1;

/**
 * @param state of the training, whose averaged weights the engine holds too
 * @param options.rough for a look in the course of training: cuts of some of the graded images, a tenth of the time,
 *   and probabilities as sure as of graded images; false, unless told
 */
export async function finishModel(
  config: TrainingConfig,
  data: TrainingData,
  engine: Engine,
  state: TrainingState,
  { rough = false }: { rough?: boolean } = {},
): Promise<TrainedModel> {
  const { answer } = methodOf(config, data);
  const weights = averagedWeights(state);
  const outOfFold = weights.get(OUT_OF_FOLD);
  weights.delete(OUT_OF_FOLD);
  const odds = oddsOf(config, data, answer);
  if (!isBySeverity(answer)) return { config, answer, weights, odds };

  const pool = answer === 'pool' ? await healthyPool(config, data, engine) : undefined;
  if (pool) weights.set(POOL, pool);
  const numbered = data.graded.map((g, number) => ({ ...g, number }));
  const most = rough ? ROUGH_VIEWS : ALL_VIEWS;
  const graded = rough
    ? random(config.seed, 'rough').shuffle(numbered).slice(0, ROUGH_VIEWS)
    : numbered;
  const views = Math.min(VIEWS, Math.max(1, Math.floor(most / graded.length)));
  const shown = graded.flatMap((g) => Array<typeof g>(views).fill(g));
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
  const parts = partsOf(values, count);
  const spread = count === 1 ? [1] : parts.map((values) => Math.max(1e-6, deviation(values)));
  if (answer === 'guided') {
    const { guessWeight, crossFitted } = config.settings;
    spread[count - 1] /= guessWeight;
    // The directions were fitted to these very images; of unseen ones they are less sure.
    if (outOfFold && crossFitted) {
      parts[count - 1] = shown.map(({ number }) => outOfFold.data[number]);
    }
  }
  const scores = blend(parts, spread);
  const cuts = fitCutPoints(
    scores,
    shown.map((g) => g.grade),
    config.grades,
  );
  const honest =
    answer === 'guided' && outOfFold && config.settings.crossScaled && !rough
      ? await honestScale(config, data, engine, outOfFold.data, spread)
      : 0;
  const scale = Math.max(cuts.scale, honest);
  return { config, answer, weights, cuts: { ...cuts, scale }, spread, odds };
}

/**
 * A head trained on grades as often as they come holds their shares, one whose logits were adjusted by log(share) less of
 * them, by that weight. They count towards the shares that are asked for, and make room for those that are told.
 */
function oddsOf(
  config: TrainingConfig,
  data: TrainingData,
  answer: Answer,
): readonly number[] | undefined {
  const { sampling, classWeights, logitAdjustment, priorWeight, gradeShares } = config.settings;
  const natural = sampling === 'natural' && !isBySeverity(answer);
  const unweighted = natural && classWeights === 'equal' ? 1 : 0;
  const adjusted = natural && answer === 'softmax' ? logitAdjustment : 0; // no other head's logits are
  const held = unweighted - adjusted;
  const counts = gradeCounts(config, data);
  if (gradeShares) return toldOdds(gradeShares, priorWeight, counts, held);
  return gradeOdds(counts, Math.max(0, priorWeight - Math.max(0, held)));
}

/**
 * The scale around the cuts with which unseen images are graded. That of the graded images is too small: the network
 * knows them by heart. What patches say of them out of fold it does not: the scale of its own cuts tells, in its
 * deviations over images without a grade, how sure it may be. The whole is to be as sure as that, in its own.
 * @param outOfFold what patches say of the graded images @param spread of each part
 */
async function honestScale(
  config: TrainingConfig,
  data: TrainingData,
  engine: Engine,
  outOfFold: Float32Array,
  spread: readonly number[],
): Promise<number> {
  const graded = new Set(data.graded.map((g) => g.index));
  const ungraded = data.any.filter((index) => !graded.has(index));
  const from = ungraded.length < FEW ? data.any : ungraded;
  const strangers = random(config.seed, 'strangers').shuffle(from).slice(0, STRANGERS);
  const values = await valuesOf(config, data, engine, strangers, (count) =>
    severityParts({ answer: 'guided', config }, AVERAGE, count, 0, (images) => images),
  );
  const parts = partsOf(values, spread.length);
  const { scale } = fitCutPoints(
    [...outOfFold],
    data.graded.map((g) => g.grade),
    config.grades,
  );
  const share = scale / Math.max(1e-6, deviation(parts[parts.length - 1]));
  return Math.min(LEAST_SURE, share) * deviation(blend(parts, spread));
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

/** @param values [n, count] in a row @returns each of the `count` columns */
const partsOf = (values: readonly number[], count: number): number[][] =>
  Array.from({ length: count }, (_, p) => values.filter((_, i) => i % count === p));

/** The sum of the parts, each in units of its spread. */
const blend = (parts: readonly (readonly number[])[], spread: readonly number[]): number[] =>
  parts[0].map((_, i) => parts.reduce((sum, part, p) => sum + part[i] / spread[p], 0));

/** Standard deviation of the values. */
function deviation(values: readonly number[]): number {
  const mean = values.reduce((sum, v) => sum + v, 0) / values.length;
  return Math.sqrt(values.reduce((sum, v) => sum + (v - mean) ** 2, 0) / values.length);
}
