import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { compile, input, openEngine, writeSafetensors } from '@semise/autograd';
import { EMBEDDING } from '../methods/index.js';
import { trainedScope } from '../models/index.js';
import { random } from '../random.js';
import { askPython } from '../testing/other-readers.js';
import { runPlain } from '../testing/plain-onnx.js';
import { randomModel, SIDE } from '../testing/random-model.js';
import { scratchFolder } from '../testing/scratch.js';
import { onlyData, patchGuess } from '../training/index.js';
import { toUnit } from '../views/index.js';
import { gradeOf, gradeProbabilities } from './cut-points.js';
import { exportEncoder, exportOnnx, POOL, type TrainedModel } from './model.js';

const folder = scratchFolder();
const images = Array.from({ length: 5 }, (_, i) => {
  const r = random(i, 'model test');
  return Uint8Array.from({ length: 3 * SIDE * SIDE }, () => r.integer(256));
});

/** The rows of the encoder's features, each with what the exported model says of that image. */
async function answersOf(model: TrainedModel) {
  const grades = model.config.grades;
  const { embedding } = await runPlain(exportEncoder(model, {}), images, [3, SIDE]);
  const said = await runPlain(exportOnnx(model, {}), images, [3, SIDE]);
  const width = embedding.length / images.length;
  const row = (values: number[], i: number, n: number) => values.slice(i * n, (i + 1) * n);
  return images.map((_, i) => ({
    features: row(embedding, i, width),
    embedding: row(said.embedding, i, width),
    probabilities: row(said.probabilities, i, grades),
    score: said.score[i],
    grade: said.grade[i],
  }));
}

const dot = (a: ArrayLike<number>, b: ArrayLike<number>) =>
  Array.from(a).reduce((sum, value, i) => sum + value * b[i], 0);
const linear = ({ weights }: TrainedModel, name: string, x: readonly number[]): number[] => {
  const weight = weights.get(`${name}.weight`)!;
  const bias = weights.get(`${name}.bias`)!.data;
  return Array.from(bias, (b, o) => b + dot(x, weight.data.subarray(o * x.length)));
};
const near = (actual: readonly number[], expected: readonly number[], tolerance = 1e-5) => {
  assert.equal(actual.length, expected.length);
  for (const [i, value] of actual.entries())
    assert.ok(
      Math.abs(value - expected[i]) <= tolerance * Math.max(1, Math.abs(expected[i])),
      `[${i}] is ${value}, expected ${expected[i]}`,
    );
};

for (const grades of [2, 4]) {
  test(`softmax of ${grades} grades: exp over their sum, argmax, expected grade`, async () => {
    const model = randomModel('softmax', grades);
    const seen = new Set<number>();
    for (const said of await answersOf(model)) {
      const powers = linear(model, 'softmax', said.features).map(Math.exp);
      const p = powers.map((power) => power / powers.reduce((a, b) => a + b));
      near(said.probabilities, p);
      near([said.score], [p.reduce((sum, share, k) => sum + k * share, 0)]);
      assert.equal(said.grade, p.indexOf(Math.max(...p)));
      near(said.embedding, said.features);
      seen.add(said.score);
    }
    assert.equal(seen.size, images.length, 'the images must not all look alike to the model');
  });

  test(`CORN of ${grades} grades: P(grade > k) is a product of sigmoids`, async () => {
    const model = randomModel('corn', grades);
    for (const said of await answersOf(model)) {
      const conditional = linear(model, 'corn', said.features).map((x) => 1 / (1 + Math.exp(-x)));
      const above = conditional.map((_, k) =>
        conditional.slice(0, k + 1).reduce((product, p) => product * p),
      );
      near(
        said.probabilities,
        [1, ...above].map((p, k) => p - (above[k] ?? 0)),
      );
      near([said.score], [above.reduce((a, b) => a + b)]);
      assert.equal(said.grade, above.filter((p) => p > 0.5).length);
    }
  });

  test(`axis of ${grades} grades: a linear score, read by cut points`, async () => {
    const model = randomModel('axis', grades);
    const axis = model.weights.get('axis.weight')!.data;
    const scores = (await answersOf({ ...model, cuts: { cuts: levels(grades, 0, 1), scale: 1 } }))
      .map(({ score }) => score)
      .sort((a, b) => a - b);
    // Cuts among the scores, so that several grades are given.
    const cuts = { cuts: levels(grades, scores[0], scores[4]), scale: (scores[4] - scores[0]) / 4 };
    const given = new Set<number>();
    for (const said of await answersOf({ ...model, cuts })) {
      near([said.score], [dot(said.features, axis)]);
      near(said.probabilities, gradeProbabilities(said.score, cuts));
      assert.equal(said.grade, gradeOf(said.score, cuts));
      given.add(said.grade);
    }
    assert.ok(given.size > 1);
  });
}

