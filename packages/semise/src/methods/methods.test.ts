// Every method as a graph over real batches of tiny images: what its phases hold, that all of it
// teaches, and that losses and gradients are numbers. What methods learn: training/learns.test.ts.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import {
  type Engine,
  gradients,
  input,
  openEngine,
  type Results,
  square,
  sum,
  type Tensor,
} from '@semise/autograd';
import fc from 'fast-check';
import { random } from '../random.js';
import { type PhaseGraph, phaseGraphs } from '../testing/phase.js';
import { runGraph } from '../testing/run-graph.js';
import {
  type BatchPlan,
  batchSize,
  blocks,
  countOf,
  DEFAULT_SETTINGS,
  METHOD_NAMES,
  METHODS,
  type MethodContext,
  type MethodSettings,
  part,
  rowsOf,
  settingsSchema,
  twoViews,
} from './index.js';
import { EMBEDDING } from './terms.js';

let engine: Engine;
before(async () => {
  engine = await openEngine({ threads: 1 });
});
after(() => engine.close());

/** Settings that change what a method's graph holds. */
const PAPER: Record<string, Partial<MethodSettings>> = {
  'sampled anchor, level ties': { anchor: 'sampled', ties: 'level' },
  'alpha 0': { alpha: 0 },
  'alpha 1': { alpha: 1 },
  'a probe': { downstream: 'probe' },
  'comparisons not wanted': { comparisonWeight: 0 },
};
const OURS: Record<string, Partial<MethodSettings>> = {
  'level ties': { ties: 'level' },
  'comparisons not wanted': { comparisonWeight: 0 },
  'mostly comparisons': { comparedShare: 0.75 },
  'comparisons in the softmax head': { comparisonGradeWeight: 1 },
  'ordinal head alone': { gradeWeight: 0, cornWeight: 1, answer: 'corn' },
  'soft neighbours': { softness: 0.4 },
  'logit adjustment': { sampling: 'natural', logitAdjustment: 1 },
  mixup: { mixup: true, cornWeight: 1 },
  'contrasts of grades': { supconWeight: 1, rncWeight: 1 },
  contrast: { contrastWeight: 0.5, contrastStrength: 0.4 },
  'contrast of subjects': { contrastWeight: 1, positives: 'subject' },
  'contrast with neighbours': { contrastWeight: 1, positives: 'neighbours' },
  'dense contrast': { denseWeight: 1 },
  consistency: { consistencyWeight: 1 },
  'pseudo-grades': { pseudoWeight: 1 },
  'confident order': { orderWeight: 1, orderThreshold: 0.5 },
  'order consistency': { orderConsistencyWeight: 1 },
  'order by patches': { patchOrderWeight: 1, patchGradeWeight: 1 },
};
const variantsOf = (name: string): Record<string, Partial<MethodSettings>> => ({
  // At the start nothing is almost certain.
  default: name === 'fixmatch' ? { threshold: 0.2 } : {},
  ...(name === 'semise' ? OURS : name === 'semise-paper' ? PAPER : {}),
});

/** Methods that learn from mixtures of the batch's images, not from the images themselves. */
const SECOND_PASS = ['mixmatch'];

const phasesOf = (name: (typeof METHOD_NAMES)[number], context: MethodContext, s = {}) =>
  METHODS[name](context, { ...DEFAULT_SETTINGS, ...s }).phases;

const noise = (name: string, count: number): Float32Array => {
  const r = random(7, name);
  return Float32Array.from({ length: count }, () => r.normal());
};

/**
 * Runs a phase. The anchor is somewhere, since from 0 nothing is near or far; the queue of neighbours is
 * filled; the teacher's order is trusted.
 */
async function run({ feeds }: PhaseGraph, outputs: Record<string, Tensor>) {
  await engine.write(
    new Map([
      ['anchor', noise('anchor', EMBEDDING)],
      ['neighbours', noise('neighbours', 512 * EMBEDDING)],
      ['order.trust', Float32Array.of(1)],
      ['keys', noise('keys', 512 * EMBEDDING)],
    ]),
  );
  return runGraph(engine, outputs, feeds);
}

/** The slope of every weight, squared and summed, and what all that is kept becomes. */
function ofEveryWeight({ root, loss }: PhaseGraph): Record<string, Tensor> {
  const slopes = gradients(loss, root.weights);
  return Object.fromEntries([
    ...root.weights.map((w, i) => [`slope of ${w.name}`, sum(square(slopes[i]))] as const),
    ...root.updates.map(([v, value]) => [`next ${v.name}`, sum(value)] as const),
  ]);
}

