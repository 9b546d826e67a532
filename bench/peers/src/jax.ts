// jax-js as a side, on its Wasm backend. Argument: the case. Layout NCHW; a value used twice is
// referenced once more (`ref`), since the library counts references.

import { defaultDevice, init, jit, lax, nn, numpy as np, tree, valueAndGrad } from '@jax-js/jax';
import { type Layers, network } from './network.js';
import { caseToRun, labels, normal, serve } from './side.js';

type A = np.Array;
type Weights = Record<string, A>;

const c = caseToRun();
await init('wasm');
defaultDevice('wasm');

const training = c.work === 'train';
const array = (data: Float32Array<ArrayBuffer>, shape: number[]): A =>
  np.array(data).reshape(shape);

/** Layers over given weights; those that are missing are made and noted. */
function layers(weights: Weights, statistics: Weights): Layers<A> {
  const get = (from: Weights, name: string, shape: number[], deviation: number, mean = 0): A => {
    from[name] ??= array(
      normal(
        shape.reduce((a, b) => a * b),
        deviation,
      ).map((v) => v + mean),
      shape,
    );
    return from[name].ref;
  };
  return {
    convolution: (x, name, out, k, stride, p) => {
      const shape = [out, x.shape[1], k, k];
      const w = get(weights, name, shape, Math.sqrt(2 / (k * k * out)));
      return lax.conv(
        x,
        w,
        [stride, stride],
        [
          [p, p],
          [p, p],
        ],
      );
    },
    batchNorm: (x, name) => {
      const shape = [1, x.shape[1], 1, 1];
      const scale = get(weights, `${name}.weight`, shape, 0, 1);
      const bias = get(weights, `${name}.bias`, shape, 0);
      const mean = training
        ? x.ref.mean([0, 2, 3], { keepdims: true })
        : get(statistics, `${name}.mean`, shape, 0);
      const centred = x.sub(mean);
      const variance = training
        ? np.square(centred.ref).mean([0, 2, 3], { keepdims: true })
        : get(statistics, `${name}.variance`, shape, 0, 1);
      return centred.mul(scale.div(np.sqrt(variance.add(1e-5)))).add(bias);
    },
    relu: (x) => nn.relu(x),
    add: (a, b) => a.add(b),
    maxPool: (x) => {
      const padded = np.pad(x, [
        [0, 0],
        [0, 0],
        [1, 1],
        [1, 1],
      ]);
      return lax.reduceWindow(padded, (v) => v.max(), [1, 1, 3, 3], [1, 1, 2, 2]);
    },
    globalPool: (x) => x.mean([2, 3]),
    linear: (x, name, out) => {
      const w = get(weights, `${name}.weight`, [x.shape[1], out], Math.sqrt(1 / x.shape[1]));
      return np.matmul(x, w).add(get(weights, `${name}.bias`, [out], 0));
    },
    again: (x) => x.ref,
    channels: (x) => x.shape[1],
  };
}

const images = array(normal(c.batch * 3 * c.size ** 2), [c.batch, 3, c.size, c.size]);
const target = nn.oneHot(np.array(labels(c), { dtype: np.int32 }), c.classes);

let weights: Weights = {};
const statistics: Weights = {};
const one = array(normal(3 * c.size ** 2), [1, 3, c.size, c.size]);
network(layers(weights, statistics), c.network, c.classes, one).dispose();
const parameters = Object.values(weights).reduce((n, w) => n + w.size, 0);

const loss = (w: Weights, x: A, t: A): A =>
  nn
    .logSoftmax(network(layers(w, statistics), c.network, c.classes, x))
    .mul(t)
    .sum()
    .mul(-1 / c.batch);
const forward = jit((w: Weights, x: A) => network(layers(w, statistics), c.network, c.classes, x));
const gradient = jit(valueAndGrad(loss));
const updated = jit((w: Weights, v: Weights, g: Weights): [Weights, Weights] => {
  const velocity = tree.map((a: A, b: A) => a.mul(0.9).add(b), v, g) as Weights;
  return [tree.map((a: A, b: A) => a.sub(b.mul(0.01)), w, tree.ref(velocity)) as Weights, velocity];
});
let velocity = tree.map((w: A) => np.zerosLike(w), tree.ref(weights)) as Weights;

await serve(parameters, async () => {
  if (!training) return (await forward(tree.ref(weights), images.ref).data())[0];
  const [value, g] = gradient(tree.ref(weights), images.ref, target.ref);
  [weights, velocity] = updated(weights, velocity, g as Weights);
  return (await value.data())[0];
});
