import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type Engine, input, openEngine, type Tensor } from '@semise/autograd';
import { Matrix } from 'ml-matrix';
import { random } from '../../random.js';
import { runGraph } from '../../testing/run-graph.js';
import { toUnit } from '../../views/index.js';
import { inCells } from './cells.js';
import { grey } from './description.js';
import { asConstants, type Dictionary, GRAINS, learnDictionary, nearWords } from './dictionary.js';

let engine: Engine;
before(async () => {
  engine = await openEngine({ threads: 1 });
});
after(() => engine.close());

const SIDE = 32;
const { fine } = GRAINS;

/** Stripes of one of two directions, at a random place and contrast, and noise. */
function stripes(index: number): Uint8Array {
  const r = random(index, 'stripes');
  const [phase, contrast] = [r.uniform(0, 6), r.uniform(40, 90)];
  return Uint8Array.from({ length: SIDE * SIDE }, (_, i) => {
    const along = index % 2 === 0 ? i % SIDE : Math.floor(i / SIDE);
    return 128 + contrast * Math.sin(along + phase) + r.normal(0, 3);
  });
}
const images = Array.from({ length: 40 }, (_, i) => stripes(i));
const looked = (seen: Tensor) => grey({ views: 'xray' }, seen);
const learned = (): Promise<Dictionary> =>
  learnDictionary(images, [1, SIDE, SIDE], fine, looked, engine, random(2, 'dictionary'));

const pixels = toUnit(input('images', [2, 1, SIDE, SIDE], 'uint8'));
const counted = async (dictionary: Dictionary, shown: readonly Uint8Array[]) => {
  const feeds = { images: Uint8Array.from(shown.flatMap((image) => [...image])) };
  const { value } = await runGraph(
    engine,
    { value: inCells(nearWords(looked(pixels), asConstants(dictionary, fine), fine), 4) },
    feeds,
  );
  return value as Float32Array;
};

test('words are counted as written down: patch by patch, word by word, cell by cell', async () => {
  const dictionary = await learned();
  const { center, words } = dictionary;
  const whiten = Matrix.from1DArray(36, 36, dictionary.whiten);
  const count = words.length / 36;
  const found = await counted(dictionary, images.slice(0, 2));
  const at = (y: number, x: number) =>
    y < 0 || x < 0 || y >= SIDE || x >= SIDE ? 0 : images[1][y * SIDE + x] / 255;
  const expected = new Float64Array(count * 16);
  // Patches start at every place from 2 pixels before the image; 31 a side, of which 4 cells take 7 each.
  for (let py = 0; py < 28; py++) {
    for (let px = 0; px < 28; px++) {
      const patch = Array.from({ length: 36 }, (_, j) =>
        at(py - 2 + Math.floor(j / 6), px - 2 + (j % 6)),
      );
      const middle = patch.reduce((sum, v) => sum + v, 0) / 36;
      const variance = patch.reduce((sum, v) => sum + (v - middle) ** 2, 0) / 36;
      const white = whiten
        .to2DArray()
        .map(
          (row, i) =>
            row.reduce((sum, w, j) => sum + w * (patch[j] - middle), 0) /
              Math.sqrt(variance + 1e-3) -
            center[i],
        );
      const far = Array.from({ length: count }, (_, k) =>
        Math.hypot(...white.map((v, i) => v - words[k * 36 + i])),
      );
      const mean = far.reduce((sum, v) => sum + v, 0) / count;
      const cell = Math.floor(py / 7) * 4 + Math.floor(px / 7);
      far.forEach((f, k) => {
        expected[k * 16 + cell] += Math.max(0, mean - f) / 49;
      });
    }
  }
  const second = found.subarray(found.length / 2);
  expected.forEach((v, i) => {
    assert.ok(Math.abs(second[i] - v) < 2e-3, `${i}: ${second[i]}, expected ${v}`);
  });
});

test('white patches are white, and the same draw gives the same dictionary', async () => {
  const [a, b] = [await learned(), await learned()];
  assert.deepEqual(a.words, b.words);
  assert.deepEqual(a.whiten, b.whiten);
  // A word is a mean of white patches, and the means of the white patches are 0.
  const middle = a.words.reduce((sum, v) => sum + v, 0) / a.words.length;
  assert.ok(Math.abs(middle) < 0.2, `${middle}`);
});

test('images of one texture are nearer to one another than to those of another', async () => {
  const dictionary = await learned();
  const distance = async (i: number, j: number) => {
    const both = await counted(dictionary, [images[i], images[j]]);
    const half = both.length / 2;
    return Math.hypot(...both.subarray(0, half).map((v, k) => v - both[half + k]));
  };
  let [within, across] = [0, 0];
  for (let i = 0; i < 20; i++) {
    within += await distance(i, i + 2);
    across += await distance(i, i + 1);
  }
  assert.ok(within < 0.8 * across, `${within} within a texture, ${across} between the two`);
});
