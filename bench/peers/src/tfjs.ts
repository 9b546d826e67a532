// TensorFlow.js as a side. Arguments: the case, the backend (cpu or wasm). Layout NHWC.

import { createRequire } from 'node:module';
import type * as TF from '@tensorflow/tfjs';
import { type Layers, network } from './network.js';
import { caseToRun, labels, normal, serve } from './side.js';

console.warn = () => {}; // it recommends a package that is not what is measured
console.log = () => {};
const require = createRequire(import.meta.url); // its builds for Node are CommonJS
const tf: typeof TF = require('@tensorflow/tfjs');
require('@tensorflow/tfjs-backend-wasm');

const c = caseToRun();
if (!(await tf.setBackend(process.argv[3]))) throw new Error(`no backend ${process.argv[3]}`);
await tf.ready();

const training = c.work === 'train';
const weights = new Map<string, TF.Variable>();
const weight = (name: string, value: () => TF.Tensor, trainable = true) => {
  let w = weights.get(name);
  if (!w) {
    w = tf.variable(value(), trainable, name);
    weights.set(name, w);
  }
  return w as TF.Tensor;
};
const random = (shape: number[], fan: number) =>
  tf.tensor(
    normal(
      shape.reduce((a, b) => a * b),
      Math.sqrt(2 / fan),
    ),
    shape,
  );

const layers: Layers<TF.Tensor> = {
  convolution: (x, name, out, k, stride, padding) => {
    const shape = [k, k, x.shape[3] as number, out];
    const w = weight(name, () => random(shape, k * k * out));
    return tf.conv2d(x as TF.Tensor4D, w as TF.Tensor4D, stride, padding);
  },
  batchNorm: (x, name) => {
    const n = [x.shape[3] as number];
    const scale = weight(`${name}.weight`, () => tf.ones(n));
    const bias = weight(`${name}.bias`, () => tf.zeros(n));
    const mean = weight(`${name}.mean`, () => tf.zeros(n), false) as TF.Variable;
    const variance = weight(`${name}.variance`, () => tf.ones(n), false) as TF.Variable;
    if (!training)
      return tf.batchNorm(
        x,
        mean as TF.Tensor1D,
        variance as TF.Tensor1D,
        bias as TF.Tensor1D,
        scale as TF.Tensor1D,
        1e-5,
      );
    const now = tf.moments(x, [0, 1, 2]);
    mean.assign(mean.mul(0.9).add(now.mean.mul(0.1)));
    variance.assign(variance.mul(0.9).add(now.variance.mul(0.1)));
    return tf.batchNorm(
      x,
      now.mean as TF.Tensor1D,
      now.variance as TF.Tensor1D,
      bias as TF.Tensor1D,
      scale as TF.Tensor1D,
      1e-5,
    );
  },
  relu: (x) => tf.relu(x),
  add: (a, b) => tf.add(a, b),
  maxPool: (x) => tf.maxPool(x as TF.Tensor4D, 3, 2, 1),
  globalPool: (x) => tf.mean(x, [1, 2]),
  linear: (x, name, out) => {
    const shape = [x.shape[1] as number, out];
    const w = weight(`${name}.weight`, () => random(shape, shape[0]));
    return tf.add(
      tf.matMul(x, w),
      weight(`${name}.bias`, () => tf.zeros([out])),
    );
  },
  again: (x) => x,
  channels: (x) => x.shape[3] as number,
};

const images = tf.tensor(normal(c.batch * c.size ** 2 * 3), [c.batch, c.size, c.size, 3]);
const target = tf.oneHot(tf.tensor1d(labels(c), 'int32'), c.classes);
const forward = () => network(layers, c.network, c.classes, images);
const optimizer = tf.train.momentum(0.01, 0.9);
const loss = () => tf.losses.softmaxCrossEntropy(target, forward()) as TF.Scalar;

tf.tidy(() => network(layers, c.network, c.classes, images.slice(0, 1))); // makes the weights
await serve(
  [...weights.values()].reduce((n, w) => n + (w.trainable ? w.size : 0), 0),
  async () => {
    if (training) {
      const value = optimizer.minimize(loss, true) as TF.Scalar;
      const [number] = await value.data();
      value.dispose();
      return number;
    }
    const logits = tf.tidy(forward);
    const [number] = await logits.data();
    logits.dispose();
    return number;
  },
);