test('anchor: the cosine distance of the projection to the anchor', async () => {
  const model = { ...randomModel('anchor', 3), cuts: { cuts: [0.8, 1.1], scale: 0.1 } };
  const anchor = model.weights.get('anchor')!.data;
  for (const said of await answersOf(model)) {
    const hidden = linear(model, 'projection.0', said.features).map((x) => Math.max(0, x));
    const z = linear(model, 'projection.1', hidden);
    near([said.score], [1 - dot(z, anchor) / Math.sqrt(dot(z, z) * dot(anchor, anchor))]);
    near(said.probabilities, gradeProbabilities(said.score, model.cuts));
  }
});

test('pool: the median cosine distance of the projection to healthy ones', async () => {
  const model = { ...randomModel('pool', 3), cuts: { cuts: [0.8, 1.1], scale: 0.1 } };
  const pool = model.weights.get(POOL)!.data;
  for (const said of await answersOf(model)) {
    const hidden = linear(model, 'projection.0', said.features).map((x) => Math.max(0, x));
    const z = linear(model, 'projection.1', hidden);
    const distances = Array.from({ length: 7 }, (_, i) => {
      const h = pool.subarray(i * EMBEDDING, (i + 1) * EMBEDDING);
      return 1 - dot(z, h) / Math.sqrt(dot(z, z) * dot(h, h));
    }).sort((a, b) => a - b);
    near([said.score], [distances[3]]);
    near(said.probabilities, gradeProbabilities(said.score, model.cuts));
  }
});

test('blend: axis and expected grade, each by its spread, make the score that the cuts part', async () => {
  const spread = [0.5, 2];
  const cuts = { cuts: [-1, 0, 1.5], scale: 0.5 };
  const model = { ...randomModel('blend', 4), cuts, spread };
  const axis = model.weights.get('axis.weight')!.data;
  for (const said of await answersOf(model)) {
    const powers = linear(model, 'softmax', said.features).map(Math.exp);
    const total = powers.reduce((a, b) => a + b);
    const expected = powers.reduce((sum, power, k) => sum + (k * power) / total, 0);
    const score = dot(said.features, axis) / 0.5 + expected / 2;
    near([said.score], [score], 1e-4);
    near(said.probabilities, gradeProbabilities(score, cuts), 1e-4);
    assert.equal(said.grade, gradeOf(score, cuts));
  }
});

test('guided: the blend and the guess by patches, each by its spread', async () => {
  const cuts = { cuts: [-1, 0, 1.5], scale: 0.5 };
  const guided = { ...randomModel('guided', 4), cuts, spread: [0.5, 2, 4] };
  const blend = { ...guided, answer: 'blend', spread: [0.5, 2] } as const;
  const guess = compile({
    outputs: {
      guess: patchGuess(
        trainedScope(),
        guided.config,
        toUnit(input('images', [images.length, 3, SIDE, SIDE], 'uint8')),
      ),
    },
  });
  const engine = await openEngine({ threads: 1 });
  try {
    await engine.write(onlyData(guided.weights));
    const runnable = await engine.load(guess);
    const expected = await runnable.run({
      images: Uint8Array.from(images.flatMap((image) => [...image])),
    });
    const blended = await answersOf(blend);
    const seen = new Set<number>();
    for (const [i, said] of (await answersOf(guided)).entries()) {
      const score = blended[i].score + Number(expected.guess[i]) / 4;
      near([said.score], [score], 1e-4);
      near(said.probabilities, gradeProbabilities(score, cuts), 1e-4);
      assert.equal(said.grade, gradeOf(score, cuts));
      seen.add(Number(expected.guess[i]));
    }
    assert.equal(seen.size, images.length, 'the images must not all look alike to the guess');
  } finally {
    await engine.close();
  }
});

