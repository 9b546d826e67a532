// Which images make a batch. Every draw comes from a stream named by the step, so that a resumed
// training sees the batches an uninterrupted one would have seen.

import { type BatchPlan, batchSize } from '../methods/index.js';
import { type Random, random } from '../random.js';
import { drawViews, VIEW_PRESETS } from '../views/index.js';
import type { TrainingConfig } from './config.js';

/** What a training may see. Numbers are indices into the image source. */
export interface TrainingData {
  /** Pixels of one image [C, S, S], 0..255. */
  readonly read: (index: number) => Uint8Array;
  /** Images whose grade training may see. `subject` numbers the subjects. */
  readonly graded: readonly { index: number; grade: number; subject: number }[];
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
  const graded = drawBalanced(data.graded, plan.graded, r);
  const comparisons = Array.from({ length: plan.comparisons }, () => r.pick(data.comparisons));
  const any = drawDistinct(data.any, plan.any, r);
  const rows = [
    ...graded.map((g) => g.index),
    ...comparisons.map((c) => c.more),
    ...comparisons.map((c) => c.less),
    ...any,
  ];
  const pixels = config.channels * config.imageSize ** 2;
  const images = new Uint8Array(rows.length * pixels);
  rows.forEach((index, i) => {
    images.set(data.read(index), i * pixels);
  });
  const count = batchSize(plan) * plan.views;
  const preset = VIEW_PRESETS[config.views];
  return {
    images,
    ...drawViews(preset, r, count, config.channels, config.viewStrength),
    'batch.grade': Int32Array.from(graded, (g) => g.grade),
    'batch.subject': Int32Array.from(graded, (g) => g.subject),
    'batch.target': Float32Array.from(comparisons, (c) => (c.tie ? 0.5 : 1)),
    'batch.comparisonWeight': Float32Array.from(comparisons, (c) => c.weight),
    'batch.healthyRow': healthyRows(graded, count, batchSize(plan), plan.views, r),
  };
}

/** Every class equally often, whatever its share: the first answer to class imbalance. */
function drawBalanced(graded: TrainingData['graded'], count: number, r: Random) {
  if (count === 0) return [];
  const byGrade = gradesApart(graded);
  const start = r.integer(byGrade.length);
  return Array.from({ length: count }, (_, i) => r.pick(byGrade[(start + i) % byGrade.length]));
}

/** The graded images of each grade, the lowest first; sorted out once, not at every step. */
function gradesApart(graded: TrainingData['graded']): readonly TrainingData['graded'][] {
  let byGrade = APART.get(graded);
  if (!byGrade) {
    const grades = [...new Set(graded.map((g) => g.grade))].sort((a, b) => a - b);
    byGrade = grades.map((grade) => graded.filter((g) => g.grade === grade));
    APART.set(graded, byGrade);
  }
  return byGrade;
}
const APART = new WeakMap<TrainingData['graded'], readonly TrainingData['graded'][]>();

/** Without repeats as long as there are enough. */
function drawDistinct(items: readonly number[], count: number, r: Random): number[] {
  if (count > items.length) return Array.from({ length: count }, () => r.pick(items));
  const drawn = new Set<number>();
  while (drawn.size < count) drawn.add(r.pick(items));
  return [...drawn];
}

/** For each view, the row of a view of a healthy image; its own row where the batch has none. */
function healthyRows(
  graded: readonly { grade: number }[],
  count: number,
  images: number,
  views: number,
  r: Random,
): BigInt64Array {
  const healthy = graded.flatMap((g, i) =>
    g.grade === 0 ? Array.from({ length: views }, (_, v) => v * images + i) : [],
  );
  return BigInt64Array.from({ length: count }, (_, i) =>
    BigInt(healthy.length > 0 ? r.pick(healthy) : i),
  );
}
