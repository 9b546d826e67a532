// The U-Net against PyTorch (fixtures/make_unet_goldens.py): names and shapes, answers of every level,
// gradients by decoder and encoder.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import {
  add,
  gradients,
  input,
  mean,
  openEngine,
  size,
  slice,
  softmax,
  square,
  type Tensor,
} from '@semise/autograd';
import { hashed } from '../testing/hashed.js';
import { runGraph } from '../testing/run-graph.js';
import { blank } from '../testing/whole-model.js';
import { ENCODER_NAMES, ENCODERS, type EncoderName } from './resnet.js';
import { rootScope } from './scope.js';
import { sideStep, unetDecoder } from './unet.js';

/** Norm, product with hashed numbers, and four entries of a tensor. */
type Picture = [norm: number, probe: number, ...entries: number[]];
interface Golden {
  encoder: EncoderName;
  shape: number[];
  loss: number;
  answers: Picture[];
  shapes: Record<string, number[]>;
  gradients: Record<string, Picture>;
}
const goldens = JSON.parse(
  readFileSync(new URL('../../src/models/fixtures/unet-goldens.json', import.meta.url), 'utf8'),
) as Golden[];

function tensorValue(name: string, shape: readonly number[]): Float32Array {
  const bound = Math.sqrt(6 / (shape[0] * (shape[2] ?? 1) * (shape[3] ?? 1)));
  const value = (unit: number) =>
    shape.length === 4
      ? unit * bound
      : /(weight|running_var)$/.test(name)
        ? (1 + 0.2 * unit) * (/layer.*bn[23].weight$/.test(name) ? 0.2 : 1)
        : 0.1 * unit;
  return new Float32Array(hashed(name, size(shape)).map(value));
}

function close(values: Float32Array, golden: Picture, what: string, tolerance = 2e-4): void {
  const probe = hashed('probe', values.length);
  const n = values.length;
  const found = [
    Math.sqrt(values.reduce((s, v) => s + v * v, 0)),
    values.reduce((s, v, i) => s + v * probe[i], 0),
    ...[0, Math.floor(n / 3), Math.floor((2 * n) / 3), n - 1].map((i) => values[i]),
  ];
  golden.forEach((expected, i) => {
    assert.ok(
      Math.abs(found[i] - expected) <= tolerance * golden[0],
      `${what}: ${found} and ${golden}`,
    );
  });
}

for (const golden of goldens) {
  test(`U-Net on ${golden.encoder} as in PyTorch, with deep supervision`, async (t) => {
    const engine = await openEngine({ threads: 1 });
    t.after(() => engine.close());
    const root = rootScope({ seed: 1, training: false });
    const scope = blank(root);
    const images = input('images', golden.shape);
    const { stages } = ENCODERS[golden.encoder](scope.within('encoder'), images);
    const answers = unetDecoder(scope.within('decoder'), stages, {
      classes: 3,
      deepSupervision: true,
    });
    const variables = [...root.weights, ...root.statistics];
    const shapes = variables.filter((v) => v.name.startsWith('decoder.'));
    assert.deepEqual(
      Object.fromEntries(shapes.map((v) => [v.name, [...v.shape]])),
      golden.shapes,
      'names and shapes',
    );
    await engine.write(new Map(variables.map((v) => [v.name, tensorValue(v.name, v.shape)])));

    const loss = answers
      .map((a): Tensor => mean(square(slice(softmax(a, 1), 1, 0, 1))))
      .reduce((sum, term) => add(sum, term));
    const wanted = Object.keys(golden.gradients);
    const weights = wanted.map((name) => root.weights.find((w) => w.name === name)!);
    const slopes = gradients(loss, weights);
    const found = await runGraph(
      engine,
      {
        loss,
        ...Object.fromEntries(answers.map((a, i) => [`answer${i}`, a])),
        ...Object.fromEntries(slopes.map((g, i) => [`slope of ${wanted[i]}`, g])),
      },
      { images: new Float32Array(hashed(`${golden.encoder} images`, size(golden.shape))) },
    );
    assert.ok(Math.abs(Number(found.loss[0]) - golden.loss) < 1e-4 * golden.loss);
    golden.answers.forEach((answer, i) => {
      close(found[`answer${i}`] as Float32Array, answer, `answer ${i}`);
    });
    for (const [name, slope] of Object.entries(golden.gradients)) {
      // A slope may hang on whether one ReLU near 0 was open.
      close(found[`slope of ${name}`] as Float32Array, slope, name, 2e-3);
    }
  });
}

test('every encoder carries a U-Net that answers at the size of the image', () => {
  for (const encoder of ENCODER_NAMES) {
    const side = 2 * sideStep(encoder);
    const scope = blank(rootScope({ seed: 1, training: true }));
    const { stages } = ENCODERS[encoder](scope, input('images', [2, 1, side, side]));
    assert.equal(stages.at(-1)!.shape[2], 2, `${encoder}: halved down to the step`);
    const answers = unetDecoder(scope.within('decoder'), stages, { classes: 2 });
    assert.deepEqual(
      answers.map((a) => a.shape),
      [[2, 2, side, side]],
    );
  }
});
