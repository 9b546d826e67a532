// Which images make a batch. Every draw comes from a stream named by the step, so that a resumed
// training sees the batches an uninterrupted one would have seen.

import { type BatchPlan, countOf, eachRow, MASKS, rowsOf } from '../methods/index.js';
import { type Random, random } from '../random.js';
import { drawViews, VIEW_PRESETS } from '../views/index.js';
import type { TrainingConfig } from './config.js';
import type { GradedImage } from './held-out.js';

/** What a training may see. Numbers are indices into the image source. */
export interface TrainingData {
  /** Pixels of one image [C, S, S], 0..255, or what an encoder at rest made of them [F]. */
  readonly read: (index: number) => Uint8Array | Float32Array;
  /** The number of an image's subject. */
  readonly subject: (index: number) => number;
  /** Images whose grade training may see. */
  readonly graded: readonly GradedImage[];
  /** All images of the training split. */
  readonly any: readonly number[];
  readonly comparisons: readonly {
    more: number;
    less: number;
    /** How much the answer counts, in (0, 1]. */
    weight: number;
    /** The two are equally severe. */
    tie: boolean;
  }[];
  /** Graded images that judge the teacher and teach nothing (`holdOut`). */
  readonly held?: readonly GradedImage[];
  /** A guess at the order of the images of `any` (patch-order/). */
  readonly guess?: ReadonlyMap<number, number>;
}

export type BatchFeeds = Record<string, Float32Array | Int32Array | Uint8Array | BigInt64Array>;

/** The inputs of one step: pixels, random views, grades and comparisons. */
export function drawBatch(
  config: TrainingConfig,
  data: TrainingData,
  plan: BatchPlan,
  ...stream: (string | number)[]
): BatchFeeds {
  const r = random(config.seed, 'batch', ...stream);
  const draw = config.settings.sampling === 'balanced' ? drawBalanced : drawNatural;
  const graded = draw(data.graded, countOf(plan.graded), r);
  const comparisons = Array.from({ length: countOf(plan.comparisons) }, () =>
    r.pick(data.comparisons),
  );
  const any = drawDistinct(data.any, countOf(plan.any), r);
  const siblings = plan.siblings ? any.map((index) => drawSibling(data, index, r)) : [];
  const held = drawBalanced(data.held ?? [], countOf(plan.held), r);
  const images = [
    ...graded.map((g) => g.index),
    ...comparisons.map((c) => c.more),
    ...comparisons.map((c) => c.less),
    ...any,
    ...siblings,
    ...held.map((g) => g.index),
  ];
  const readers = ['student', 'teacher'] as const;
  const strengths = readers.flatMap((reader) => eachRow(plan, reader, (b) => b.strength));
  const preset = VIEW_PRESETS[config.views];
  const student = rowsOf(plan, 'student');
  const views = drawViews(
    preset,
    r,
    strengths.length,
    config.channels,
    strengths.map((s) => s * config.viewStrength),
  );
  return {
    images: inARow(images.map(data.read)),
    ...views,
    'batch.grade': Int32Array.from(graded, (g) => g.grade),
    'batch.subject': Int32Array.from(graded, (g) => g.subject),
    'batch.image': Int32Array.from(images),
    'batch.imageSubject': Int32Array.from(images, data.subject),
    'batch.target': Float32Array.from(comparisons, (c) => (c.tie ? 0.5 : 1)),
    'batch.comparisonWeight': Float32Array.from(comparisons, (c) => c.weight),
    'batch.guess': Float32Array.from(any, (index) => data.guess?.get(index) ?? 0),
    'batch.heldGrade': Int32Array.from(held, (g) => g.grade),
    'batch.heldSubject': Int32Array.from(held, (g) => g.subject),
    'batch.healthyRow': healthyRows(plan, graded, student, r),
    ...drawMixing(config, plan, ...stream),
    'mask.field': drawMasks(student, random(config.seed, 'masks', ...stream)),
  };
}

