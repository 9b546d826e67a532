import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import {
  add,
  constant,
  type Engine,
  type Feeds,
  gradients,
  input,
  mul,
  openEngine,
  square,
  sum,
  type Tensor,
} from '@semise/autograd';
import fc from 'fast-check';
import { ENCODERS, type RootScope, rootScope } from '../models/index.js';
import { random } from '../random.js';
import { runGraph } from '../testing/run-graph.js';
import {
  type Batch,
  type BatchPlan,
  batchSize,
  DEFAULT_SETTINGS,
  METHOD_NAMES,
  METHODS,
  type MethodContext,
  type MethodSettings,
  type Phase,
  part,
  settingsSchema,
} from './index.js';
import { EMBEDDING } from './terms.js';

let engine: Engine;
before(async () => {
  engine = await openEngine({ threads: 1 });
});
after(() => engine.close());

const GRADES = 3;
/** As many as the small encoder gives: heads of the same name keep their shape on one engine. */
const FEATURES = 256;
const context: MethodContext = { batch: 16, comparisons: 0, grades: GRADES };

/** Settings that change what a method's graph holds. */
const VARIANTS: Record<string, Partial<MethodSettings>> = {
  default: {},
  'sampled anchor, level ties': { anchor: 'sampled', ties: 'level' },
  'contrast in the joint phase': { contrastWeight: 0.5 },
  'alpha 0': { alpha: 0 },
  'alpha 1': { alpha: 1 },
  'comparisons not wanted': { comparisonWeight: 0 },
};

const phasesOf = (name: (typeof METHOD_NAMES)[number], context: MethodContext, s = {}) =>
  METHODS[name](context, { ...DEFAULT_SETTINGS, ...s }).phases;

/** A phase's batch over features that the caller makes. Grades go round: no class is missing. */
function batchOf(plan: BatchPlan, features: Tensor): Batch {
  const { graded, comparisons, views } = plan;
  const each = <T>(values: T[]): T[] => Array<T[]>(views).fill(values).flat();
  const images = [...Array(graded).keys()];
  return {
    plan,
    grades: GRADES,
    features,
    grade: constant(each(images.map((i) => i % GRADES)), undefined, 'int32'),
    subject: constant(each(images), undefined, 'int32'),
    weight: constant(new Float32Array(graded * views).fill(1)),
    comparisonTarget: constant(each(Array<number>(comparisons).fill(1))),
    comparisonWeight: constant(each(Array<number>(comparisons).fill(0.9))),
  };
}

/** A healthy view for each row: those of the first image, its first view for the others. */
const healthyRows = ({ views, ...plan }: BatchPlan): BigInt64Array =>
  BigInt64Array.from({ length: batchSize({ ...plan, views }) * views }, (_, i) =>
    i === 0 ? 3n : 0n,
  );

function lossOf(phase: Phase, root: RootScope, batch: Batch) {
  const terms = phase.terms(root, batch);
  const loss = Object.values(terms)
    .map(({ value, weight }) => mul(value, weight))
    .reduce((total, term) => add(total, term));
  return { terms, loss };
}

const noise = (name: string, count: number): Float32Array => {
  const r = random(7, name);
  return Float32Array.from({ length: count }, () => r.normal());
};

