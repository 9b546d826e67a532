import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import fc from 'fast-check';
import sharp from 'sharp';
import { random } from '../random.js';
import { byChance, centreMap, localisation } from './localisation.js';
import { meanOverSubjects } from './mean.js';
import { neighbours } from './neighbours.js';
import { occlusionMap } from './occlusion.js';
import { mapOverlay, smooth, strengthOf } from './overlay.js';
import { area, blocksOf, orderOf, perturbationCurves } from './perturbation.js';
import type { Scores } from './scores.js';
import { rankCorrelation, structuralSimilarity } from './similarity.js';

const goldens = JSON.parse(
  readFileSync(new URL('../../src/explanation/fixtures/goldens.json', import.meta.url), 'utf8'),
) as {
  maps: { a: number[]; b: number[]; rank: number; ssim: number }[];
  curve: number[];
  area: number;
};

const near = (a: number | null, b: number, tolerance = 1e-9) =>
  assert.ok(a !== null && Math.abs(a - b) < tolerance, `${a}, expected ${b}`);

for (const [i, { a, b, rank, ssim }] of goldens.maps.entries())
  test(`likeness of maps as SciPy and scikit-image have it, case ${i}`, () => {
    near(rankCorrelation(a, b), rank);
    near(structuralSimilarity(a, b), ssim, 1e-7);
  });

test('of a map that is the same everywhere nothing is like it', () => {
  const flat = new Float32Array(81);
  const other = Float32Array.from({ length: 81 }, (_, i) => i);
  assert.equal(rankCorrelation(flat, other), null);
  assert.equal(structuralSimilarity(other, flat), null);
});

test('the area under a curve as NumPy has it', () => near(area(goldens.curve), goldens.area));

const SIDE = 16;
const AREA = SIDE * SIDE;
/** A model whose score is known pixel by pixel: the sum of weight times level, in two channels. */
const weight = Float32Array.from(
  { length: 2 * AREA },
  (_, i) => Math.sin(i) + (i % 7 === 0 ? 2 : 0),
);
const linear: Scores = async (images) =>
  images.map((image) => image.reduce((sum, level, i) => sum + weight[i] * level, 0));
const picture = (seed: number) => {
  const r = random(seed, 'occluded');
  return Uint8Array.from({ length: 2 * AREA }, () => r.integer(256));
};

test('occlusion of a linear model: the mean, over the patches on a pixel, of what they cover', async () => {
  const [image, baseline] = [picture(1), picture(2)];
  const map = await occlusionMap(image, baseline, SIDE, linear);
  // What a pixel gives to the score.
  const gives = Array.from({ length: AREA }, (_, p) =>
    [p, p + AREA].reduce((sum, i) => sum + weight[i] * (image[i] - baseline[i]), 0),
  );
  const at = (y: number, x: number) =>
    y < 0 || x < 0 || y >= SIDE || x >= SIDE ? 0 : gives[y * SIDE + x];
  // Patches of 2 x 2 at every pixel: four cover each.
  for (const [y, x] of [
    [0, 0],
    [5, 9],
    [15, 15],
    [0, 7],
  ]) {
    let sum = 0;
    for (const top of [y - 1, y])
      for (const left of [x - 1, x])
        sum += at(top, left) + at(top, left + 1) + at(top + 1, left) + at(top + 1, left + 1);
    near(map[y * SIDE + x], sum / 4, 0.05);
  }
});

test('occlusion by itself changes nothing', async () => {
  const image = picture(3);
  assert.ok((await occlusionMap(image, image, SIDE, linear)).every((value) => value === 0));
});

test('deletion and insertion of a linear model: its own map is the best order, the reverse the worst', async () => {
  const [image, baseline] = [picture(4), picture(5)];
  const map = Float32Array.from({ length: AREA }, (_, p) =>
    [p, p + AREA].reduce((sum, i) => sum + weight[i] * (image[i] - baseline[i]), 0),
  );
  const blocks = blocksOf(SIDE);
  assert.deepEqual(
    blocks.flat().sort((a, b) => a - b),
    [...Array(AREA).keys()],
  );
  const curvesOf = (order: readonly number[]) =>
    perturbationCurves(image, baseline, SIDE, order, linear);
  const best = orderOf(map, blocks);
  const [own, reverse] = [await curvesOf(best), await curvesOf([...best].reverse())];
  const [whole, none] = await linear([image, baseline]);
  for (const { deletion, insertion } of [own, reverse]) {
    assert.deepEqual([deletion[0], deletion.at(-1)], [whole, none]);
    assert.deepEqual([insertion[0], insertion.at(-1)], [none, whole]);
  }
  const r = random(1, 'orders');
  for (let i = 0; i < 5; i++) {
    const other = await curvesOf(r.shuffle(best));
    assert.ok(
      area(own.deletion) < area(other.deletion) && area(other.deletion) < area(reverse.deletion),
    );
    assert.ok(area(own.insertion) > area(other.insertion));
  }
  // Of a linear model the two say the same.
  own.deletion.forEach((value, i) => {
    near(value + own.insertion[i], whole + none, 0.2);
  });
});

