import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type Engine, input, openEngine } from '@semise/autograd';
import { random } from '../random.js';
import { runGraph } from '../testing/run-graph.js';
import { drawJointViews, movedMasks } from './joint.js';
import { VIEW_PRESETS } from './presets.js';
import { toUnit, viewGraph } from './view-graph.js';

const SIDE = 48;
let engine: Engine;
before(async () => {
  engine = await openEngine({ threads: 1 });
});
after(() => engine.close());

test('a mask moves as its image: by any crop, turn and flip', async () => {
  const count = 12;
  const plan = { masked: 0, unmasked: count, strong: 1 };
  // Weak views change geometry alone; a white block on black is then its own mask.
  const drawn = drawJointViews(VIEW_PRESETS.fundus, random(1, 'joint'), plan, 1, 1);
  const of = (name: string, values: ArrayLike<number>) =>
    [name, Array.from(values).slice(0, (values.length / 2) | 0)] as const;
  const weak = Object.fromEntries(
    Object.entries(drawn).map(([name, values]) => {
      const [, half] = of(name, values);
      return [name, name === 'views.field' ? Int32Array.from(half) : Float32Array.from(half)];
    }),
  );
  const blocks = Uint8Array.from({ length: count * SIDE * SIDE }, (_, i) => {
    const [y, x] = [Math.floor((i % (SIDE * SIDE)) / SIDE), i % SIDE];
    return y >= 10 && y < 30 && x >= 8 && x < 40 ? 255 : 0;
  });
  const shape = [count, 1, SIDE, SIDE];
  const { views, moved } = await runGraph(
    engine,
    {
      views: viewGraph(toUnit(input('images', shape, 'uint8'))),
      moved: movedMasks(input('masks', shape, 'uint8'), input('views.theta', [count, 2, 3])),
    },
    { images: blocks, masks: blocks.map((v) => v / 255), ...weak },
  );
  let lesion = 0;
  moved.forEach((m, i) => {
    assert.ok(m === 0 || m === 1, `a class, not ${m}`);
    lesion += Number(m);
    // Bilinear light above one half and the nearest pixel agree except on the outline itself.
    if (Number(views[i]) > 0.76) assert.equal(m, 1);
    if (Number(views[i]) < 0.24) assert.equal(m, 0);
  });
  assert.ok(lesion > count * 300, 'the block is seen');
});

test('strong views have the geometry of their weak view, and nothing is greyed out', () => {
  const plan = { masked: 3, unmasked: 2, strong: 2 };
  const drawn = drawJointViews(VIEW_PRESETS.ultrasound, random(2, 'joint'), plan, 3, 1);
  const theta = (row: number) => [...drawn['views.theta'].subarray(6 * row, 6 * row + 6)];
  assert.equal(drawn['views.theta'].length, 6 * 9);
  for (const [weak, strong] of [
    [3, 5],
    [4, 6],
    [3, 7],
    [4, 8],
  ]) {
    assert.deepEqual(theta(weak), theta(strong));
  }
  assert.notDeepEqual(theta(3), theta(4));
  const { 'views.gamma': gamma, 'views.noise': noise, 'views.box': box } = drawn;
  assert.deepEqual(
    [gamma[3], gamma[4], noise[3], noise[4]],
    [1, 1, 0, 0],
    'weak: colours as they are',
  );
  assert.notEqual(gamma[5], gamma[7]);
  for (let row = 0; row < 9; row++) assert.ok(box[4 * row] > box[4 * row + 1], 'no box');
});
