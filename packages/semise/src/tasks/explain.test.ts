import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { input, type NamedTensor, size } from '@semise/autograd';
import type { Answer } from '../methods/index.js';
import {
  ELSEWHERE,
  type EncoderName,
  rootScope,
  severityAxis,
  softmaxHead,
} from '../models/index.js';
import { ENCODERS } from '../models/resnet.js';
import { random } from '../random.js';
import { hashed } from '../testing/hashed.js';
import { runPlain } from '../testing/plain-onnx.js';
import { randomModel, SIDE } from '../testing/random-model.js';
import { agree, blank, GRADES, valuesFor } from '../testing/whole-model.js';
import { exportExplanation } from './explain.js';
import { exportOnnx, type TrainedModel } from './model.js';

interface Golden {
  readonly encoder: EncoderName;
  readonly side: number;
  readonly score: number[];
  readonly baseline: number[];
  readonly gradcam: number[];
  readonly integrated: number[];
}
const goldens = JSON.parse(
  readFileSync(
    new URL('../../src/tasks/fixtures/explanation-goldens.json', import.meta.url),
    'utf8',
  ),
) as Golden[];

const levels = (name: string, count: number): Uint8Array =>
  Uint8Array.from(hashed(name, count), (unit) => Math.floor(128 * (unit + 1)));

/** The model of make_explanation_goldens.py. */
function goldenModel({ encoder, side }: Golden): TrainedModel {
  const root = rootScope({ seed: 1, training: false });
  const scope = blank(root);
  const image = input('image', [1, 3, side, side]);
  const { features } = ENCODERS[encoder](scope.within('encoder'), image);
  softmaxHead(scope, features, GRADES);
  const blend = encoder === 'small';
  if (blend) severityAxis(scope, features);
  const values = valuesFor(root, encoder);
  const axis = Float32Array.from(hashed('axis.weight', 256), (unit) => unit / 4);
  const weights = new Map<string, NamedTensor>(
    [...root.weights, ...root.statistics].map(({ name, shape }) => [
      name,
      { shape, data: name === 'axis.weight' ? axis : values.get(name)! },
    ]),
  );
  const pixels = { mean: [0.5, 0.4, 0.3], deviation: [0.25, 0.25, 0.2] };
  return {
    config: { encoder, channels: 3, imageSize: side, pixels, grades: GRADES, views: 'fundus' },
    answer: blend ? 'blend' : 'softmax',
    weights,
    baseline: levels(`${encoder} baseline`, 3 * side * side),
    ...(blend && { spread: [0.5, 2], cuts: { cuts: [0, 1, 2, 3], scale: 1 } }),
  };
}

for (const golden of goldens) {
  test(`Grad-CAM and integrated gradients of ${golden.encoder} as PyTorch's autograd has them`, async () => {
    const { encoder, side } = golden;
    const image = [3, side, side];
    const both = levels(`${encoder} explained`, 2 * size(image));
    const images = [both.slice(0, size(image)), both.slice(size(image))];
    const said = await runPlain(exportExplanation(goldenModel(golden)), images, [3, side]);
    for (const [name, expected] of [
      ['score', golden.score],
      ['baseline_score', golden.baseline],
    ] as const)
      said[name].forEach((value, i) => {
        assert.ok(Math.abs(value - expected[i]) < 1e-5, `${name} ${value}, ${expected[i]}`);
      });
    const tolerance = { whole: 1e-3, entry: [1e-3, 1e-2] } as const;
    for (const map of ['gradcam', 'integrated'] as const)
      agree(Float32Array.from(said[map]), golden[map], map, tolerance);
  });
}

const images = Array.from({ length: 3 }, (_, i) => {
  const r = random(i, 'explained');
  return Uint8Array.from({ length: 3 * SIDE * SIDE }, () => r.integer(256));
});
const area = SIDE * SIDE;
const cuts = { cuts: [-1, 0, 1], scale: 0.5 };
const ANSWERS: Answer[] = ['softmax', 'corn', 'axis', 'anchor', 'pool', 'ensemble', 'blend'];

for (const answer of ANSWERS) {
  test(`${answer}: the maps are those of the score that the model reports, and complete`, async () => {
    const model = {
      ...randomModel(answer, 4),
      cuts,
      ...(answer === 'blend' && { spread: [0.5, 2] }),
    };
    const reported = await runPlain(exportOnnx(model, {}), images, [3, SIDE]);
    const explained = exportExplanation(model, {}, { steps: 64 });
    const said = await runPlain(explained, images, [3, SIDE]);
    images.forEach((_, i) => {
      assert.ok(Math.abs(said.score[i] - reported.score[i]) < 1e-4);
      const map = said.integrated.slice(i * area, (i + 1) * area);
      const [sum, gross] = [map.reduce((a, b) => a + b), map.reduce((a, b) => a + Math.abs(b), 0)];
      const whole = said.score[i] - said.baseline_score[i];
      assert.ok(Math.abs(sum - whole) < 0.03 * gross, `${sum} of ${whole}, gross ${gross}`);
      assert.ok(gross > 0.01 * Math.abs(said.score[i]), 'a map of nothing says nothing');
    });
    assert.ok(said.gradcam.every((value) => value >= 0) && said.gradcam.some((value) => value > 0));
  });
}

for (const encoder of ['small', 'resnet18'] as const) {
  test(`${encoder}: an image has the same maps alone and in a batch`, async () => {
    const explained = exportExplanation(randomModel('softmax', 3, encoder), {}, { steps: 8 });
    const together = await runPlain(explained, images, [3, SIDE]);
    for (const [i, image] of images.entries()) {
      const alone = await runPlain(explained, [image], [3, SIDE]);
      for (const [name, values] of Object.entries(alone)) {
        const own = together[name].slice(i * values.length, (i + 1) * values.length);
        const typical = Math.hypot(...values) / Math.sqrt(values.length);
        values.forEach((value, p) => {
          assert.ok(
            Math.abs(value - own[p]) <= 1e-3 * typical,
            `${name}[${p}] ${value}, ${own[p]}`,
          );
        });
      }
    }
  });
}

test('a file holds the maps that are asked for, and no other', async () => {
  const explained = exportExplanation(randomModel('corn', 3), {}, { methods: ['gradcam'] });
  const said = await runPlain(explained, images, [3, SIDE]);
  assert.deepEqual(Object.keys(said).sort(), ['baseline_score', 'gradcam', 'score']);
});

test('from another image instead of the baseline: the sum is the difference of the scores', async () => {
  const model = randomModel('softmax', 4);
  const [a, b] = images;
  const options = { baseline: b, steps: 256, methods: ['integrated'] } as const;
  const said = await runPlain(exportExplanation(model, {}, options), [a], [3, SIDE]);
  const { score } = await runPlain(exportOnnx(model, {}), [a, b], [3, SIDE]);
  const sum = said.integrated.reduce((x, y) => x + y);
  const gross = said.integrated.reduce((x, y) => x + Math.abs(y), 0);
  assert.ok(Math.abs(said.baseline_score[0] - score[1]) < 1e-5);
  assert.ok(Math.abs(sum - (score[0] - score[1])) < 0.01 * gross);
});

test('of an encoder elsewhere there is no gradient, and the message says what to do', () => {
  const model = randomModel('softmax', 3);
  const elsewhere = { ...model, config: { ...model.config, encoder: ELSEWHERE } } as TrainedModel;
  assert.throws(() => exportExplanation(elsewhere), {
    name: 'InputError',
    message: /--method occlusion/,
  });
});
