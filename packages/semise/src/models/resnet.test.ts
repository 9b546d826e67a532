// The encoders against torchvision: names and shapes, answers, every gradient, five steps of training
// (fixtures/make_goldens.py, in double precision).

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import {
  compile,
  gradients,
  input,
  logSoftmax,
  mean,
  mul,
  neg,
  oneHot,
  sgd,
  sum,
  type Tensor,
  type Variable,
} from '@semise/autograd';
import { runGraph } from '../testing/run-graph.js';
import {
  agree,
  batch,
  type Classifier,
  classifier,
  GRADES,
  labels,
  near,
  type Picture,
  type Tolerance,
  torchvisionName,
  valuesFor,
  withEngine,
} from '../testing/whole-model.js';
import { softmaxHead } from './heads.js';
import { ENCODER_NAMES, ENCODERS, type EncoderName, stageChannels } from './resnet.js';
import { rootScope } from './scope.js';

interface Golden {
  encoder: EncoderName;
  shape: number[];
}
const goldens = JSON.parse(
  readFileSync(new URL('../../src/models/fixtures/goldens.json', import.meta.url), 'utf8'),
) as {
  names: Record<string, Record<string, number[]>>;
  inference: (Golden & { features: Picture; logits: number[] })[];
  backward: (Golden & { loss: number; gradients: Record<string, Picture> })[];
  trajectory: Golden & {
    learningRate: number;
    momentum: number;
    weightDecay: number;
    losses: number[];
    weights: Record<string, Picture>;
    changes: Record<string, [norm: number, probe: number]>;
    statistics: Record<string, Picture>;
  };
};

/** The mean cross-entropy, written out: losses/ comes after models/. */
const loss = ({ logits }: Classifier): Tensor =>
  neg(
    mean(
      sum(
        mul(oneHot(input('labels', [logits.shape[0]], 'int32'), GRADES), logSoftmax(logits)),
        [1],
      ),
    ),
  );

/** A single slope may hang on whether one ReLU near 0 was open, so entries are given more room. */
const SLOPES: Tolerance = { whole: 2e-3, entry: [1e-3, 0.05] };
const VALUES: Tolerance = { whole: 1e-3, entry: [1e-3, 1e-2] };
/** What five steps changed: PyTorch's own float32 is 1.1e-2 away from its doubles. */
const CHANGES: Tolerance = { whole: 4e-2, entry: [0, 0] };

const FEATURES = { resnet18: 512, resnet34: 512, resnet50: 2048 };

for (const [encoder, expected] of Object.entries(goldens.names)) {
  test(`${encoder} has torchvision's names and shapes`, () => {
    const root = rootScope({ seed: 1, training: true });
    const { features, stages } = ENCODERS[encoder as EncoderName](
      root.within('encoder'),
      input('images', [2, 3, 64, 64]),
    );
    const own = (variables: readonly Variable[]) =>
      Object.fromEntries(variables.map((v) => [v.name, v.shape]));
    const theirs = (statistic: boolean) =>
      Object.fromEntries(
        Object.entries(expected)
          .filter(([name]) => name.includes('running_') === statistic)
          .map(([name, shape]) => [`encoder.${name}`, shape]),
      );
    assert.deepEqual(own(root.weights), theirs(false));
    assert.deepEqual(own(root.statistics), theirs(true));
    assert.equal(root.updates.length, root.statistics.length, 'every statistic is updated');
    assert.deepEqual(features.shape, [2, FEATURES[encoder as keyof typeof FEATURES]]);
    assert.deepEqual(
      stages.map((stage) => stage.shape[2]),
      [32, 16, 8, 4, 2],
    );
  });
}

for (const golden of goldens.inference) {
  test(`${golden.encoder} answers as torchvision's at rest, ${golden.shape.slice(2)} px`, () =>
    withEngine(async (engine) => {
      const model = classifier(golden.encoder, golden.shape, false);
      await engine.write(valuesFor(model.root, golden.encoder));
      const { features, logits } = await runGraph(
        engine,
        { features: model.features, logits: model.logits },
        { images: batch(`${golden.encoder} inference`, golden.shape) },
      );
      agree(features as Float32Array, golden.features, 'features', VALUES);
      golden.logits.forEach((e, i) => {
        assert.ok(Math.abs(Number(logits[i]) - e) < 1e-4, `logit ${i} is ${logits[i]}, not ${e}`);
      });
    }));
}

for (const golden of goldens.backward) {
  test(`${golden.encoder}: loss and the gradient of every weight, ${golden.shape.slice(2)} px`, () =>
    withEngine(async (engine) => {
      const model = classifier(golden.encoder, golden.shape, true);
      const value = loss(model);
      const { weights } = model.root;
      const slopes = gradients(value, weights);
      await engine.write(valuesFor(model.root, golden.encoder));
      const results = await runGraph(
        engine,
        {
          loss: value,
          ...Object.fromEntries(weights.map((w, i) => [torchvisionName(w), slopes[i]])),
        },
        {
          images: batch(`${golden.encoder} backward`, golden.shape),
          labels: labels(golden.shape[0], 0),
        },
      );
      near(Number(results.loss[0]), golden.loss, 1e-4, 'loss');
      assert.equal(weights.length, Object.keys(golden.gradients).length);
      for (const [name, expected] of Object.entries(golden.gradients)) {
        agree(results[name] as Float32Array, expected, `gradient of ${name}`, SLOPES);
      }
    }));
}

