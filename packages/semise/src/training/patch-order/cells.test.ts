import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { constant, type Engine, openEngine } from '@semise/autograd';
import { runGraph } from '../../testing/run-graph.js';
import { inCells } from './cells.js';

let engine: Engine;
before(async () => {
  engine = await openEngine({ threads: 1 });
});
after(() => engine.close());

test('cells are means of their rows and columns, without those left over', async () => {
  const [n, channels, side, cells] = [2, 3, 7, 2];
  const values = Float32Array.from({ length: n * channels * side ** 2 }, (_, i) => (i * 37) % 101);
  const value = inCells(constant(values, [n, channels, side, side]), cells);
  assert.deepEqual(value.shape, [n, channels * cells ** 2]);
  const expected = Array.from({ length: n * channels }, (_, plane) =>
    [0, 1, 2, 3].map((cell) => {
      let sum = 0;
      for (let y = 0; y < 3; y++) {
        for (let x = 0; x < 3; x++) {
          const row = 3 * Math.floor(cell / 2) + y;
          sum += values[plane * side ** 2 + row * side + 3 * (cell % 2) + x];
        }
      }
      return sum / 9;
    }),
  ).flat();
  const found = (await runGraph(engine, { value }, {})).value;
  expected.forEach((v, i) => {
    assert.ok(Math.abs(Number(found[i]) - v) < 1e-3, `${i}: ${found[i]}, expected ${v}`);
  });
});
