import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import fc from 'fast-check';
import { InputError } from '../errors.js';
import { random } from '../random.js';
import { studentT } from './bootstrap.js';
import { evaluate, pairedDifference, pairedDifferences } from './evaluate.js';
import { gradedSet, INFLATED, METRICS, type MetricName, measure } from './measure.js';
import type { Prediction } from './prediction.js';

interface Golden {
  name: string;
  grades: number;
  truth: number[];
  predicted: number[];
  score: number[];
  probabilities: number[][];
  metrics: Record<MetricName, number | null>;
  ece: number;
  confusion: number[][];
  perClass: { precision: number; recall: number; f1: number; n: number }[];
}

// Written by fixtures/make_goldens.py with scikit-learn and scipy.
const goldens = JSON.parse(
  readFileSync(new URL('../../src/evaluation/fixtures/goldens.json', import.meta.url), 'utf8'),
) as { cases: Golden[]; bootstrap: Golden & { intervals: Record<string, [number, number]> } };

const predictionsOf = (golden: Golden): Prediction[] =>
  golden.truth.map((grade, i) => ({
    image: `${i}.png`,
    subject: `s${i}`,
    split: 'test',
    grade,
    predicted: golden.predicted[i],
    score: golden.score[i],
    probabilities: golden.probabilities[i],
  }));

const near = (actual: number | null, expected: number | null, message: string) => {
  if (actual === null || expected === null) assert.equal(actual, expected, message);
  else assert.ok(Math.abs(actual - expected) < 1e-9, `${message}: ${actual}, expected ${expected}`);
};

for (const golden of goldens.cases) {
  test(`metrics agree with scikit-learn and scipy: ${golden.name}`, () => {
    const metrics = evaluate(predictionsOf(golden), { grades: golden.grades, seed: 1, draws: 0 });
    for (const name of METRICS) near(metrics[name].value, golden.metrics[name], name);
    near(metrics.ece!.value, golden.ece, 'ece');
    assert.deepEqual(metrics.confusion, golden.confusion);
    golden.perClass.forEach(({ n, precision, recall, f1 }, grade) => {
      const row = metrics.perClass[grade];
      assert.equal(row.n, n);
      // scikit-learn writes 0 where we say null: undefined.
      near(row.precision ?? 0, precision, 'precision');
      near(row.recall ?? 0, recall, 'recall');
      near(row.f1 ?? 0, f1, 'f1');
    });
  });
}

test('undefined values are null, never NaN or a made-up 0', () => {
  const one = goldens.cases.find(({ name }) => name === 'constant and right')!;
  const metrics = evaluate(predictionsOf(one), { grades: 3, seed: 1, draws: 50 });
  for (const name of ['qwk', 'auroc', 'spearman', 'pairAccuracy'] as const) {
    assert.deepEqual(metrics[name], { value: null, ci95: null });
  }
  assert.deepEqual(metrics.accuracy, {
    value: 1,
    ci95: [8 / (8 + studentT(7) ** 2), 1], // Wilson's of 8 of 8, Student's t for the normal
  });
  assert.equal(metrics.perClass[0].recall, null);
  const none = evaluate([], { grades: 3, seed: 1 });
  assert.equal(none.n, 0);
  for (const name of METRICS) assert.deepEqual(none[name], { value: null, ci95: null });
});

test('a model without probabilities has no AUROC, no RPS, no calibration, and everything else', () => {
  const bare = predictionsOf(goldens.cases[0]).map((p) => ({ ...p, probabilities: [] }));
  const metrics = evaluate(bare, { grades: 4, seed: 1, draws: 0 });
  assert.equal(metrics.auroc.value, null);
  for (const name of ['rps', 'brier'] as const) assert.equal(metrics[name].value, null);
  assert.equal(metrics.ece, undefined);
  near(metrics.qwk.value, goldens.cases[0].metrics.qwk, 'qwk');
});

const anyPrediction = fc.record({
  subject: fc.integer({ min: 0, max: 5 }).map((s) => `s${s}`),
  grade: fc.integer({ min: 0, max: 3 }),
  predicted: fc.integer({ min: 0, max: 3 }),
  score: fc.integer({ min: -3, max: 3 }),
  probabilities: fc.tuple(fc.nat(5), fc.nat(5), fc.nat(5), fc.nat(5)),
});

test('an image of weight w counts as w copies of it, in every metric', () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(anyPrediction, fc.integer({ min: 0, max: 3 })), { maxLength: 25 }),
      (rows) => {
        const all = rows.map(([p], i): Prediction => ({ ...p, image: `${i}`, split: 'test' }));
        const copies = rows.flatMap(([, times], i) => Array<Prediction>(times).fill(all[i]));
        const weights = Float64Array.from(rows, ([, times]) => times);
        const weighted = measure(gradedSet(all, 4), weights);
        const repeated = measure(gradedSet(copies, 4));
        // The model gives probabilities even where no copy is left.
        if (copies.length === 0) return;
        for (const name of METRICS) near(weighted[name], repeated[name], name);
      },
    ),
  );
});

