// A first guess at the order of all training images, before any network is trained. Of each look at an image
// (description.ts) sixty numbers are known without any grade (components.ts); grades and comparisons give a direction
// in them (pair-model.ts). What the looks say is added up: one that tells nothing is fitted with a strong ridge, and
// says little.
//
// A network learns ten grades a class by heart. Linear models of sixty numbers cannot, and they see other things
// than the network does: they are part of the answer (guess.ts). Where it is asked to, it teaches the network
// (methods/guess-terms.ts): co-training (Blum & Mitchell, COLT 1998) in one direction.

import {
  compile,
  concat,
  constant,
  type Engine,
  input,
  matmul,
  type NamedTensor,
  runOnce,
  slice,
  sub,
  type Tensor,
} from '@semise/autograd';
import jStat from 'jstat';
import { type Random, random } from '../../random.js';
import { toUnit } from '../../views/index.js';
import { inARow, type TrainingData } from '../batches.js';
import type { TrainingConfig } from '../config.js';
import type { GradedImage } from '../held-out.js';
import { type Components, principalComponents } from './components.js';
import { grey, hasPatches, looks, PLACED } from './description.js';
import {
  AT_ONCE,
  asConstants,
  type Dictionaries,
  type Dictionary,
  dictionaryShapes,
  GRAINS,
  learnDictionary,
} from './dictionary.js';
import { PATCH } from './guess.js';
import { logLoss, type OrderedPair, pairDirection } from './pair-model.js';

export { patchGuess } from './guess.js';

/** Of each look. */
const COMPONENTS = 60;
/** The components, and the dictionaries, are those of so many images, drawn at random. */
const IMAGES = 2000;
const DICTIONARY_IMAGES = 640;
/** Pairs of graded images that a direction is fitted to, at most. */
const PAIRS = 4000;
const RIDGES = [3, 10, 30, 100, 300];
const FOLDS = 5;
const REPEATS = 2;

/** A pair by the numbers of its images. */
type Pair = Omit<OrderedPair, 'more' | 'less'> & { readonly more: number; readonly less: number };

export interface PatchOrder {
  /**
   * Of each image that was asked for, and others: P(a more severe than b) = sigmoid(guess(a) - guess(b)); 0 with
   * nothing to go by.
   */
  readonly guesses: ReadonlyMap<number, number>;
  /** The same by directions that were fitted without the image's subject: as images are guessed that nobody graded. */
  readonly outOfFold: ReadonlyMap<number, number>;
  /** What `patchGuess` computes it with, by name. */
  readonly weights: ReadonlyMap<string, NamedTensor>;
}

/**
 * Learns to order images from their patches: from grades and comparisons of training, and ungraded images of it.
 * @param wanted images of `any` whose guesses are asked for
 */
export async function learnPatchOrder(
  config: TrainingConfig,
  data: Pick<TrainingData, 'any' | 'graded' | 'comparisons' | 'read' | 'subject'>,
  engine: Engine,
  wanted: readonly number[],
  onDescribed: (done: number, total: number) => void = () => {},
): Promise<PatchOrder> {
  const r = random(config.seed, 'patch order');
  const learned = r.shuffle(data.any).slice(0, IMAGES);
  const dictionaries = await dictionariesOf(
    config,
    learned.slice(0, DICTIONARY_IMAGES),
    data.read,
    engine,
    r,
  );
  const compared = data.comparisons.flatMap(({ more, less }) => [more, less]);
  const seen = new Set(learned);
  const named = new Set([...data.graded.map(({ index }) => index), ...compared, ...wanted]);
  const rest = [...named].filter((index) => !seen.has(index));
  const total = learned.length + rest.length;
  const { rows, groups } = await described(config, learned, data.read, dictionaries, engine, {
    onDescribed: (done) => onDescribed(done, total),
  });
  const found: Components[] = [];
  for (const look of lookColumns(groups)) {
    const own = columns(rows, rows.length / learned.length, look);
    found.push(await principalComponents(own, look.sizes, COMPONENTS, engine, r));
  }
  const project = (codes: Tensor) => componentsOf(codes, found);
  const code = input('rows', [learned.length, rows.length / learned.length]);
  const { value } = await runOnce(engine, { value: project(code) }, { rows });
  const count = jStat.sum(found.map((look) => look.count));
  const known = byImage(learned, value as Float32Array, count);
  const others = await described(config, rest, data.read, dictionaries, engine, {
    made: project,
    onDescribed: (done) => onDescribed(learned.length + done, total),
  });
  for (const [index, x] of byImage(rest, others.rows, count)) known.set(index, x);

  const pairs = [
    ...gradedPairs(data.graded, r),
    ...data.comparisons.map(
      ({ more, less, weight, tie }): Pair => ({ more, less, weight, target: tie ? 0.5 : 1 }),
    ),
  ];
  const heard = config.settings.pyramid ? found.length : Math.min(PLACED, found.length);
  const fits = lookColumns(found.map((look) => [look.count])).map(({ from, to }, l) => {
    const own = new Map([...known].map(([index, x]) => [index, x.subarray(from, to)]));
    return l < heard ? fit(pairs, data.subject, own, r) : silent(to - from);
  });
  const w = fits.flatMap((look) => look.w);
  const guessed = (of: (x: Float32Array, index: number) => number) =>
    new Map([...known].map(([index, x]) => [index, of(x, index)]));
  return {
    guesses: guessed((x) => dot(x, w)),
    outOfFold: guessed((x, index) =>
      dot(
        x,
        fits.flatMap((look) => look.without(data.subject(index))),
      ),
    ),
    weights: weightsOf(
      found,
      fits.map((look) => look.w),
      dictionaries,
    ),
  };
}

