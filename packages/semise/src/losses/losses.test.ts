// Every loss and its gradient against PyTorch, which worked them out pair by pair from the papers'
// formulas in double precision (fixtures/make_goldens.py).

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import {
  add,
  constant,
  type Engine,
  gradients,
  input,
  openEngine,
  reshape,
  sum,
  type Tensor,
} from '@semise/autograd';
import { runGraph } from '../testing/run-graph.js';
import {
  alike,
  cellPixels,
  corn,
  crossEntropy,
  denseContrast,
  distanceToAnchor,
  distanceToPool,
  distanceToSampled,
  gradeOrder,
  gradePairs,
  healthyAnomaly,
  infoNce,
  marginMatrix,
  maskedError,
  nearest,
  nextAnchor,
  nextQueue,
  ntXent,
  painted,
  pairContrast,
  preference,
  rankNContrast,
  rankShares,
  seriate,
  softCorn,
  softCrossEntropy,
  spilled,
  supervisedContrast,
  type Ties,
  vicreg,
} from './index.js';

interface Golden {
  loss: keyof typeof LOSSES;
  name: string;
  shape: number[];
  x: number[];
  value: number;
  gradient: number[];
  /** Rows whose gradient the formula defines; absent: all. */
  definedRows?: number[];
  // What the loss takes beside x.
  tau: number;
  margin: number;
  temperature: number;
  smoothing: number;
  logPriors?: number[];
  k: number;
  ties: Ties;
  grades: number[];
  subjects: number[];
  weights: number[];
  targets: number[];
  anchor: number[];
  healthyRow: number[];
  shares: number[][];
  softness: number;
  labels: number[];
  keys: number[];
  queue: number[];
  queueShape: number[];
  second: number[];
  start: number[];
  end: number[];
  dims: [n: number, places: number, embedding: number, features: number];
}

interface SeriationGolden {
  name: string;
  similarity: number[];
  labels: number[];
  values: number[];
}

interface AnchorGolden {
  name: string;
  shape: number[];
  z: number[];
  anchor: number[];
  grades: number[];
  weights: number[];
  decay: number;
  next: number[];
}

const { cases, anchors, seriations } = JSON.parse(
  readFileSync(new URL('../../src/losses/fixtures/goldens.json', import.meta.url), 'utf8'),
) as { cases: Golden[]; anchors: AnchorGolden[]; seriations: SeriationGolden[] };

const integers = (values: readonly number[]): Tensor => constant(values, undefined, 'int32');

/** The preferences between images of different subjects, each with a weight of 1. */
const byGrades = (severity: Tensor, { grades, ties }: Golden): Tensor => {
  const everyone = integers(grades.map((_, i) => i));
  const pairs = gradePairs(integers(grades), everyone, constant(grades.map(() => 1)), ties);
  return preference(marginMatrix(severity), pairs.targets, pairs.weights);
};

const LOSSES = {
  ntXent: (z: Tensor, g: Golden) => ntXent(z, g.tau),
  healthyAnomaly: (z: Tensor, g: Golden) =>
    healthyAnomaly(z, integers(g.grades), constant(g.weights), g.margin),
  preference: (margins: Tensor, g: Golden) =>
    preference(margins, constant(g.targets), constant(g.weights)),
  gradeOrder: (a: Tensor, g: Golden) =>
    gradeOrder(a, constant(g.second, g.shape), constant(g.targets), constant(g.weights)),
  gradePairs: (scores: Tensor, g: Golden) => {
    const pairs = gradePairs(integers(g.grades), integers(g.subjects), constant(g.weights), g.ties);
    return preference(marginMatrix(scores), pairs.targets, pairs.weights);
  },
  anchorAverage: (z: Tensor, g: Golden) =>
    byGrades(distanceToAnchor(z, constant(g.anchor), g.temperature), g),
  anchorSampled: (z: Tensor, g: Golden) => {
    const rows = constant(g.healthyRow, undefined, 'int64');
    return byGrades(distanceToSampled(z, rows, g.temperature), g);
  },
  crossEntropy: (logits: Tensor, g: Golden) =>
    crossEntropy(logits, integers(g.grades), constant(g.weights), g),
  corn: (logits: Tensor, g: Golden) => corn(logits, integers(g.grades), constant(g.weights)),
  softCrossEntropy: (logits: Tensor, g: Golden) =>
    softCrossEntropy(
      logits,
      g.softness > 0 ? spilled(sharesOf(g), g.softness) : sharesOf(g),
      constant(g.weights),
    ),
  softCorn: (logits: Tensor, g: Golden) => softCorn(logits, sharesOf(g), constant(g.weights)),
  supervisedContrast: (z: Tensor, g: Golden) =>
    supervisedContrast(z, alike(integers(g.grades)), g.tau),
  pairContrast: (z: Tensor, g: Golden) =>
    pairContrast(z, alike(integers(g.grades)), constant(g.grades.map(() => 1)), g.margin),
  rankNContrast: (v: Tensor, g: Golden) => rankNContrast(v, constant(g.labels), g.tau),
  infoNce: (q: Tensor, g: Golden) =>
    infoNce(q, constant(g.keys, g.shape), g.tau, constant(g.queue, g.queueShape)),
  vicreg: (a: Tensor, g: Golden) => vicreg(a, constant(g.second, g.shape)),
  denseContrast: (a: Tensor, g: Golden) => {
    const [n, places, embedding, features] = g.dims;
    const [start, end] = [g.start, g.end].map((v) => constant(v, [n, places, features]));
    const second = constant(g.second, [n, places, embedding]);
    return denseContrast(reshape(a, [n, places, embedding]), second, start, end, g.tau);
  },
};

