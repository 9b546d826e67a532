// Every loss and its gradient against PyTorch, which worked them out pair by pair from the papers'
// formulas in double precision (fixtures/make_goldens.py).

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import {
  constant,
  type Engine,
  gradients,
  input,
  openEngine,
  sum,
  type Tensor,
} from '@semise/autograd';
import { runGraph } from '../testing/run-graph.js';
import {
  corn,
  crossEntropy,
  distanceToAnchor,
  distanceToPool,
  distanceToSampled,
  gradePairs,
  healthyAnomaly,
  marginMatrix,
  nextAnchor,
  ntXent,
  preference,
  type Ties,
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

const { cases, anchors } = JSON.parse(
  readFileSync(new URL('../../src/losses/fixtures/goldens.json', import.meta.url), 'utf8'),
) as { cases: Golden[]; anchors: AnchorGolden[] };

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
};

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