/** Values of one kind and length, one after another. */
export function inARow(all: readonly (Uint8Array | Float32Array)[]): Uint8Array | Float32Array {
  const [first] = all;
  if (!first) return new Uint8Array(0);
  const size = first.length * all.length;
  const row = first instanceof Float32Array ? new Float32Array(size) : new Uint8Array(size);
  all.forEach((values, i) => {
    row.set(values, i * first.length);
  });
  return row;
}

/** Every class equally often, whatever its share: the first answer to class imbalance. */
function drawBalanced(graded: readonly GradedImage[], count: number, r: Random) {
  if (count === 0) return [];
  const byGrade = gradesApart(graded);
  const start = r.integer(byGrade.length);
  return Array.from({ length: count }, (_, i) => r.pick(byGrade[(start + i) % byGrade.length]));
}

/** Every image equally often. */
const drawNatural = (graded: readonly GradedImage[], count: number, r: Random) =>
  Array.from({ length: count }, () => r.pick(graded));

/** The graded images of each grade, the lowest first; sorted out once, not at every step. */
function gradesApart(graded: readonly GradedImage[]): readonly (readonly GradedImage[])[] {
  let byGrade = APART.get(graded);
  if (!byGrade) {
    const grades = [...new Set(graded.map((g) => g.grade))].sort((a, b) => a - b);
    byGrade = grades.map((grade) => graded.filter((g) => g.grade === grade));
    APART.set(graded, byGrade);
  }
  return byGrade;
}
const APART = new WeakMap<readonly GradedImage[], readonly (readonly GradedImage[])[]>();

/** Without repeats as long as there are enough. */
function drawDistinct(items: readonly number[], count: number, r: Random): number[] {
  if (count > items.length) return Array.from({ length: count }, () => r.pick(items));
  const drawn = new Set<number>();
  while (drawn.size < count) drawn.add(r.pick(items));
  return [...drawn];
}

/** Another training image of the same subject; the image itself where there is none. */
function drawSibling(data: TrainingData, index: number, r: Random): number {
  const subject = data.subject(index);
  const others = data.any.filter((other) => other !== index && data.subject(other) === subject);
  return others.length > 0 ? r.pick(others) : index;
}

/** For each view, the row of a view of a healthy image; its own row where the batch has none. */
function healthyRows(
  plan: BatchPlan,
  graded: readonly GradedImage[],
  rows: number,
  r: Random,
): BigInt64Array {
  const isHealthy = eachRow(
    plan,
    'student',
    ({ part }, place) => part === 'graded' && graded[place].grade === 0,
  );
  const healthy = isHealthy.flatMap((is, row) => (is ? [row] : []));
  return BigInt64Array.from({ length: rows }, (_, row) =>
    BigInt(healthy.length > 0 ? r.pick(healthy) : row),
  );
}

/** Partners and shares for rows that are mixed, from a stream of their own. */
function drawMixing(
  config: TrainingConfig,
  plan: BatchPlan,
  ...stream: (string | number)[]
): BatchFeeds {
  const graded = countOf(plan.graded) * (plan.graded?.views.length ?? 0);
  const count = plan.mixed ?? (plan.mixesGraded ? graded : 0);
  const r = random(config.seed, 'mixing', ...stream);
  const order = r.shuffle([...Array(count).keys()]);
  const { mixing } = config.settings;
  return {
    'mixing.partner': BigInt64Array.from(order, BigInt),
    'mixing.share': Float32Array.from({ length: count }, () => {
      const share = drawBeta(mixing, r);
      return Math.max(share, 1 - share);
    }),
  };
}

/** For each view a pattern of hidden squares. */
const drawMasks = (rows: number, r: Random): Int32Array =>
  Int32Array.from({ length: rows }, () => r.integer(MASKS));

/** Beta(a, a), 0 < a <= 1, by Jöhnk's method (Metrika 8, 1964). */
function drawBeta(a: number, r: Random): number {
  for (;;) {
    const x = r.uniform() ** (1 / a);
    const y = r.uniform() ** (1 / a);
    if (x + y <= 1 && x + y > 0) return x / (x + y);
  }
}
