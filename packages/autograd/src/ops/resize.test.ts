import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { input } from '../graph.js';
import { useEngine } from '../testing/engine.js';
import { checkGradient } from '../testing/gradient-check.js';
import { at, build } from '../testing/indexing.js';
import { property, seed } from '../testing/property.js';
import { values } from '../testing/random-values.js';
import { upsampleBilinear, upsampleNearest } from './resize.js';

const engine = useEngine();

const size = fc.integer({ min: 1, max: 4 });
const drawn = fc.record({ image: fc.tuple(size, size, size, size), factor: size, seed });

test('upsampleNearest: value and gradient', () =>
  property(15, drawn, async ({ image: [n, c, h, w], factor, seed }) => {
    const x = values(seed, [n, c, h, w]);
    await checkGradient(engine(), (t) => upsampleNearest(t, factor), [x], {
      step: 0.1,
      expected: build([n, c, h * factor, w * factor], ([a, b, i, j]) =>
        at(x, [a, b, Math.floor(i / factor), Math.floor(j / factor)]),
      ),
    });
  }));

test('upsampleBilinear: value and gradient', () =>
  property(15, drawn, async ({ image: [n, c, h, w], factor, seed }) => {
    const x = values(seed, [n, c, h, w]);
    // The centre of an output pixel in the input, no further out than the outer centres.
    const source = (i: number, length: number) =>
      Math.min(length - 1, Math.max(0, (i + 0.5) / factor - 0.5));
    await checkGradient(engine(), (t) => upsampleBilinear(t, factor), [x], {
      step: 0.1,
      expected: build([n, c, h * factor, w * factor], ([a, b, i, j]) => {
        const [y, z] = [source(i, h), source(j, w)];
        let value = 0;
        for (let u = 0; u < h; u++) {
          for (let v = 0; v < w; v++) {
            const tent = Math.max(0, 1 - Math.abs(y - u)) * Math.max(0, 1 - Math.abs(z - v));
            value += tent * at(x, [a, b, u, v]);
          }
        }
        return value;
      }),
    });
  }));

test('what cannot be enlarged is refused, and quoted', () => {
  for (const op of [upsampleNearest, upsampleBilinear]) {
    const quoted = (message: RegExp) => ({ name: 'ShapeError', message });
    assert.throws(() => op(input('x', [2, 3, 4]), 2), quoted(/\[2,3,4\]/));
    assert.throws(() => op(input('x', [1, 2, 3, 4]), 1.5), quoted(/\[1,2,3,4\], factor 1.5/));
    assert.throws(() => op(input('x', [1, 2, 3, 4]), 0), quoted(/factor 0/));
  }
});
