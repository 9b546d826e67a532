import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { constant, type Engine, openEngine } from '@semise/autograd';
import { runGraph } from '../../testing/run-graph.js';
import { grey } from './description.js';

let engine: Engine;
before(async () => {
  engine = await openEngine({ threads: 1 });
});
after(() => engine.close());

const seen = async (views: 'fundus' | 'skin', channels: number, side = 1): Promise<number[]> => {
  const pixels = Float32Array.from(
    { length: channels * side ** 2 },
    (_, i) =>
      [0.9, 0.3, 0][Math.floor(i / side ** 2)] + (i % 2 === 0 ? 0.05 : -0.05) * (side > 1 ? 1 : 0),
  );
  const value = grey({ views }, constant(pixels, [1, channels, side, side]));
  return [...(await runGraph(engine, { value }, {})).value].map(Number);
};
const near = (found: readonly number[], expected: number) =>
  found.forEach((v) => {
    assert.ok(Math.abs(v - expected) < 1e-6, `${v}, expected ${expected}`);
  });

test('a fundus is looked at in green, other colours as their mean, grey as it is', async () => {
  near(await seen('fundus', 3), 0.3);
  near(await seen('skin', 3), 0.4);
  near(await seen('fundus', 1), 0.9);
});

test('larger images are shrunk towards 64 pixels', async () => {
  const found = await seen('fundus', 3, 128);
  assert.equal(found.length, 64 * 64);
  near(found, 0.3);
});