const sharesOf = ({ shares }: Golden): Tensor =>
  constant(shares.flat(), [shares.length, shares[0].length]);

let engine: Engine;
before(async () => {
  engine = await openEngine({ threads: 1 });
});
after(() => engine.close());

/** Float32 against double: 1e-5 of the value, and of the largest value beside it. */
function near(actual: ArrayLike<number>, expected: readonly number[], what: string): void {
  const scale = Math.max(1e-3, ...expected.map(Math.abs));
  expected.forEach((e, i) => {
    const error = Math.abs(actual[i] - e);
    assert.ok(error <= 1e-5 * scale, `${what}[${i}] is ${actual[i]}, PyTorch says ${e}`);
  });
}

for (const golden of cases) {
  test(`${golden.loss} as in PyTorch: ${golden.name}`, async () => {
    const x = input('x', golden.shape);
    const loss = LOSSES[golden.loss](x, golden);
    assert.deepEqual(loss.shape, [], 'a loss is a scalar');
    const [gradient] = gradients(loss, [x]);
    const result = await runGraph(engine, { loss, gradient }, { x: Float32Array.from(golden.x) });
    near(result.loss as Float32Array, [golden.value], 'loss');

    const found = result.gradient as Float32Array;
    assert.ok(found.every(Number.isFinite), 'the gradient is finite everywhere');
    const width = golden.shape[1] ?? 1;
    const rows = golden.definedRows ?? [...Array(golden.shape[0]).keys()];
    const chosen = (all: ArrayLike<number>) =>
      rows.flatMap((r) => Array.from({ length: width }, (_, i) => all[r * width + i]));
    near(chosen(found), chosen(golden.gradient), 'gradient');
  });
}

for (const golden of anchors) {
  test(`the moving normality anchor: ${golden.name}`, async () => {
    const next = nextAnchor(
      constant(golden.anchor),
      constant(golden.z, golden.shape),
      integers(golden.grades),
      constant(golden.weights),
      golden.decay,
    );
    const result = await runGraph(engine, { next });
    near(result.next as Float32Array, golden.next, 'anchor');
  });
}

test('no gradient flows into the normality anchors', async () => {
  const z = input('z', [3, 4]);
  const anchor = input('anchor', [4]);
  const ownRow = constant([0, 1, 2], undefined, 'int64');
  const [toAnchor] = gradients(sum(distanceToAnchor(z, anchor, 0.2)), [anchor]);
  // Each row its own anchor: D(z, z) is flat, and so it is where only one side moves.
  const [toOwn] = gradients(sum(distanceToSampled(z, ownRow, 0.2)), [z]);
  const next = nextAnchor(anchor, z, integers([0, 0, 1]), constant([1, 1, 1]), 0.9);
  const [throughAverage] = gradients(sum(next), [z]);
  const result = await runGraph(
    engine,
    { toAnchor, toOwn, throughAverage },
    {
      z: Float32Array.from([1, 2, 3, 4, 4, 3, 2, 1, -1, 0, 1, 0]),
      anchor: Float32Array.of(1, 0, 0, 0),
    },
  );
  assert.deepEqual([...(result.toAnchor as Float32Array)], [0, 0, 0, 0]);
  for (const slope of result.toOwn as Float32Array) assert.ok(Math.abs(slope) < 1e-6);
  assert.deepEqual([...(result.throughAverage as Float32Array)], Array(12).fill(0));
});

