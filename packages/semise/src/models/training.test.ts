// Whole networks trained: five steps of ResNet-18, ResNet-50 and the U-Net by each optimiser, and every
// gradient of the U-Net, against PyTorch (fixtures/make_training_goldens.py, in double precision).

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import {
  adamW,
  add,
  cast,
  compile,
  div,
  equal,
  gradients,
  input,
  lars,
  logSoftmax,
  mean,
  mul,
  neg,
  type Optimizer,
  oneHot,
  reshape,
  sgd,
  slice,
  softmax,
  sub,
  sum,
  type Tensor,
  transpose,
} from '@semise/autograd';
import { runGraph } from '../testing/run-graph.js';
import {
  agree,
  batch,
  blank,
  classifier,
  distance,
  GRADES,
  labels,
  near,
  type Picture,
  type Tolerance,
  torchvisionName,
  valuesFor,
  withEngine,
} from '../testing/whole-model.js';
import { ENCODERS } from './resnet.js';
import { type RootScope, rootScope } from './scope.js';
import { unetDecoder } from './unet.js';

interface Golden {
  model: 'resnet18' | 'resnet50' | 'unet';
  shape: [number, number, number, number];
}
const { backward, trajectories } = JSON.parse(
  readFileSync(new URL('../../src/models/fixtures/training-goldens.json', import.meta.url), 'utf8'),
) as {
  backward: (Golden & { loss: number; gradients: Record<string, Picture> })[];
  trajectories: (Golden & {
    optimizer: keyof typeof OPTIMIZERS;
    learningRate: number;
    losses: number[];
    changes: Record<string, [norm: number, probe: number]>;
  })[];
};

const OPTIMIZERS = {
  sgd: sgd({ momentum: 0.9, weightDecay: 1e-4, decayAll: true }),
  adamw: adamW({ weightDecay: 0.05, epsilon: 1e-4, decayAll: true }),
  lars: lars({ momentum: 0.9, weightDecay: 1e-3, trust: 0.02 }),
} satisfies Record<string, Optimizer>;

const CLASSES = 3;

/** The network and its loss; `labels` are grades, or the class of each pixel. */
function network({ model, shape }: Golden): { root: RootScope; loss: Tensor } {
  if (model !== 'unet') {
    const { root, logits } = classifier(model, shape, true);
    return { root, loss: crossEntropy(logits, input('labels', [shape[0]], 'int32'), GRADES) };
  }
  const root = rootScope({ seed: 1, training: true });
  const scope = blank(root);
  const { stages } = ENCODERS.resnet18(scope.within('encoder'), input('images', shape));
  const [logits] = unetDecoder(scope.within('decoder'), stages, { classes: CLASSES });
  const [n, , h, w] = shape;
  const mask = input('labels', [n, h, w], 'int32');
  const pixels = reshape(transpose(logits, [0, 2, 3, 1]), [-1, CLASSES]);
  const p = reshape(slice(softmax(logits, 1), 1, 1, 2), [n, h, w]);
  const t = cast(equal(cast(mask, 'float32'), 1), 'float32');
  const dice = div(add(mul(2, sum(mul(p, t))), 1), add(add(sum(p), sum(t)), 1));
  const loss = add(crossEntropy(pixels, reshape(mask, [-1]), CLASSES), sub(1, dice));
  return { root, loss };
}

const crossEntropy = (logits: Tensor, classes: Tensor, k: number): Tensor =>
  neg(mean(sum(mul(oneHot(classes, k), logSoftmax(logits)), [1])));

function truthOf({ model, shape: [n, , h, w] }: Golden, step: number): Int32Array {
  if (model !== 'unet') return labels(n, step);
  return Int32Array.from({ length: n * h * w }, (_, at) => {
    const [i, row, column] = [Math.floor(at / (h * w)), Math.floor(at / w) % h, at % w];
    return ((row >> 3) + (column >> 4) + i + step) % CLASSES;
  });
}

const feeds = (golden: Golden, name: string, step: number) => ({
  images: batch(`${golden.model} ${name}`, golden.shape),
  labels: truthOf(golden, step),
});

/** A single slope may hang on whether one ReLU near 0 was open, so entries are given more room. */
const SLOPES: Tolerance = { whole: 2e-3, entry: [1e-3, 0.05] };

for (const golden of backward) {
  test(`${golden.model}: loss and the gradient of every weight`, () =>
    withEngine(async (engine) => {
      const { root, loss } = network(golden);
      const slopes = gradients(loss, root.weights);
      await engine.write(valuesFor(root, golden.model));
      const named = root.weights.map((w, i) => [`slope of ${torchvisionName(w)}`, slopes[i]]);
      const results = await runGraph(
        engine,
        { loss, ...Object.fromEntries(named) },
        feeds(golden, 'backward', 0),
      );
      near(Number(results.loss[0]), golden.loss, 1e-4, 'loss');
      assert.equal(root.weights.length, Object.keys(golden.gradients).length);
      for (const [name, expected] of Object.entries(golden.gradients)) {
        agree(results[`slope of ${name}`] as Float32Array, expected, `gradient of ${name}`, SLOPES);
      }
    }));
}

/**
 * What five steps changed, relative to the change: the worst tensor and the typical one. PyTorch's own
 * float32 is up to 2.7e-2 away from its doubles (ResNet-50, U-Net; AdamW).
 */
const FARTHEST = 8e-2;
const TYPICAL = 1e-2;

for (const golden of trajectories) {
  const { model, optimizer, learningRate, losses, changes } = golden;
  test(`${model}: five steps of ${optimizer} end where PyTorch's end`, () =>
    withEngine(async (engine) => {
      const { root, loss } = network(golden);
      const { weights } = root;
      const updates = OPTIMIZERS[optimizer](weights, gradients(loss, weights), input('lr', []));
      const start = valuesFor(root, model);
      await engine.write(start);
      const step = await engine.load(compile({ outputs: { loss }, updates }));
      for (const [i, expected] of losses.entries()) {
        const result = await step.run({ ...feeds(golden, `step ${i}`, i), lr: learningRate });
        near(Number(result.loss[0]), expected, 1e-3, `loss of step ${i + 1}`);
      }
      const end = await engine.read(weights.map((w) => w.name));
      assert.equal(weights.length, Object.keys(changes).length);
      const errors = weights.map((w) => {
        const before = start.get(w.name)!;
        const change = end.get(w.name)!.map((v, i) => v - before[i]);
        const name = torchvisionName(w);
        const error = distance(change, changes[name]);
        assert.ok(error <= FARTHEST, `change of ${name}: ${error} away from PyTorch's`);
        return error;
      });
      const median = errors.sort((a, b) => a - b)[errors.length >> 1];
      assert.ok(median <= TYPICAL, `a typical change is ${median} away from PyTorch's`);
    }));
}
