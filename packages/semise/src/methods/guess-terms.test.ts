import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type Engine, gradients, openEngine } from '@semise/autograd';
import { severityAxis, softmaxHead } from '../models/index.js';
import { random } from '../random.js';
import { phaseGraphs } from '../testing/phase.js';
import { runGraph } from '../testing/run-graph.js';
import { part } from './index.js';

let engine: Engine;
before(async () => {
  engine = await openEngine({ threads: 1 });
});
after(() => engine.close());

const settings = { patchOrderWeight: 1, patchGradeWeight: 1, patchSureness: 0.8 };

/** Both terms, with what they are made of, of a batch whose guesses are given. */
async function taught(guess: (place: number) => number) {
  const [{ batch, root, terms, feeds }] = phaseGraphs('semise', { settings });
  const r = random(5, 'guessed');
  await engine.write(
    new Map(
      root.weights
        .filter(({ name }) => name === 'axis.weight' || name === 'softmax.weight')
        .map(({ name, initial }) => [name, initial.map(() => r.normal(0, 0.5))]),
    ),
  );
  const any = part(batch, batch.features, 'any');
  const [slope] = gradients(terms.patchOrder.value, [batch.features]);
  const values = await runGraph(
    engine,
    {
      severity: severityAxis(root, any),
      logits: softmaxHead(root, any, batch.grades),
      order: terms.patchOrder.value,
      grades: terms.patchGrades.value,
      slope: part(batch, slope, 'any'),
    },
    { ...feeds, 'batch.guess': (feeds['batch.guess'] as Float32Array).map((_, i) => guess(i)) },
  );
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [name, Array.from(value, Number)]),
  );
}

/** Pairs that are to be learned: sigmoid of their difference is 0.8 or more. */
const sure = (n: number, guess: (i: number) => number) =>
  [...Array(n).keys()].flatMap((i) =>
    [...Array(n).keys()]
      .filter((j) => 1 / (1 + Math.exp(guess(j) - guess(i))) >= 0.8)
      .map((j) => [i, j]),
  );
const mean = (values: readonly number[]) => values.reduce((sum, v) => sum + v, 0) / values.length;

test('sure pairs are preferences on the axis, and grades of the head in their order', async () => {
  const guess = (i: number) => Math.sin(3 * i) * 2;
  const { severity, logits, order, grades } = await taught(guess);
  const n = severity.length;
  const pairs = sure(n, guess);
  assert.ok(pairs.length > 0 && pairs.length < (n * (n - 1)) / 2);
  const expected = mean(pairs.map(([i, j]) => Math.log1p(Math.exp(severity[j] - severity[i]))));
  assert.ok(Math.abs(order[0] - expected) < 1e-5, `${order[0]}, expected ${expected}`);
  const k = logits.length / n;
  const p = (i: number) => {
    const powers = logits.slice(i * k, (i + 1) * k).map(Math.exp);
    return powers.map((power) => power / powers.reduce((a, b) => a + b));
  };
  const atLeast = ([i, j]: number[]) =>
    p(i).reduce(
      (sum, a, g) =>
        sum +
        a *
          p(j)
            .slice(0, g + 1)
            .reduce((s, b) => s + b, 0),
      0,
    );
  const head = mean(pairs.map((pair) => -Math.log(atLeast(pair))));
  assert.ok(Math.abs(grades[0] - head) < 1e-5, `${grades[0]}, expected ${head}`);
});

test('of nothing that is sure nothing is learned', async () => {
  const { order, grades, slope } = await taught((i) => i / 1000);
  assert.deepEqual([order[0], grades[0]], [0, 0]);
  assert.ok(slope.every((v) => v === 0));
});
