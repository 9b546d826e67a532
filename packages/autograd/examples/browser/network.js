// A graph that a browser and Node compile alike: a convolutional network learns to tell bars that
// lie from bars that stand, in noise.

import * as ag from '@semise/autograd/compile';

const [BATCH, SIDE, CHANNELS] = [16, 16, 8];

/** Uniform numbers in [0, 1), the same for the same seed (mulberry32). */
function uniform(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** The training step as one program. @param provider 'cpu' (WebAssembly, too) or 'webgpu' */
export function trainingStep(provider) {
  const next = uniform(1);
  const weight = (name, shape, bound) =>
    ag.variable(
      name,
      shape,
      Float32Array.from({ length: ag.size(shape) }, () => bound * (2 * next() - 1)),
    );
  const kernel = weight('conv.weight', [CHANNELS, 1, 5, 5], 0.3);
  const scale = ag.variable('norm.weight', [CHANNELS], 1);
  const shift = ag.variable('norm.bias', [CHANNELS], 0);
  const out = weight('out.weight', [2, CHANNELS], 0.3);
  const bias = ag.variable('out.bias', [2], 0);

  const images = ag.input('images', [BATCH, 1, SIDE, SIDE]);
  const maps = ag.conv2d(images, kernel, undefined, { padding: 2 });
  const pooled = ag.maxPool2d(ag.relu(ag.batchNorm(maps, scale, shift).y), { kernel: 2 });
  const logits = ag.linear(ag.globalAvgPool2d(pooled), out, bias);
  const truth = ag.oneHot(ag.input('labels', [BATCH], 'int32'), 2);
  const loss = ag.neg(ag.mean(ag.sum(ag.mul(truth, ag.logSoftmax(logits)), [1])));

  const parameters = [kernel, scale, shift, out, bias];
  const gradients = ag.gradients(loss, parameters);
  const updates = ag.adamW()(parameters, gradients, ag.input('learningRate', []));
  return ag.compile({ outputs: { loss }, updates, provider });
}

/** What to feed at step `step`. */
export function batch(step) {
  const next = uniform(1000 + step);
  const images = new Float32Array(BATCH * SIDE * SIDE);
  const labels = Int32Array.from({ length: BATCH }, (_, i) => i % 2);
  labels.forEach((stands, i) => {
    const [x, y] = [5 + 6 * next(), 5 + 6 * next()];
    for (let p = 0; p < SIDE * SIDE; p++) {
      const [dx, dy] = [Math.abs((p % SIDE) - x), Math.abs(Math.floor(p / SIDE) - y)];
      const inside = stands ? dx < 1.5 && dy < 5 : dx < 5 && dy < 1.5;
      images[i * SIDE * SIDE + p] = next() + (inside ? 1 : 0) - 0.5;
    }
  });
  return { images, labels, learningRate: 0.05 };
}