test('localisation by hand', () => {
  const mask = [0, 1, 1, 0, 0, 0, 0, 0, 0];
  assert.deepEqual(localisation([0, 3, 1, 0, 0, 0, -5, 0, 0], mask), {
    pointing: 1,
    energy: 1,
    iou: 1,
  });
  assert.deepEqual(localisation([4, 3, 0, 0, 0, 0, 0, 0, 1], mask), {
    pointing: 0,
    energy: 3 / 8,
    iou: 1 / 3,
  });
  // Two highest pixels, one of them inside: half a hit.
  assert.equal(localisation([2, 2, 0, 0, 0, 0, 0, 0, 0], mask)?.pointing, 0.5);
  assert.equal(localisation([1, 1, 1, 1, 1, 1, 1, 1, 1], Array(9).fill(0)), null);
  assert.equal(localisation([0, -1, 0, 0, 0, 0, 0, 0, 0], mask), null);
  const centre = centreMap(3);
  assert.equal(centre.indexOf(Math.max(...centre)), 4);
});

test('a map by chance localises as byChance says', () => {
  const mask = Uint8Array.from({ length: 400 }, (_, p) => (p % 20 < 6 ? 1 : 0));
  const draws = Array.from({ length: 300 }, (_, d) => {
    const r = random(d, 'chance maps');
    return localisation(
      Float32Array.from({ length: 400 }, () => r.uniform()),
      mask,
    )!;
  });
  const expected = byChance(mask);
  for (const field of ['pointing', 'energy', 'iou'] as const) {
    const mean = draws.reduce((sum, d) => sum + d[field], 0) / draws.length;
    near(mean, expected[field], field === 'pointing' ? 0.08 : 0.01);
  }
});

test('the mean over subjects: weights are whole subjects, undefined values do not count', () => {
  const { value, ci95 } = meanOverSubjects([1, 1, null, 5], ['a', 'a', 'b', 'c'], 1);
  near(value, 7 / 3);
  assert.deepEqual(ci95, [1, 5]); // two subjects: all draws of one of them alone are possible
  assert.deepEqual(meanOverSubjects([null], ['a'], 1), { value: null, ci95: null });
  assert.equal(meanOverSubjects([1, 2], ['a', 'a'], 1).ci95, null);
});

test('neighbours: the next below and above, and the most alike', () => {
  const known = [0, 1, 2, 4, 5, 9].map((score, i) => ({
    image: `${i}`,
    grade: i,
    score,
    embedding: [Math.cos(i), Math.sin(i)],
  }));
  const found = neighbours({ score: 4, embedding: [Math.cos(4.1), Math.sin(4.1)] }, known, 2);
  const scores = (side: keyof typeof found) => found[side].map(({ score }) => score);
  assert.deepEqual(scores('below'), [2, 1]);
  assert.deepEqual(scores('above'), [5, 9]);
  assert.deepEqual(
    found.alike.map(({ image }) => image),
    ['4', '5'],
  );
});

test('a smoothed map keeps what is even, and spreads a point evenly', () => {
  fc.assert(
    fc.property(fc.double({ min: -5, max: 5, noNaN: true }), (level) => {
      assert.ok(smooth(new Float32Array(256).fill(level)).every((v) => Math.abs(v - level) < 1e-5));
    }),
  );
  const point = new Float32Array(48 * 48);
  point[20 * 48 + 30] = 1;
  const spread = smooth(point);
  near(
    spread.reduce((a, b) => a + b, 0),
    1,
    1e-5,
  );
  near(spread[19 * 48 + 30], spread[20 * 48 + 31], 1e-7);
  near(spread[20 * 48 + 30] / spread[20 * 48 + 31], Math.exp(0.5), 1e-3);
});

test('an overlay has the shape of its image, colour where the map is and grey elsewhere', async () => {
  // 80 x 40, letterboxed into 16 x 16: rows 4 to 11 of the square.
  const image = await sharp({
    create: { width: 80, height: 40, channels: 3, background: { r: 90, g: 90, b: 90 } },
  })
    .png()
    .toBuffer();
  const map = new Float32Array(AREA);
  for (const [row, column, value] of [
    [4, 0, 1],
    [11, 15, -1],
    [0, 8, 1], // above the image
  ])
    map[row * SIDE + column] = value;
  const drawn = await mapOverlay(image, map, { fit: 'letterbox', strength: 1 });
  const { data, info } = await drawn.raw().toBuffer({ resolveWithObject: true });
  assert.deepEqual([info.width, info.height, info.channels], [80, 40, 3]);
  const pixel = (y: number, x: number) => [
    ...data.subarray(3 * (80 * y + x), 3 * (80 * y + x) + 3),
  ];
  const [red, , blue] = pixel(2, 2);
  assert.ok(red > 150 && blue < 60, `${pixel(2, 2)}`);
  const last = pixel(37, 77);
  assert.ok(last[2] > 140 && last[0] < 60, `${last}`);
  assert.deepEqual(pixel(20, 40), [90, 90, 90]);
  assert.deepEqual(pixel(0, 42), [90, 90, 90]);
});

test('the strength that pictures share', () => {
  const map = Float32Array.from({ length: 1000 }, (_, i) => (i === 0 ? -500 : i % 10));
  assert.equal(strengthOf([map, map]), 9);
  assert.equal(strengthOf([new Float32Array(4)]), 0);
});
