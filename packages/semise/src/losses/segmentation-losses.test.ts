// The losses of segmentation and their gradients against PyTorch, which worked them out class by class
// in double precision (fixtures/make_segmentation_goldens.py).

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import {
  cast,
  constant,
  type Engine,
  equal,
  gradients,
  input,
  openEngine,
  softmax,
  type Tensor,
} from '@semise/autograd';
import { runGraph } from '../testing/run-graph.js';
import { focalTversky, pixelCrossEntropy, presence, softDice } from './index.js';

interface Golden {
  loss: keyof typeof LOSSES;
  name: string;
  shape: [number, number, number, number];
  logits: number[];
  /** Class of each pixel. */
  mask: number[];
  value: number;
  gradient: number[];
  over: 'batch' | 'image';
  smooth: number;
  alpha: number;
  gamma: number;
  weights?: number[];
}

const goldens = JSON.parse(
  readFileSync(
    new URL('../../src/losses/fixtures/segmentation-goldens.json', import.meta.url),
    'utf8',
  ),
) as Golden[];

const LOSSES = {
  softDice: (z: Tensor, t: Tensor, g: Golden) => softDice(softmax(z, 1), t, g),
  focalTversky: (z: Tensor, t: Tensor, g: Golden) => focalTversky(softmax(z, 1), t, g),
  pixelCrossEntropy: (z: Tensor, t: Tensor, { shape: [n, , h, w], weights }: Golden) =>
    pixelCrossEntropy(z, t, weights && constant(weights, [n, 1, h, w])),
  presence: (z: Tensor, _: Tensor, { shape: [n], mask }: Golden) => {
    const pixels = mask.length / n;
    const lesion = (i: number) => mask.slice(i * pixels, (i + 1) * pixels).some((c) => c > 0);
    return presence(z, constant(Array.from({ length: n }, (_, i) => (lesion(i) ? 1 : 0))));
  },
};

let engine: Engine;
before(async () => {
  engine = await openEngine({ threads: 1 });
});
after(() => engine.close());

async function valueAndGradient(golden: Golden, logits: readonly number[]) {
  const [n, k, h, w] = golden.shape;
  const z = input('z', golden.shape);
  const classes = constant(
    Array.from({ length: k }, (_, i) => i),
    [1, k, 1, 1],
  );
  const target = cast(equal(constant(golden.mask, [n, 1, h, w]), classes), 'float32');
  const loss = LOSSES[golden.loss](z, target, golden);
  assert.deepEqual(loss.shape, [], 'a loss is a scalar');
  const [gradient] = gradients(loss, [z]);
  return runGraph(engine, { loss, gradient }, { z: Float32Array.from(logits) });
}

for (const loss of Object.keys(LOSSES) as (keyof typeof LOSSES)[]) {
  test(`${loss} as in PyTorch`, async () => {
    for (const golden of goldens.filter((g) => g.loss === loss)) {
      const found = await valueAndGradient(golden, golden.logits);
      // An overlap of 0 over 1e-3 is a quotient of two small differences in single precision.
      const tolerance = golden.smooth === 1e-3 ? 1e-4 : 1e-5;
      const near = (actual: ArrayLike<number | bigint>, expected: readonly number[]) => {
        const scale = Math.max(1e-3, ...expected.map(Math.abs));
        expected.forEach((e, i) => {
          const error = Math.abs(Number(actual[i]) - e);
          assert.ok(error <= tolerance * scale, `${golden.name} [${i}]: ${actual[i]}, not ${e}`);
        });
      };
      near(found.loss, [golden.value]);
      near(found.gradient, golden.gradient);
    }
  });
}

test('an empty mask found empty costs nothing, and its gradient is finite', async () => {
  const empty = (loss: 'softDice' | 'focalTversky'): Golden => ({
    ...goldens.find((g) => g.loss === loss)!,
    shape: [2, 2, 3, 4],
    mask: Array(24).fill(0),
    over: 'image',
    smooth: 1,
    gamma: 4 / 3,
  });
  const logits = Array.from({ length: 48 }, (_, i) => (Math.floor(i / 12) % 2 ? -40 : 40));
  for (const loss of ['softDice', 'focalTversky'] as const) {
    const found = await valueAndGradient(empty(loss), logits);
    assert.ok(Number(found.loss[0]) <= 1e-4, `${loss} ${found.loss[0]}`);
    for (const slope of found.gradient) assert.ok(Math.abs(Number(slope)) < 1e-6);
  }
});