test('ensemble: the mean of the probabilities of head and axis, its median, its expectation', async () => {
  const model = { ...randomModel('ensemble', 4), cuts: { cuts: [-1, 0, 1.5], scale: 0.5 } };
  const axis = model.weights.get('axis.weight')!.data;
  for (const said of await answersOf(model)) {
    const powers = linear(model, 'softmax', said.features).map(Math.exp);
    const byCuts = gradeProbabilities(dot(said.features, axis), model.cuts);
    const total = powers.reduce((a, b) => a + b);
    const mean = powers.map((power, k) => (power / total + byCuts[k]) / 2);
    near(said.probabilities, mean, 1e-4);
    near([said.score], [mean.reduce((sum, p, k) => sum + k * p, 0)], 1e-4);
    let below = 0;
    const median = mean.findIndex((p) => {
      below += p;
      return below >= 0.5;
    });
    assert.equal(said.grade, median);
  }
});

for (const answer of ['softmax', 'ensemble'] as const)
  test(`odds, ${answer}: probabilities times them, to 1 again; the score and its order stay`, async () => {
    const cuts = { cuts: [-1, 0, 1.5], scale: 0.5 };
    const model = { ...randomModel(answer, 4), ...(answer === 'ensemble' && { cuts }) };
    const odds = answer === 'softmax' ? [0.2, 3, 0.5, 4] : [50, 2, 1, 0.01];
    const even = await answersOf(model);
    let moved = 0;
    for (const [i, said] of (await answersOf({ ...model, odds })).entries()) {
      const times = even[i].probabilities.map((p, k) => p * odds[k]);
      const expected = times.map((p) => p / times.reduce((a, b) => a + b));
      near(said.probabilities, expected);
      let below = 0;
      const median = expected.findIndex((p) => {
        below += p;
        return below >= 0.5;
      });
      const mode = expected.indexOf(Math.max(...expected));
      assert.equal(said.grade, answer === 'softmax' ? mode : median);
      assert.equal(said.score, even[i].score);
      if (said.grade !== even[i].grade) moved++;
    }
    assert.ok(moved > 0, 'some grade must hang on them');
  });

const levels = (grades: number, low: number, high: number): number[] =>
  Array.from({ length: grades - 1 }, (_, k) => low + ((k + 1) * (high - low)) / grades);

test("torchvision's resnet18 with our weights sees what encoder.onnx sees", async (t) => {
  const model = randomModel('softmax', 3, 'resnet18');
  const [weights, file, pixels] = ['w.safetensors', 'encoder.onnx', 'pixels.u8'].map((name) =>
    join(folder, name),
  );
  const own = [...model.weights].filter(([name]) => name.startsWith('encoder.'));
  await writeSafetensors(weights, new Map(own.map(([name, w]) => [name.slice(8), w])));
  const onnx = exportEncoder(model, {});
  await writeFile(file, onnx);
  await writeFile(pixels, Buffer.concat(images));
  const shape = [images.length, 3, SIDE, SIDE];
  const { mean, deviation } = model.config.pixels;
  const request = { weights, encoder: 'resnet18', mean, deviation, pixels, shape };
  const others = await askPython(request, { model: file, pixels, shape });
  if (!others) return t.skip('python3-torch, torchvision or onnx is not installed');
  const { embedding } = await runPlain(onnx, images, [3, SIDE]);
  assert.equal(embedding.length, images.length * 512);
  const [torchvision, pytorch] = others;
  near(embedding, torchvision.embedding, 1e-4);
  near(embedding, pytorch.embedding, 1e-4);
});

test('cut points must be there where the answer is read by them', () => {
  assert.throws(() => exportOnnx(randomModel('axis', 3), {}), /needs cut points/);
});
