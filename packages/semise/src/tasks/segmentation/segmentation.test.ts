// From patches to a whole image, and from the network's square to the image's own pixels.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import {
  cast,
  concat,
  type Engine,
  exportModel,
  input,
  mul,
  openEngine,
  sub,
} from '@semise/autograd';
import fc from 'fast-check';
import { type Fit, fitMask, type Mask, placement } from '../../data/index.js';
import { random } from '../../random.js';
import { loadOnnx } from '../model.js';
import { labelLesions, summarize, withoutSpecks } from './lesions.js';
import { atOwnSize } from './own-size.js';
import { type Flip, segmentWhole, windowStarts } from './sliding-window.js';

let engine: Engine;
before(async () => {
  engine = await openEngine({ threads: 1 });
});
after(() => engine.close());

test('a network that answers each pixel by its own grey gives the image back, whatever the patches', async () => {
  const side = 8;
  const grey = mul(cast(input('image', [1, 1, side, side], 'uint8'), 'float32'), 1 / 255);
  const bytes = exportModel({
    name: 'grey',
    outputs: { probabilities: concat([sub(1, grey), grey], 1) },
    weights: new Map(),
  });
  const model = await loadOnnx(
    engine,
    bytes,
    { encoder: 'small', channels: 1, imageSize: side, pixels: { mean: [0], deviation: [1] } },
    ['probabilities'],
  );
  for (const whole of [8, 9, 13, 21]) {
    const r = random(1, 'window', whole);
    const pixels = Uint8Array.from({ length: whole * whole }, () => r.integer(256));
    for (const flips of [[], ['horizontal', 'vertical', 'both']] as Flip[][]) {
      const options = { channels: 1, whole, side, classes: 2, flips };
      const answer = await segmentWhole(model, pixels, options);
      pixels.forEach((value, i) => {
        assert.ok(Math.abs(answer[whole * whole + i] - value / 255) < 1e-5);
        assert.ok(Math.abs(answer[i] + answer[whole * whole + i] - 1) < 1e-5);
      });
    }
  }
});

test('patches reach from edge to edge and overlap by half at least', () =>
  fc.assert(
    fc.property(fc.integer({ min: 2, max: 64 }), fc.integer({ min: 0, max: 300 }), (side, more) => {
      const starts = windowStarts(side + more, side);
      assert.equal(starts[0], 0);
      assert.equal(starts.at(-1), more);
      starts.slice(1).forEach((start, i) => {
        assert.ok(start > starts[i] && start - starts[i] <= side / 2 + 1);
      });
    }),
    { seed: 1 },
  ));

test('a mask brought to the square comes back from it, whatever the shape and the fit', () =>
  fc.assert(
    fc.property(
      fc.integer({ min: 60, max: 200 }),
      fc.integer({ min: 60, max: 200 }),
      fc.constantFrom<Fit>('letterbox', 'stretch', 'crop'),
      (width, height, fit) => {
        const size = 64;
        const [cx, cy, radius] = [width * 0.5, height * 0.55, Math.min(width, height) * 0.25];
        const classes = Uint8Array.from({ length: width * height }, (_, i) => {
          const away = Math.hypot((i % width) + 0.5 - cx, Math.floor(i / width) + 0.5 - cy);
          return away < radius ? 2 : 0;
        });
        const square = fitMask({ width, height, classes }, size, fit);
        const probabilities = Float32Array.from({ length: 3 * size * size }, (_, i) =>
          square[i % (size * size)] === Math.floor(i / (size * size)) ? 1 : 0,
        );
        const place = placement(width, height, size, fit);
        const back = atOwnSize(probabilities, 3, size, place, { width, height });
        const both = back.classes.filter((c, i) => c > 0 && classes[i] > 0).length;
        const sum = [...back.classes, ...classes].filter((c) => c > 0).length;
        assert.ok((2 * both) / sum > 0.93, `Dice ${(2 * both) / sum}`);
        assert.ok(!back.classes.includes(1), 'no other class appears');
      },
    ),
    { seed: 1, numRuns: 40 },
  ));

const MASK: Mask = {
  width: 5,
  height: 4,
  // biome-ignore format: a picture
  classes: Uint8Array.of(
    1, 0, 0, 2, 2,
    0, 1, 0, 0, 0,
    0, 0, 0, 1, 0,
    3, 0, 0, 0, 0,
  ),
};

test('lesions are parts of one class that touch at sides or corners', () => {
  const { labels, lesions } = labelLesions(MASK);
  assert.deepEqual(
    lesions.map((l) => [l.class, l.area]),
    [
      [1, 2],
      [2, 2],
      [1, 1],
      [3, 1],
    ],
  );
  assert.deepEqual([...labels.subarray(0, 7)], [1, 0, 0, 2, 2, 0, 1]);
});

test('specks go, lesions of the least size stay; counts and areas follow', () => {
  const clean = withoutSpecks(MASK, 2 / 20);
  assert.deepEqual(
    labelLesions(clean).lesions.map((l) => l.class),
    [1, 2],
  );
  assert.deepEqual(withoutSpecks(MASK, 0), MASK);
  assert.deepEqual(summarize(clean, [0.5, 0.2]), {
    lesions: 2,
    area: 4,
    areaMm2: 0.4,
    burden: 0.2,
  });
  assert.equal(summarize(clean, null).areaMm2, null);
});
