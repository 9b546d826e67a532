// Terms of the teacher: what they ask of the student, and how far they are trusted.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { constant, type Engine, gradients, openEngine } from '@semise/autograd';
import { rootScope } from '../models/index.js';
import { random } from '../random.js';
import { phaseGraphs } from '../testing/phase.js';
import { runGraph } from '../testing/run-graph.js';
import { type MethodSettings, part } from './index.js';
import { adaptiveThresholds, rampUp } from './teacher-terms.js';

let engine: Engine;
before(async () => {
  engine = await openEngine({ threads: 1 });
});
after(() => engine.close());

const near = (actual: ArrayLike<number | bigint>, expected: readonly number[]) =>
  expected.forEach((e, i) => {
    assert.ok(Math.abs(Number(actual[i]) - e) < 1e-5, `${i}: ${actual[i]}, expected ${e}`);
  });

test('the ramp rises from exp(-5) to 1 and stays there', async () => {
  const at = (p: number, length: number) => rampUp(constant(p), length);
  const { start, half, end, later, none } = await runGraph(engine, {
    start: at(0, 0.4),
    half: at(0.2, 0.4),
    end: at(0.4, 0.4),
    later: at(0.9, 0.4),
    none: at(0, 0),
  });
  near(
    [start, half, end, later, none].map(([v]) => v),
    [Math.exp(-5), Math.exp(-1.25), 1, 1, 1],
  );
});

test('thresholds follow FreeMatch: running confidence, lowered for grades predicted less', async () => {
  const root = rootScope({ seed: 1, training: true });
  const q = constant([0.8, 0.1, 0.1, 0.3, 0.6, 0.1], [2, 3]);
  const { threshold } = adaptiveThresholds(root.within('t'), q);
  const next = Object.fromEntries(root.updates.map(([v, value]) => [`next ${v.name}`, value]));
  const result = await runGraph(engine, { threshold, ...next });
  const level = 0.99 / 3 + 0.01 * 0.7;
  const shares = [0.55, 0.35, 0.1].map((p) => 0.99 / 3 + 0.01 * p);
  near(result.threshold, [level, (level * shares[1]) / shares[0]]);
  near(result['next t.confidence'], [level]);
  near(result['next t.shares'], shares);
});

/**
 * One term of semise, where the heads of student and teacher were drawn apart. Gives what the student
 * would gain along each `any` image's features by following the teacher, and the term's gradient there.
 */
async function pulled(settings: Partial<MethodSettings>, term: string, head: string) {
  const [{ batch, root, terms, feeds }] = phaseGraphs('semise', { settings, progress: 0.9 });
  const weights = root.weights.find((w) => w.name === `${head}.weight`)!;
  const r = random(5, term);
  const drawn = () => Float32Array.from({ length: weights.initial.length }, () => r.normal(0, 0.5));
  const [own, averaged] = [drawn(), drawn()];
  await engine.write(
    new Map([
      [weights.name, own],
      [`average.${weights.name}`, averaged],
      ['order.trust', Float32Array.of(1)],
      ['order.calibration', Float32Array.of(1)],
    ]),
  );
  const teacher = part(batch, batch.teacher!.features, 'any', { reader: 'teacher' });
  const student = part(batch, batch.features, 'any');
  const [slope] = gradients(terms[term].value, [batch.features]);
  const result = await runGraph(
    engine,
    { teacher, student, slope: part(batch, slope, 'any'), term: terms[term].value },
    feeds,
  );
  const width = student.shape[1];
  const rows = (values: ArrayLike<number | bigint>) =>
    Array.from({ length: student.shape[0] }, (_, i) =>
      Array.from({ length: width }, (_, f) => Number(values[i * width + f])),
    );
  return {
    own,
    averaged,
    value: Number(result.term[0]),
    teacher: rows(result.teacher),
    student: rows(result.student),
    slope: rows(result.slope),
  };
}

const dot = (a: ArrayLike<number>, b: ArrayLike<number>): number =>
  Array.from(a).reduce((sum, v, i) => sum + v * b[i], 0);