const dot = (x: ArrayLike<number>, w: readonly number[]): number =>
  w.reduce((sum, v, i) => sum + v * x[i], 0);

/** @param rows [indices, count] in a row */
const byImage = (indices: readonly number[], rows: Float32Array, count: number) =>
  new Map(indices.map((index, i) => [index, rows.subarray(i * count, (i + 1) * count)]));

/** Where in a row of all looks each look stands, and how many numbers each of its parts has. */
function lookColumns(groups: readonly (readonly number[])[]) {
  let to = 0;
  return groups.map((sizes) => {
    const from = to;
    to += jStat.sum([...sizes]);
    return { from, to, sizes };
  });
}

/** Columns of rows [n, d] in a row. */
const columns = (rows: Float32Array, d: number, { from, to }: { from: number; to: number }) =>
  inARow(
    Array.from({ length: rows.length / d }, (_, i) => rows.subarray(i * d + from, i * d + to)),
  ) as Float32Array;

/** Directions in the components of each look as one in descriptions, under the names that `patchGuess` knows. */
function weightsOf(
  found: readonly Components[],
  fitted: readonly (readonly number[])[],
  dictionaries: Dictionaries | undefined,
): Map<string, NamedTensor> {
  const directions = found.map(({ center, directions, count }, l) =>
    Float32Array.from(center, (_, i) =>
      dot(directions.subarray(i * count, (i + 1) * count), fitted[l]),
    ),
  );
  const direction = Float32Array.from(directions.flatMap((look) => [...look]));
  const center = found.flatMap((look) => [...look.center]);
  const offset = -center.reduce((sum, v, i) => sum + v * direction[i], 0);
  const named: Record<string, NamedTensor> = {
    direction: { shape: [direction.length, 1], data: direction },
    offset: { shape: [1], data: Float32Array.of(offset) },
  };
  for (const [grain, dictionary] of Object.entries(dictionaries ?? {})) {
    const shapes = dictionaryShapes(GRAINS[grain as keyof Dictionaries]);
    for (const [name, data] of Object.entries(dictionary)) {
      named[`${grain}.${name}`] = { shape: shapes[name as keyof Dictionary], data };
    }
  }
  return new Map(Object.entries(named).map(([name, tensor]) => [`${PATCH}.${name}`, tensor]));
}

interface Fit {
  readonly w: readonly number[];
  /** The mean of those with the same ridge that were fitted without a subject; w for one that none was fitted to. */
  readonly without: (subject: number) => readonly number[];
}

/** Of a look that is not asked, or has nothing to go by. */
function silent(components: number): Fit {
  const w = Array<number>(components).fill(0);
  return { w, without: () => w };
}

/** The direction with the ridge of the least log loss on pairs of subjects that it was not fitted to. */
function fit(
  pairs: readonly Pair[],
  subject: (index: number) => number,
  known: ReadonlyMap<number, Float32Array>,
  r: Random,
): Fit {
  const numbers = (chosen: readonly Pair[]): OrderedPair[] =>
    chosen.map((pair) => ({ ...pair, more: known.get(pair.more)!, less: known.get(pair.less)! }));
  const [first] = known.values();
  const direction = (chosen: readonly OrderedPair[], ridge: number): readonly number[] =>
    chosen.length > 0 ? pairDirection(chosen, ridge) : silent(first.length).w;
  const subjects = [...new Set(pairs.flatMap(({ more, less }) => [subject(more), subject(less)]))];
  const folds = Array.from({ length: REPEATS }, () => r.shuffle(subjects)).flatMap((shuffled) =>
    Array.from({ length: FOLDS }, (_, fold) => {
      const held = new Set(shuffled.filter((_, i) => i % FOLDS === fold));
      const sides = ({ more, less }: Pair) =>
        [more, less].filter((i) => held.has(subject(i))).length;
      const seen = numbers(pairs.filter((pair) => sides(pair) === 0));
      const unseen = numbers(pairs.filter((pair) => sides(pair) === 2));
      return { held, unseen, fitted: RIDGES.map((ridge) => direction(seen, ridge)) };
    }),
  );
  const losses = RIDGES.map((_, at) =>
    folds.reduce((sum, { unseen, fitted }) => sum + logLoss(unseen, fitted[at]), 0),
  );
  // Of equals the strongest: then nothing is known of the rest.
  const best = losses.lastIndexOf(Math.min(...losses));
  const w = direction(numbers(pairs), RIDGES[best]);
  return {
    w,
    without: (subject) => {
      const others = folds.filter(({ held }) => held.has(subject));
      return others.length === 0
        ? w
        : w.map((_, i) => jStat.mean(others.map(({ fitted }) => fitted[best][i])));
    },
  };
}