test('intervals agree with scipy.stats.bootstrap where every image is its own subject', () => {
  const { intervals, ...golden } = goldens.bootstrap;
  const metrics = evaluate(predictionsOf(golden), { grades: 3, seed: 3, draws: 4000 });
  for (const [name, [low, high]] of Object.entries(intervals)) {
    const [ourLow, ourHigh] = metrics[name as MetricName].ci95!;
    const tolerance = 0.06 * (high - low);
    assert.ok(Math.abs(ourLow - low) < tolerance, `${name}: low ${ourLow}, expected ${low}`);
    assert.ok(Math.abs(ourHigh - high) < tolerance, `${name}: high ${ourHigh}, expected ${high}`);
  }
});

test('a 95 % interval over subjects holds the truth in about 95 % of studies; over images it does not', () => {
  // 40 subjects of 6 images, each subject with its own chance of being graded right: 0.4 or 0.95.
  const truth = (0.4 + 0.95) / 2;
  const studies = 150;
  let bySubject = 0;
  let byImage = 0;
  for (let study = 0; study < studies; study++) {
    const stream = random(study, 'coverage');
    const predictions = Array.from({ length: 40 }, (_, s) => {
      const chance = stream.chance(0.5) ? 0.4 : 0.95;
      return Array.from({ length: 6 }, (_, i): Prediction => {
        const grade = stream.integer(2);
        const predicted = stream.chance(chance) ? grade : 1 - grade;
        return {
          image: `${s}-${i}`,
          subject: `${s}`,
          split: 'test',
          grade,
          predicted,
          score: predicted,
          probabilities: [],
        };
      });
    }).flat();
    const holds = (list: Prediction[]) => {
      const [low, high] = evaluate(list, { grades: 2, seed: study, draws: 200 }).accuracy.ci95!;
      return low <= truth && truth <= high ? 1 : 0;
    };
    bySubject += holds(predictions);
    byImage += holds(predictions.map((p) => ({ ...p, subject: p.image })));
  }
  assert.ok(bySubject / studies > 0.89, `coverage ${bySubject / studies}`);
  assert.ok(bySubject / studies < 0.995, `coverage ${bySubject / studies}`);
  assert.ok(byImage / studies < 0.87, `coverage over images ${byImage / studies}`);
});

test('the seed alone decides the intervals: not the order of the rows', () => {
  const predictions = predictionsOf(goldens.cases[0]).map((p, i) => ({
    ...p,
    subject: `s${i % 20}`,
  }));
  const options = { grades: 4, seed: 5, draws: 100 };
  const first = evaluate(predictions, options);
  assert.deepEqual(evaluate(predictions, options), first);
  const reversed = evaluate([...predictions].reverse(), options);
  for (const name of METRICS.filter((name) => !INFLATED.has(name))) {
    near(reversed[name].ci95![0], first[name].ci95![0], name);
    near(reversed[name].ci95![1], first[name].ci95![1], name);
  }
  assert.equal(first.worstClassMae.ci95, null);
  assert.notDeepEqual(evaluate(predictions, { ...options, seed: 6 }).mae, first.mae);
});

test('the difference of a list to itself is 0, and pairing narrows the interval of a difference', () => {
  const a = predictionsOf(goldens.cases[0]);
  const options = { grades: 4, seed: 1, draws: 400 };
  const same = pairedDifferences(a, [...a].reverse(), options);
  for (const name of METRICS) assert.deepEqual(same[name], { value: 0, ci95: [0, 0] });

  // b repeats a's errors and adds one in ten.
  const b = a.map((p, i) => (i % 10 === 0 ? { ...p, predicted: (p.grade! + 1) % 4 } : p));
  const difference = pairedDifference(a, b, 'accuracy', options);
  const left = evaluate(a, options).accuracy;
  const right = evaluate(b, options).accuracy;
  near(difference.value, left.value! - right.value!, 'difference');
  const width = ([low, high]: [number, number]) => high - low;
  assert.ok(width(difference.ci95!) < 0.7 * width(left.ci95!));
});

test('predictions that cannot be measured are refused by image', () => {
  const [p, ...rest] = predictionsOf(goldens.cases[0]);
  const options = { grades: 4, seed: 1, draws: 0 };
  for (const [change, message] of [
    [{ grade: 4 }, /^0\.png: grade 4 .*0\.\.3/],
    [{ predicted: 1.5 }, /^0\.png: predicted grade 1\.5/],
    [{ score: Number.NaN }, /^0\.png: severity score NaN/],
    [{ probabilities: [1, 0] }, /^0\.png: probabilities \[1, 0\]; give 4/],
  ] as const) {
    assert.throws(
      () => evaluate([...rest, { ...p, ...change }], options),
      (error) => error instanceof InputError && message.test(error.message),
    );
  }
  assert.throws(() => pairedDifferences(rest, [p, ...rest], options), InputError);
  assert.throws(() => pairedDifferences([p], [{ ...p, grade: 3 - p.grade! }], options), InputError);
});

test('1,000 draws on 1,000 images take about a second', () => {
  const stream = random(1, 'speed');
  const predictions = Array.from(
    { length: 1000 },
    (_, i): Prediction => ({
      image: `${i}`,
      subject: `${i >> 1}`,
      split: 'test',
      grade: stream.integer(5),
      predicted: stream.integer(5),
      score: stream.normal(),
      probabilities: [0, 0, 0, 0, 0].map(() => stream.uniform()),
    }),
  );
  const start = performance.now();
  evaluate(predictions, { grades: 5, seed: 1 });
  const seconds = (performance.now() - start) / 1000;
  assert.ok(seconds < 5, `${seconds} s`); // about 0.3 s; the rest is room for a busy machine
});