function reachesEveryWeight(results: Results): void {
  for (const [output, [value]] of Object.entries(results)) {
    assert.ok(Number.isFinite(value), `${output} is ${value}`);
    if (output.startsWith('slope of')) assert.ok(Number(value) > 0, `${output} is ${value}`);
  }
}

for (const name of METHOD_NAMES) {
  test(`${name}: phases share all steps, batches are filled and no larger`, () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 8, max: 300 }),
        fc.constantFrom(0, 1, 500),
        fc.constantFrom(...Object.values(variantsOf(name))),
        (batch, comparisons, variant) => {
          const context = { batch, comparisons, grades: 4, counts: [9, 5, 5, 5] };
          const phases = phasesOf(name, context, variant);
          const shares = phases.reduce((total, { share }) => total + share, 0);
          assert.ok(Math.abs(shares - 1) < 1e-9, `shares add up to ${shares}`);
          for (const { plan, share } of phases) {
            assert.ok(share > 0);
            for (const of of [plan.graded, plan.comparisons, plan.any]) {
              const n = countOf(of);
              assert.ok(Number.isInteger(n) && n >= 0, `${JSON.stringify(plan)}`);
            }
            const rows = rowsOf(plan, 'student');
            assert.ok(rows <= batch && rows > batch - 4, `${rows} rows of ${batch}`);
            if (comparisons === 0) assert.equal(countOf(plan.comparisons), 0);
          }
        },
      ),
    );
  });

  const usesComparisons = ['semise', 'semise-paper', 'ranknet'].includes(name);
  for (const compared of usesComparisons ? [false, true] : [true]) {
    for (const [variant, settings] of Object.entries(variantsOf(name))) {
      if (!compared && variant !== 'default') continue;
      test(`${name} (${variant}, ${compared ? '' : 'not '}compared): every image of a batch teaches`, async () => {
        for (const graph of phaseGraphs(name, { settings, compared })) {
          const { phase, batch, terms, loss } = graph;
          const map = batch.stages[batch.stages.length - 1];
          const [slope] = gradients(loss, [map]);
          const values = Object.fromEntries(
            Object.entries(terms).map(([term, { value }]) => [term, value]),
          );
          const results = await run(graph, {
            ...(variant === 'default' && ofEveryWeight(graph)),
            loss,
            perRow: sum(square(slope), [1, 2, 3]),
            ...values,
          });
          reachesEveryWeight(results);
          for (const term of ['loss', ...Object.keys(terms)]) {
            const value = Number(results[term][0]);
            const isCost = term !== 'fairness'; // FreeMatch's is the negative of an entropy
            assert.ok(Number.isFinite(value) && (value > 0 || !isCost), `${term} is ${value}`);
          }
          if (SECOND_PASS.includes(name)) continue;
          results.perRow.forEach((slope, row) => {
            assert.ok(Number(slope) > 0, `${phase.name}: row ${row} changes nothing`);
          });
          // Where severity is learned, the comparisons of the batch are learned from.
          const ordered = 'preference' in terms || 'axis' in terms;
          assert.equal('comparisons' in terms, ordered && countOf(phase.plan.comparisons) > 0);
        }
      });
    }
  }
}

test('hidden squares: what paints them and what sees the rest are trained', async () => {
  // Squares to hide want images of two squares a side.
  const settings = { maskedWeight: 1, contrastWeight: 1 };
  const [graph] = phaseGraphs('semise', { settings, config: { imageSize: 32 } });
  const { terms, root } = graph;
  const painting = { ...graph, loss: terms.masked.value };
  const weights = root.weights.filter(({ name }) => /^(encoder|paint)\./.test(name));
  reachesEveryWeight(
    await run(graph, ofEveryWeight({ ...painting, root: { ...root, weights, updates: [] } })),
  );
  const small = () => phaseGraphs('semise', { settings });
  assert.throws(small, /maskedWeight 1: images of 16 pixels/);
});

test('alpha sweeps from ConPrO to SimCLR', () => {
  const terms = (alpha: number) =>
    phaseGraphs('semise-paper', { settings: { alpha } }).map(({ terms }) =>
      Object.entries(terms).map(([name, { weight }]) => `${name} ${weight}`),
    );
  assert.deepEqual(terms(0), [
    ['healthyAnomaly 1'],
    ['preference 1', 'comparisons 1'],
    ['grades 1'],
  ]);
  assert.deepEqual(terms(0.25), [
    ['ntXent 0.25', 'healthyAnomaly 0.75'],
    ['ntXent 0.25', 'preference 0.75', 'comparisons 0.75'],
    ['grades 1'],
  ]);
  assert.deepEqual(terms(1), [['ntXent 1'], ['grades 1']]);
});

