import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type Engine, input, openEngine } from '@semise/autograd';
import { ELSEWHERE, rootScope } from '../../models/index.js';
import { random } from '../../random.js';
import { runGraph } from '../../testing/run-graph.js';
import { spotConfig, spotData } from '../../testing/spots.js';
import { toUnit } from '../../views/index.js';
import { inARow, type TrainingData } from '../batches.js';
import { onlyData } from '../checkpoint.js';
import type { TrainingConfig } from '../config.js';
import { learnPatchOrder, patchGuess } from './index.js';

let engine: Engine;
before(async () => {
  engine = await openEngine({ threads: 1 });
});
after(() => engine.close());

const config = spotConfig({ method: 'semise', imageSize: 32 });
const data = spotData(32);

const order = async (...[from, seen]: [from: TrainingConfig, seen: TrainingData]) =>
  (await learnPatchOrder(from, seen, engine, seen.any)).guesses;

/** Share of pairs of ungraded images of different grades that stand in the right order. */
function rightlyOrdered(guess: ReadonlyMap<number, number>): number {
  const graded = new Set(data.graded.map(({ index }) => index));
  const unseen = data.any.filter((index) => !graded.has(index));
  const pairs = unseen.flatMap((a) => unseen.filter((b) => a % 3 > b % 3).map((b) => [a, b]));
  return pairs.filter(([a, b]) => guess.get(a)! > guess.get(b)!).length / pairs.length;
}

test('five grades a class order images that have none', async () => {
  const guess = await order(config, { ...data, comparisons: [] });
  assert.deepEqual(
    [...guess.keys()].sort((a, b) => a - b),
    [...data.any],
  );
  const right = rightlyOrdered(guess);
  assert.ok(right > 0.75, `${right} of the pairs in right order`);
});

test('comparisons alone do, too', async () => {
  const guess = await order(config, { ...data, graded: [] });
  const right = rightlyOrdered(guess);
  assert.ok(right > 0.75, `${right} of the pairs in right order`);
});

test('the seed decides, and nothing to go by gives even odds', async () => {
  const of = () => order(config, { ...data, comparisons: [] });
  assert.deepEqual(await of(), await of());
  const nothing = await order(config, { ...data, graded: [], comparisons: [] });
  assert.ok(data.any.every((index) => nothing.get(index) === 0));
});

test('two graded images leave nothing to learn from out of fold', async () => {
  const graded = data.graded.filter(({ index }) => index === 0 || index === 2);
  const seen = { ...data, graded, comparisons: [] };
  const { guesses, outOfFold } = await learnPatchOrder(config, seen, engine, []);
  assert.deepEqual(
    graded.map(({ index }) => outOfFold.get(index)),
    [0, 0],
  );
  assert.ok(guesses.get(2)! > guesses.get(0)!);
});

test('grades that mean nothing are learned by heart, but not out of fold', async () => {
  const r = random(5, 'grades');
  const graded = data.any
    .slice(0, 30)
    .map((index) => ({ index, grade: r.integer(3), subject: data.subject(index) }));
  const seen = { ...data, graded, comparisons: [] };
  const { guesses, outOfFold } = await learnPatchOrder(config, seen, engine, []);
  const pairs = graded.flatMap((a) =>
    graded.filter((b) => a.grade > b.grade && a.subject !== b.subject).map((b) => [a, b]),
  );
  const right = (guess: ReadonlyMap<number, number>): number =>
    pairs.filter(([a, b]) => guess.get(a.index)! > guess.get(b.index)!).length / pairs.length;
  assert.ok(right(guesses) > 0.9, `${right(guesses)} by heart`);
  assert.ok(right(outOfFold) < 0.65, `${right(outOfFold)} out of fold`);
});

test('out of fold, grades that mean something order images still', async () => {
  const counts: [number, number][] = [];
  const { outOfFold } = await learnPatchOrder(config, data, engine, [], (...count) =>
    counts.push(count),
  );
  const all = data.any.length;
  assert.deepEqual(counts, [
    [32, all],
    [all, all],
  ]);
  const [least, , most] = [0, 1, 2].map((k) =>
    data.graded.filter(({ grade }) => grade === k).map(({ index }) => outOfFold.get(index)!),
  );
  const right = most.flatMap((a) => least.map((b): number => (a > b ? 1 : 0)));
  assert.ok(right.filter(Boolean).length / right.length > 0.8, `${right}`);
});

test('what may stand anywhere is counted wherever it stands', async () => {
  // The grade is how many of four dashes lie down, in places that nothing tells.
  const dashed = (index: number) => {
    const r = random(index, 'dashes');
    const pixels = Uint8Array.from({ length: 32 * 32 }, () => 100 + r.integer(60));
    for (let dash = 0; dash < 4; dash++) {
      const at = 32 * r.integer(28) + r.integer(28);
      const step = dash < 2 * (index % 3) ? 1 : 32;
      for (let k = 0; k < 4; k++) pixels[at + k * step] = 230;
    }
    return pixels;
  };
  const seen = { ...data, comparisons: [], read: dashed };
  const right = async (pyramid: boolean) =>
    rightlyOrdered(await order({ ...config, settings: { ...config.settings, pyramid } }, seen));
  const [counted, placed] = [await right(true), await right(false)];
  assert.ok(counted > 0.9, `${counted} of the pairs in right order`);
  assert.ok(placed < counted - 0.05, `${placed} where only cells are counted`);
});

test('the model guesses what training was told', async () => {
  const { guesses, weights } = await learnPatchOrder(config, data, engine, []);
  const shown = data.any.slice(0, 5); // all are learned from here
  const images = toUnit(input('images', [shown.length, 1, 32, 32], 'uint8'));
  const value = patchGuess(rootScope({ seed: 0, training: false }), config, images);
  await engine.write(onlyData(weights));
  const said = await runGraph(engine, { value }, { images: inARow(shown.map(data.read)) });
  shown.forEach((index, i) => {
    const guess = guesses.get(index)!;
    assert.ok(Math.abs(Number(said.value[i]) - guess) < 1e-3 * Math.max(1, Math.abs(guess)));
  });
  assert.ok(new Set(said.value as Float32Array).size === shown.length);
});

test('features of an encoder from elsewhere stand in for pixels', async () => {
  const features = (index: number) => Float32Array.of(index % 3, (index * 7) % 5, 1);
  const elsewhere = {
    ...config,
    encoder: ELSEWHERE as typeof ELSEWHERE,
    pixels: { mean: [1, 2, 1], deviation: [1, 1, 1] },
  };
  const guess = await order(elsewhere, { ...data, read: features });
  assert.ok(rightlyOrdered(guess) > 0.95);
});