for (const name of METHOD_NAMES) {
  test(`${name}: phases share all steps, batches are filled and no larger`, () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 4, max: 300 }),
        fc.constantFrom(0, 1, 500),
        fc.constantFrom(...Object.keys(VARIANTS)),
        (batch, comparisons, variant) => {
          const phases = phasesOf(name, { batch, comparisons, grades: 4 }, VARIANTS[variant]);
          const shares = phases.reduce((total, { share }) => total + share, 0);
          assert.ok(Math.abs(shares - 1) < 1e-9, `shares add up to ${shares}`);
          for (const { plan, share } of phases) {
            assert.ok(share > 0);
            for (const n of [plan.graded, plan.comparisons, plan.any]) {
              assert.ok(Number.isInteger(n) && n >= 0, `${JSON.stringify(plan)}`);
            }
            const rows = batchSize(plan) * plan.views;
            assert.ok(rows <= batch && rows > batch - plan.views, `${rows} rows of ${batch}`);
            if (comparisons === 0) assert.equal(plan.comparisons, 0);
          }
        },
      ),
    );
  });

  for (const comparisons of [0, 200]) {
    for (const [variant, changes] of Object.entries(VARIANTS)) {
      test(`${name} (${variant}, ${comparisons} comparisons): every image of a batch teaches`, async () => {
        for (const phase of phasesOf(name, { ...context, comparisons }, changes)) {
          const { plan } = phase;
          const rows = batchSize(plan) * plan.views;
          const features = input('features', [rows, FEATURES]);
          const root = rootScope({ seed: 1, training: true });
          const { loss, terms } = lossOf(phase, root, batchOf(plan, features));
          const [slope] = gradients(loss, [features]);
          const perRow = sum(square(slope), [1]);
          // The anchor starts at 0, from where nothing is near or far.
          await engine.write(new Map([['anchor', noise('anchor', EMBEDDING)]]));
          const values = Object.fromEntries(
            Object.entries(terms).map(([term, { value }]) => [term, value]),
          );
          const results = await runGraph(
            engine,
            { loss, perRow, ...values },
            {
              features: noise('features', rows * FEATURES),
              'batch.healthyRow': healthyRows(plan),
            },
          );
          for (const term of ['loss', ...Object.keys(terms)]) {
            const value = Number(results[term][0]);
            assert.ok(Number.isFinite(value) && value > 0, `${phase.name}: ${term} is ${value}`);
          }
          results.perRow.forEach((slope, row) => {
            assert.ok(Number(slope) > 0, `${phase.name}: row ${row} of ${rows} changes nothing`);
          });
          // Where severity is learned, the comparisons of the batch are learned from.
          const ordered = 'preference' in terms || 'axis' in terms;
          assert.equal('comparisons' in terms, ordered && plan.comparisons > 0);
        }
      });
    }
  }

  test(`${name}: every phase compiles over an encoder; losses and gradients are finite`, async () => {
    for (const comparisons of [0, 200]) {
      for (const phase of phasesOf(name, { ...context, comparisons })) {
        const { plan } = phase;
        const rows = batchSize(plan) * plan.views;
        const root = rootScope({ seed: 1, training: true });
        const images = input('images', [rows, 1, 32, 32]);
        const { features } = ENCODERS.small(root.within('encoder'), images);
        const { loss } = lossOf(phase, root, batchOf(plan, features));
        const slopes = gradients(loss, root.weights);
        const norms = Object.fromEntries(
          root.weights.map((w, i) => [`slope of ${w.name}`, sum(square(slopes[i]))]),
        );
        const next = Object.fromEntries(
          root.updates.map(([v, value]) => [`next ${v.name}`, sum(value)]),
        );
        const feeds: Feeds = {
          images: noise('images', rows * 32 * 32),
          'batch.healthyRow': healthyRows(plan),
        };
        await engine.write(new Map([['anchor', noise('anchor', EMBEDDING)]]));
        const results = await runGraph(engine, { loss, ...norms, ...next }, feeds);
        for (const [output, [value]] of Object.entries(results)) {
          assert.ok(Number.isFinite(value), `${phase.name}: ${output} is ${value}`);
        }
        for (const { name: weight } of root.weights) {
          assert.ok(
            Number(results[`slope of ${weight}`][0]) > 0,
            `${phase.name}: nothing reaches ${weight}`,
          );
        }
      }
    }
  });
}

test('alpha sweeps from ConPrO to SimCLR', () => {
  const terms = (alpha: number) =>
    phasesOf('semise-paper', { ...context, comparisons: 200 }, { alpha }).map((phase) => {
      const { plan } = phase;
      const features = input('features', [batchSize(plan) * plan.views, FEATURES]);
      const root = rootScope({ seed: 1, training: true });
      return Object.entries(phase.terms(root, batchOf(plan, features))).map(
        ([name, { weight }]) => `${name} ${weight}`,
      );
    });
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

test('the parts of a batch are taken from every view', async () => {
  const plan: BatchPlan = { graded: 2, comparisons: 1, any: 1, views: 2 };
  const rows = input('rows', [10, 1]);
  const parts = (['graded', 'more', 'less', 'any'] as const).map(
    (name) => [name, part(batchOf(plan, rows), rows, name)] as const,
  );
  const results = await runGraph(engine, Object.fromEntries(parts), {
    rows: Float32Array.from({ length: 10 }, (_, i) => i),
  });
  const values = Object.fromEntries(Object.entries(results).map(([k, v]) => [k, [...v]]));
  assert.deepEqual(values, { graded: [0, 1, 5, 6], more: [2, 7], less: [3, 8], any: [4, 9] });
});

test('a comparison pulls the more severe image up and the less severe down', async () => {
  for (const [name, changes] of [
    ['semise', { gradeWeight: 0, axisWeight: 0 }],
    ['semise', { contrastWeight: 1 }],
  ] as const) {
    const [phase] = phasesOf(name, { ...context, comparisons: 200 }, changes);
    const { plan } = phase;
    const rows = batchSize(plan) * plan.views;
    const features = input('features', [rows, FEATURES]);
    const root = rootScope({ seed: 1, training: true });
    const batch = batchOf(plan, features);
    const { comparisons } = phase.terms(root, batch);
    const axis = root.weights.find((w) => w.name === 'axis.weight')!;
    const [slope] = gradients(comparisons.value, [features]);
    await engine.write(new Map([[axis.name, new Float32Array(FEATURES).fill(0.02)]]));
    const outputs = { more: part(batch, slope, 'more'), less: part(batch, slope, 'less') };
    const results = await runGraph(engine, outputs, { features: noise('axis', rows * FEATURES) });
    assert.ok(results.more.length === plan.comparisons * plan.views * FEATURES);
    assert.ok(results.more.every((v) => Number(v) < 0));
    assert.ok(results.less.every((v) => Number(v) > 0));
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