/** Pairs of different subjects and grades, so weighted that all of them count as many as there are graded images. */
function gradedPairs(graded: readonly GradedImage[], r: Random): Pair[] {
  const pairs: Omit<Pair, 'weight'>[] = [];
  const add = (a: GradedImage, b: GradedImage) => {
    if (a.grade > b.grade && a.subject !== b.subject)
      pairs.push({ more: a.index, less: b.index, target: 1 });
  };
  if (graded.length ** 2 <= 4 * PAIRS) {
    for (const a of graded) for (const b of graded) add(a, b);
  } else {
    for (let k = 0; k < 4 * PAIRS && pairs.length < PAIRS; k++) add(r.pick(graded), r.pick(graded));
  }
  return pairs.map((pair) => ({ ...pair, weight: graded.length / pairs.length }));
}

async function dictionariesOf(
  config: TrainingConfig,
  indices: readonly number[],
  read: TrainingData['read'],
  engine: Engine,
  r: Random,
): Promise<Dictionaries | undefined> {
  if (!hasPatches(config)) return undefined;
  const images = indices.map(read) as Uint8Array[];
  const shape = [config.channels, config.imageSize, config.imageSize];
  const look = (seen: Tensor) => grey(config, seen);
  return {
    fine: await learnDictionary(images, shape, GRAINS.fine, look, engine, r),
    coarse: await learnDictionary(images, shape, GRAINS.coarse, look, engine, r),
  };
}

/** @param codes descriptions [n, D] */
const componentsOf = (codes: Tensor, found: readonly Components[]): Tensor =>
  concat(
    lookColumns(found.map(({ center }) => [center.length])).map(({ from, to }, l) => {
      const { center, directions, count } = found[l];
      return matmul(
        sub(slice(codes, 1, from, to), constant(center, [1, center.length])),
        constant(directions, [center.length, count]),
      );
    }),
    1,
  );

/** The descriptions of images, or what `made` makes of them, in a row; and how many numbers each part of each look has. */
async function described(
  config: TrainingConfig,
  indices: readonly number[],
  read: TrainingData['read'],
  dictionaries: Dictionaries | undefined,
  engine: Engine,
  {
    made = (codes) => codes,
    onDescribed,
  }: { made?: (codes: Tensor) => Tensor; onDescribed: (done: number) => void },
): Promise<{ rows: Float32Array; groups: number[][] }> {
  const { channels, imageSize, pixels } = config;
  const seen = hasPatches(config)
    ? toUnit(input('images', [AT_ONCE, channels, imageSize, imageSize], 'uint8'))
    : input('images', [AT_ONCE, pixels.mean.length]);
  const parts = looks(
    config,
    seen,
    dictionaries && {
      fine: asConstants(dictionaries.fine, GRAINS.fine),
      coarse: asConstants(dictionaries.coarse, GRAINS.coarse),
    },
  );
  const value = made(concat(parts.flat(), 1));
  const d = value.shape[1];
  const runnable = await engine.load(compile({ outputs: { value }, provider: engine.provider }));
  const rows = new Float32Array(indices.length * d);
  for (let i = 0; i < indices.length; i += AT_ONCE) {
    // The last batch is filled up with its last image.
    const batch = Array.from(
      { length: AT_ONCE },
      (_, k) => indices[Math.min(i + k, indices.length - 1)],
    );
    const { value } = await runnable.run({ images: inARow(batch.map(read)) });
    const kept = Math.min(AT_ONCE, indices.length - i);
    rows.set((value as Float32Array).subarray(0, kept * d), i * d);
    onDescribed(i + kept);
  }
  await runnable.release();
  return { rows, groups: parts.map((look) => look.map(({ shape }) => shape[1])) };
}