test('ResNet-18 trained for five steps ends where PyTorch ends', () =>
  withEngine(async (engine) => {
    const golden = goldens.trajectory;
    const { encoder, shape, learningRate, momentum, weightDecay } = golden;
    const model = classifier(encoder, shape, true);
    const value = loss(model);
    const { weights, updates } = model.root;
    const step = sgd({ momentum, weightDecay, decayAll: true });
    const program = compile({
      outputs: { loss: value },
      updates: [...step(weights, gradients(value, weights), input('lr', [])), ...updates],
    });
    const start = valuesFor(model.root, encoder);
    await engine.write(start);
    const runnable = await engine.load(program);
    for (const [i, expected] of golden.losses.entries()) {
      const images = batch(`${encoder} step ${i}`, shape);
      const result = await runnable.run({ images, labels: labels(shape[0], i), lr: learningRate });
      near(Number(result.loss[0]), expected, 1e-3, `loss of step ${i + 1}`);
    }
    const end = await engine.read([...start.keys()]);
    for (const v of [...weights, ...model.root.statistics]) {
      const name = torchvisionName(v);
      const after = end.get(v.name)!;
      if (!v.trainable) {
        agree(after, golden.statistics[name], name, VALUES);
        continue;
      }
      agree(after, golden.weights[name], name, VALUES);
      // Weights hardly move in five steps: what they moved by is the sharper test.
      const before = start.get(v.name)!;
      agree(
        after.map((a, i) => a - before[i]),
        golden.changes[name],
        `change of ${name}`,
        CHANGES,
      );
    }
  }));

test('the channels said of the stages are those that they have', () => {
  for (const encoder of ENCODER_NAMES) {
    const root = rootScope({ seed: 1, training: false });
    const { stages } = ENCODERS[encoder](root, input('images', [1, 1, 32, 32]));
    const had = stages.map(({ shape }) => shape[1]);
    assert.deepEqual(stageChannels(encoder), had, encoder);
  }
});

test('the small encoder takes grey and colour images and gives its stages from fine to coarse', () => {
  for (const channels of [1, 3]) {
    const root = rootScope({ seed: 1, training: false });
    const { features, stages } = ENCODERS.small(root, input('images', [2, channels, 64, 64]));
    assert.deepEqual(
      stages.map((stage) => stage.shape.slice(1)),
      [
        [32, 32, 32],
        [32, 32, 32],
        [64, 16, 16],
        [128, 8, 8],
        [256, 4, 4],
      ],
    );
    assert.deepEqual(features.shape, [2, 256]);
    assert.deepEqual(root.weights[0].shape, [32, channels, 3, 3]);
    assert.equal(root.updates.length, 0, 'nothing is updated at rest');
  }
});

test('initial weights follow seed and name alone', () => {
  const build = (seed: number, wrap: boolean) => {
    const root = rootScope({ seed, training: true });
    if (wrap) softmaxHead(root, input('features', [1, 8]), 3);
    ENCODERS.small(root.within('encoder'), input('images', [1, 3, 32, 32]));
    return new Map(root.weights.map((w) => [w.name, w.initial]));
  };
  const [first, second, other] = [build(1, false), build(1, true), build(2, false)];
  for (const [name, values] of first) assert.deepEqual(second.get(name), values);
  const kernel = 'encoder.layer1.0.conv1.weight';
  assert.notDeepEqual(first.get(kernel), other.get(kernel));
  // He et al., fan-out: variance 2 / (32 * 9).
  const values = first.get(kernel)!;
  const variance = values.reduce((total, v) => total + v * v, 0) / values.length;
  assert.ok(Math.abs(variance / (2 / (32 * 9)) - 1) < 0.05, `variance ${variance}`);
});

// A network amplifies rounding: batch norm over two or four values changes its gradients by a tenth for noise of
// 2e-7 in the images. Where it does not, both forms must agree to the last digits.
test('in blocks of channels and plain, a whole encoder has the same gradients', async () => {
  const shape = [8, 3, 32, 32];
  const root = rootScope({ seed: 3, training: true });
  const { features } = ENCODERS.small(root.within('encoder'), input('images', shape));
  const truth = oneHot(input('labels', [8], 'int32'), GRADES);
  const loss = neg(mean(sum(mul(truth, logSoftmax(softmaxHead(root, features, GRADES))), [1])));
  const outputs = Object.fromEntries(
    gradients(loss, root.weights).map((slope, i) => [`by ${root.weights[i].name}`, slope]),
  );
  const feeds = { images: batch('blocks', shape), labels: labels(8, 0) };
  const [own, plain] = [
    await withEngine((engine) => runGraph(engine, outputs, feeds)),
    await withEngine((engine) => runGraph(engine, outputs, feeds), { blocks: false }),
  ];
  for (const name of Object.keys(outputs)) {
    const truth = plain[name] as Float32Array;
    const largest = truth.reduce((most, v) => Math.max(most, Math.abs(v)), 0);
    (own[name] as Float32Array).forEach((v, i) => {
      assert.ok(Math.abs(v - truth[i]) < 1e-4 * largest, `${name}[${i}]: ${v}, plain ${truth[i]}`);
    });
  }
});