test('NT-Xent wants two views of each image', () => {
  assert.throws(() => ntXent(input('z', [3, 4]), 0.5), /\[3,4\]/);
});

test('the distance to a pool is the median, the lower of two in the middle, ties and all', async () => {
  const angles = [0.3, 2, 0.3, 1, 0.1, 3];
  const on = (list: readonly number[]) => list.flatMap((a) => [Math.cos(a), Math.sin(a)]);
  const z = constant(on([0, 0.7]), [2, 2]);
  for (const count of [1, 2, 3, 6]) {
    const pool = constant(on(angles.slice(0, count)), [count, 2]);
    const { d } = await runGraph(engine, { d: distanceToPool(z, pool) });
    [0, 0.7].forEach((own, i) => {
      const sorted = angles
        .slice(0, count)
        .map((a) => 1 - Math.cos(a - own))
        .sort((a, b) => a - b);
      const median = sorted[Math.floor((count - 1) / 2)];
      assert.ok(Math.abs(Number(d[i]) - median) < 1e-5, `${d[i]}, expected ${median}`);
    });
  }
});

for (const golden of seriations) {
  test(`seriation solves the Laplacian: ${golden.name}`, async () => {
    const n = Math.sqrt(golden.similarity.length);
    const similarity = constant(golden.similarity, [n, n]);
    const values = seriate(similarity, constant(golden.labels));
    const result = await runGraph(engine, { values, ranks: rankShares(values) });
    near(result.values as Float32Array, golden.values, 'value');
    const sorted = [...golden.values].sort((a, b) => a - b);
    const share = (v: number) => sorted.indexOf(v) / (sorted.length - 1);
    near(result.ranks as Float32Array, golden.values.map(share), 'rank');
  });
}

test('a queue takes the newest keys, of unit length, and forgets the oldest', async () => {
  const queue = constant([1, 0, 0, 1, 0, 0], [3, 2]);
  const keys = constant([3, 4, 0, -2], [2, 2]);
  const next = nextQueue(queue, keys);
  const whole = nextQueue(queue, constant([2, 0, 0, 2, 3, 0, 0, 5], [4, 2]));
  const result = await runGraph(engine, { next, whole });
  near(result.next as Float32Array, [0.6, 0.8, 0, -1, 1, 0], 'next');
  near(result.whole as Float32Array, [1, 0, 0, 1, 1, 0], 'whole');
});

test('the nearest row of a queue is by cosine; rows not there yet are never nearest', async () => {
  const queue = constant([0, 0, -1, 0, 0.1, -0.1, 0, 0], [4, 2]);
  const z = constant([5, -4, -1, 0.1, -1, -0.5], [3, 2]);
  const { found } = await runGraph(engine, { found: nearest(z, queue) });
  near(found as Float32Array, [0.1, -0.1, -1, 0, -1, 0], 'nearest');
});

test('squares are put where they belong, and only hidden pixels are errors', async () => {
  // Two places side by side, each of 2 x 2 pixels and two channels; heights of one place.
  const squares = constant(
    Array.from({ length: 32 }, (_, i) => i),
    [1, 2, 2, 8],
  );
  const image = painted(squares, 2, 4);
  const hidden = cellPixels(constant([0, 1, 0, 0], [1, 2, 2]), 4);
  const far = constant(
    Array.from({ length: 32 }, (_, i) => (i === 3 || i === 8 ? 100 : 0)),
    image.shape,
  );
  const error = maskedError(add(image, far), image, hidden);
  const result = await runGraph(engine, { image, hidden, error });
  const expected = [
    [0, 1, 8, 9, 2, 3, 10, 11, 16, 17, 24, 25, 18, 19, 26, 27],
    [4, 5, 12, 13, 6, 7, 14, 15, 20, 21, 28, 29, 22, 23, 30, 31],
  ];
  near(result.image as Float32Array, expected.flat(), 'pixel');
  near(result.hidden as Float32Array, [0, 0, 1, 1, 0, 0, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0], 'hidden');
  // Pixel 3 is hidden, 8 is not: 100 over 4 hidden pixels of two channels.
  near(result.error as Float32Array, [12.5], 'error');
});