/** Two graded images in two views, a pair in one, three of any (two views, one for the teacher). */
const PLAN: BatchPlan = {
  graded: { images: 2, views: [1, 1] },
  comparisons: { images: 1, views: [1] },
  any: { images: 3, views: [1, 0.5], teacher: [0.2] },
  siblings: { views: [0.1] },
  held: { images: 1, views: [], teacher: [0, 0.3] },
};

test('rows of a batch: first views part after part, then second views; the teacher counts apart', () => {
  assert.equal(batchSize(PLAN), 2 + 2 + 3 + 3 + 1);
  const told = (reader: 'student' | 'teacher') =>
    blocks(PLAN, reader).map((b) => [b.part, b.view, b.strength, b.firstImage, b.firstRow]);
  assert.deepEqual(told('student'), [
    ['graded', 0, 1, 0, 0],
    ['more', 0, 1, 2, 2],
    ['less', 0, 1, 3, 3],
    ['any', 0, 1, 4, 4],
    ['siblings', 0, 0.1, 7, 7],
    ['graded', 1, 1, 0, 10],
    ['any', 1, 0.5, 4, 12],
  ]);
  assert.equal(rowsOf(PLAN, 'student'), 15);
  assert.deepEqual(told('teacher'), [
    ['any', 0, 0.2, 4, 0],
    ['held', 0, 0, 10, 3],
    ['held', 1, 0.3, 10, 4],
  ]);
});

test('parts of a batch are found in every view, or in one', async () => {
  const rows = input('rows', [15]);
  const batch = { plan: PLAN };
  const outputs = {
    graded: part(batch, rows, 'graded'),
    second: part(batch, rows, 'graded', { view: 1 }),
    less: part(batch, rows, 'less'),
    siblings: part(batch, rows, 'siblings'),
    held: part(batch, rows, 'held', { reader: 'teacher' }),
    both: twoViews(batch, rows),
  };
  const results = await runGraph(engine, outputs, {
    rows: Float32Array.from({ length: 15 }, (_, i) => i),
  });
  const values = Object.fromEntries(Object.entries(results).map(([k, v]) => [k, [...v]]));
  assert.deepEqual(values, {
    graded: [0, 1, 10, 11],
    second: [10, 11],
    less: [3],
    siblings: [7, 8, 9],
    held: [3, 4],
    both: [0, 1, 4, 5, 6, 10, 11, 12, 13, 14],
  });
  assert.throws(() => part(batch, rows, 'more', { reader: 'teacher' }), /no more images/);
});

test('a comparison pulls the more severe image up and the less severe down', async () => {
  const alone = { gradeWeight: 0, axisWeight: 0, answer: 'axis' } as const;
  for (const settings of [alone, { contrastWeight: 1 }]) {
    const [graph] = phaseGraphs('semise', { settings });
    const { batch, root, terms } = graph;
    const axis = root.weights.find((w) => w.name === 'axis.weight')!;
    const [slope] = gradients(terms.comparisons.value, [batch.features]);
    await engine.write(new Map([[axis.name, new Float32Array(axis.shape[1]).fill(0.02)]]));
    const outputs = { more: part(batch, slope, 'more'), less: part(batch, slope, 'less') };
    // A level answer would pull by the difference of the two only.
    const decided = new Float32Array(graph.feeds['batch.target'].length).fill(1);
    const feeds = { ...graph.feeds, 'batch.target': decided };
    const results = await run({ ...graph, feeds }, outputs);
    assert.ok(results.more.length > 0);
    assert.ok(results.more.every((v) => Number(v) < 0));
    assert.ok(results.less.every((v) => Number(v) > 0));
  }
});

test('a grade is not read off a head that nothing trains', () => {
  const context = { batch: 16, comparisons: 0, grades: 3, counts: [5, 5, 5] };
  for (const bad of [
    { answer: 'corn' },
    { answer: 'softmax', gradeWeight: 0 },
    { answer: 'ensemble', gradeWeight: 0 },
    { answer: 'blend', gradeWeight: 0 },
  ]) {
    assert.throws(
      () => phasesOf('semise', context, bad),
      /nothing trains that head; set \w+Weight/,
    );
  }
});

test('default settings are within their bounds; values outside are refused', () => {
  assert.deepEqual(settingsSchema.parse(DEFAULT_SETTINGS), DEFAULT_SETTINGS);
  for (const bad of [
    { alpha: 1.1 },
    { alpha: -0.1 },
    { tau: 0 },
    { margin: 0 },
    { margin: 2.1 },
    { temperature: 0 },
    { smoothing: 1 },
    { comparisonWeight: -1 },
    { anchor: 'mean' },
    { unknown: 1 },
  ]) {
    const result = settingsSchema.safeParse({ ...DEFAULT_SETTINGS, ...bad });
    assert.ok(!result.success, JSON.stringify(bad));
  }
});