for (const [term, settings] of [
  ['order', { orderWeight: 1, orderThreshold: 0.6 }],
  ['orderConsistency', { orderConsistencyWeight: 1 }],
] as const) {
  test(`${term}: the student's severities move into the teacher's order`, async () => {
    const { own, averaged, teacher, student, slope } = await pulled(settings, term, 'axis');
    const wanted = teacher.map((f) => dot(f, averaged));
    const now = student.map((f) => dot(f, own));
    // A step against the slope moves the severity of image i by -w . slope_i.
    const moved = slope.map((s) => -dot(own, s));
    const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));
    // dL/ds_i of the Bradley-Terry loss with the teacher's P as target, pair by pair.
    const expected = wanted.map((t, i) =>
      wanted.reduce((sum, u, j) => {
        const p = sigmoid(t - u);
        const [above, below] = [weight(p), weight(1 - p)];
        const error = sigmoid(now[i] - now[j]) - p;
        return i === j ? sum : sum - (above + below) * error;
      }, 0),
    );
    function weight(p: number): number {
      return term === 'order' ? Math.max(0, p - 0.6) / 0.4 : 1;
    }
    const length = (v: number[]) => Math.sqrt(dot(v, v));
    const alignment = dot(moved, expected) / (length(moved) * length(expected));
    assert.ok(alignment > 0.999, `the cosine of the two is ${alignment}`);
  });
}

test('without trust the order of the teacher counts for nothing', async () => {
  const settings = { orderWeight: 1, orderThreshold: 0.5 };
  const [{ terms, feeds, root }] = phaseGraphs('semise', { settings });
  for (const [trust, counts] of [
    [0.5, 0],
    [0.75, 0],
    [1, 1],
  ] as const) {
    await engine.write(new Map([['order.trust', Float32Array.of(trust)]]));
    const { value } = await runGraph(engine, { value: terms.order.value }, feeds);
    assert.equal(Number(value[0]) > 0, counts === 1, `trust ${trust}: ${value[0]}`);
  }
  assert.ok(root.updates.some(([v]) => v.name === 'order.trust'));
});

test('trust and calibration follow the order of the held images', async () => {
  const [{ batch, feeds, root }] = phaseGraphs('semise', { settings: { orderWeight: 1 } });
  const held = part(batch, batch.teacher!.features, 'held', { reader: 'teacher' });
  const next = (name: string) => root.updates.find(([v]) => v.name === name)![1];
  const axis = root.weights.find((w) => w.name === 'axis.weight')!;
  const { held: features } = await runGraph(engine, { held }, feeds);
  const grades = [...feeds['batch.heldGrade']].map(Number);
  const width = axis.shape[1];
  const row = (i: number) => (features as Float32Array).subarray(i * width, (i + 1) * width);
  // Towards the worst images from the best: an axis that orders them right, then its opposite.
  const mean = (grade: number) => {
    const rows = grades.flatMap((g, i) => (g === grade ? [row(i)] : []));
    return Array.from(
      { length: width },
      (_, f) => rows.reduce((s, r) => s + r[f], 0) / rows.length,
    );
  };
  const [low, high] = [mean(0), mean(2)];
  for (const sign of [1, -1]) {
    const direction = Float32Array.from(high, (h, f) => sign * (h - low[f]));
    await engine.write(
      new Map([
        ['average.axis.weight', direction],
        ['order.trust', Float32Array.of(0.5)],
        ['order.calibration', Float32Array.of(0.5)],
      ]),
    );
    const result = await runGraph(
      engine,
      { trust: next('order.trust'), calibration: next('order.calibration') },
      feeds,
    );
    const severity = grades.map((_, i) => dot(row(i), direction));
    const pairs = grades.flatMap((g, i) =>
      grades.flatMap((h, j) => {
        const apart = feeds['batch.heldSubject'][i] !== feeds['batch.heldSubject'][j];
        return g > h && apart ? [severity[i] > severity[j]] : [];
      }),
    );
    const right = pairs.filter(Boolean).length / pairs.length;
    near(result.trust, [0.5 + 0.05 * (right - 0.5)]);
    assert.equal(
      Number(result.calibration[0]) > 0.5,
      sign > 0,
      'right margins may grow, wrong shrink',
    );
  }
});
