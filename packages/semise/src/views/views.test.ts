import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import {
  concat,
  constant,
  type Engine,
  input,
  openEngine,
  size,
  type Tensor,
} from '@semise/autograd';
import fc from 'fast-check';
import { type Random, random } from '../random.js';
import { runGraph } from '../testing/run-graph.js';
import { type DrawnViews, drawViews, NOISE_FIELDS } from './draw.js';
import { VIEW_PRESET_NAMES, VIEW_PRESETS, type ViewPreset } from './presets.js';
import { standardize, toUnit, viewGraph } from './view-graph.js';

let engine: Engine;
before(async () => {
  engine = await openEngine({ threads: 1 });
});
after(() => engine.close());

/** Nothing may change. */
const STILL: ViewPreset = {
  area: [1, 1],
  aspect: 1,
  horizontalFlip: 0,
  verticalFlip: 0,
  rotation: 0,
  contrast: 0,
  brightness: 0,
  tint: 0,
  saturation: 0,
  gamma: 0,
  blur: [0, 0],
  noise: 0,
  erase: 0,
  eraseArea: 0,
};

/** Draws the upper end of every range. */
const UPPER: Random = {
  ...random(0, 'unused'),
  uniform: (_low = 0, high = 1) => high,
  integer: (n) => n - 1,
  chance: (p) => p > 0,
};

const SIDE = 32;
/** Images [n, channels, SIDE, SIDE] of random pixels, black and white among them. */
function pictures(n: number, channels: number): Float32Array {
  const r = random(5, 'pictures');
  return Float32Array.from({ length: n * channels * SIDE * SIDE }, (_, i) =>
    i % 97 === 0 ? 0 : i % 89 === 0 ? 1 : r.uniform(),
  );
}

async function viewsOf(
  images: Float32Array,
  channels: number,
  views: number,
  drawn: DrawnViews,
): Promise<Float32Array> {
  const shape = [images.length / (channels * SIDE * SIDE), channels, SIDE, SIDE];
  const sources = concat(Array<Tensor>(views).fill(input('images', shape)));
  const result = await runGraph(engine, { views: viewGraph(sources) }, { images, ...drawn });
  return result.views as Float32Array;
}

/** One view of each image, by the upper ends of the preset's ranges. */
const extreme = (images: Float32Array, channels: number, preset: Partial<ViewPreset>) =>
  viewsOf(
    images,
    channels,
    1,
    drawViews({ ...STILL, ...preset }, UPPER, images.length / (channels * SIDE * SIDE), channels),
  );

/** Each view against a pixel-by-pixel expectation. Black is lifted to 0.001 so that its log exists. */
function each(
  actual: Float32Array,
  expected: (i: number, y: number, x: number, plane: number) => number,
  tolerance = 2e-5,
) {
  for (let i = 0; i < actual.length; i++) {
    const [y, x] = [Math.floor(i / SIDE) % SIDE, i % SIDE];
    const plane = i - (i % (SIDE * SIDE));
    const e = expected(i, y, x, plane);
    assert.ok(
      Math.abs(actual[i] - e) < tolerance,
      `pixel ${i} (row ${y}, column ${x}) is ${actual[i]}, expected ${e}`,
    );
  }
}
const lifted = (v: number): number => Math.min(1, Math.max(0.001, v));

for (const channels of [1, 3]) {
  test(`strength 0 leaves images of ${channels} channels as they are, whatever the preset`, async () => {
    const images = pictures(2, channels);
    for (const name of VIEW_PRESET_NAMES) {
      const drawn = drawViews(VIEW_PRESETS[name], random(1, name), 4, channels, 0);
      const views = await viewsOf(images, channels, 2, drawn);
      each(views, (i) => lifted(images[i % images.length]));
    }
  });

  test(`ranges of 0 leave images of ${channels} channels as they are`, async () => {
    const images = pictures(3, channels);
    const drawn = drawViews(STILL, random(1, 'still'), 3, channels);
    each(await viewsOf(images, channels, 1, drawn), (i) => lifted(images[i]));
  });
}

for (const name of VIEW_PRESET_NAMES) {
  const preset = VIEW_PRESETS[name];

  test(`${name}: views are pixels from 0 to 1, two of an image differ, and the seed decides`, async () => {
    const channels = preset.saturation > 0 ? 3 : 1;
    const images = pictures(4, channels);
    const draw = (seed: number) => drawViews(preset, random(seed, 'views'), 8, channels);
    const views = await viewsOf(images, channels, 2, draw(1));
    assert.ok(views.every((v) => v >= 0 && v <= 1));
    const half = views.length / 2;
    for (let i = 0; i < 4; i++) {
      const one = channels * SIDE * SIDE;
      const [a, b] = [views.subarray(i * one), views.subarray(half + i * one)];
      const apart = Array.from({ length: one }, (_, p) => Math.abs(a[p] - b[p]));
      assert.ok(apart.reduce((s, v) => s + v) / one > 0.02, `views of image ${i} are alike`);
    }
    assert.deepEqual(draw(1), draw(1));
    assert.notDeepEqual(draw(1)['views.theta'], draw(2)['views.theta']);
  });

  test(`${name}: what is drawn fills its ranges and stays within them`, () => {
    const n = 4000;
    const drawn = drawViews(preset, random(3, name), n, 1);
    const theta = (i: number) => drawn['views.theta'].subarray(6 * i, 6 * i + 6);
    const rows = [...Array(n).keys()];
    const within = (
      what: string,
      values: number[],
      [low, high]: readonly [number, number],
      { filled = true } = {},
    ) => {
      const [least, most] = [Math.min(...values), Math.max(...values)];
      const slack = 1e-5 + 0.02 * (high - low);
      assert.ok(least > low - 1e-5 && most < high + 1e-5, `${what} from ${least} to ${most}`);
      assert.ok(!filled || (least < low + slack && most > high - slack), `${what}: not filled`);
    };
    const share = (what: string, hits: number, p: number) =>
      assert.ok(Math.abs(hits / n - p) < 0.035, `${what}: ${hits} of ${n}`);

    const width = rows.map((i) => Math.hypot(theta(i)[0], theta(i)[1]));
    const height = rows.map((i) => Math.hypot(theta(i)[3], theta(i)[4]));
    const area = rows.map((i) => width[i] * height[i]);
    within('area', area, preset.area, { filled: false });
    assert.ok(Math.min(...area) < preset.area[0] + 0.02 && Math.max(...area) > 0.97);
    within(
      'aspect',
      rows.map((i) => width[i] / height[i]),
      [1 / preset.aspect, preset.aspect],
    );
    within(
      'place of the crop',
      rows.flatMap((i) => [Math.abs(theta(i)[2]) + width[i], Math.abs(theta(i)[5]) + height[i]]),
      [0, 1],
      { filled: false },
    );
    // A mirror image has a negative determinant; rotation is told from what is left.
    const mirrored = rows.filter((i) => {
      const [a, b, , c, d] = theta(i);
      return a * d - b * c < 0;
    });
    const { horizontalFlip: h, verticalFlip: v } = preset;
    share('mirrored', mirrored.length, h * (1 - v) + v * (1 - h));
    if (v === 0) {
      const turned = rows.map((i) => {
        const [, , , , d] = theta(i);
        return (Math.acos(Math.min(1, d / height[i])) * 180) / Math.PI;
      });
      within('rotation', turned, [0, preset.rotation]);
    }

    const contrast = [...drawn['views.colour']];
    within('contrast', contrast, [1 - preset.contrast, 1 + preset.contrast]);
    const brightness = contrast.map((c, i) => drawn['views.offset'][i] - 0.5 * (1 - c));
    within('brightness', brightness, [-preset.brightness, preset.brightness]);
    within('gamma', [...drawn['views.gamma']].map(Math.log), [-preset.gamma, preset.gamma]);
    within('blur', [...drawn['views.blur']], preset.blur);
    within('noise', [...drawn['views.noise']], [0, preset.noise]);
    within('noise field', [...drawn['views.field']], [0, NOISE_FIELDS - 1]);

    const boxes = rows.map((i) => drawn['views.box'].subarray(4 * i, 4 * i + 4));
    const erased = boxes.filter(([left, right]) => left < right);
    share('erased', erased.length, preset.erase);
    // Edges run from -1 to 1: the whole image is 2 x 2.
    within(
      'erased area',
      erased.map(([l, r, t, b]) => ((r - l) * (b - t)) / 4),
      [0.02, preset.eraseArea],
    );
  });
}

test('a box is never larger than the preset allows', () => {
  fc.assert(
    fc.property(fc.double({ min: 0, max: 0.5, noNaN: true }), fc.integer(), (eraseArea, seed) => {
      const preset = { ...STILL, erase: 1, eraseArea };
      const [l, r, t, b] = drawViews(preset, random(seed, 'box'), 1, 1)['views.box'];
      assert.ok(((r - l) * (b - t)) / 4 <= eraseArea + 1e-6);
    }),
  );
});

test('any strength up to 2 keeps a real part of the image, and more strength keeps less', () => {
  for (const name of VIEW_PRESET_NAMES) {
    const areas = [0, 0.5, 1, 1.5, 2].map((strength) => {
      const theta = drawViews(VIEW_PRESETS[name], random(4, name), 500, 3, strength)['views.theta'];
      return Array.from({ length: 500 }, (_, i) => {
        const [a, b, , c, d] = theta.subarray(6 * i, 6 * i + 6);
        return Math.abs(a * d - b * c);
      });
    });
    const least = areas.map((list) => Math.min(...list));
    assert.ok(least[4] > 0.1, `${name}: a crop of ${least[4]} of the image`);
    assert.ok(
      least.every((area, i) => i === 0 || area < least[i - 1]),
      `${name}: ${least}`,
    );
  }
});

test('flips mirror rows or columns', async () => {
  const images = pictures(2, 1);
  const across = await extreme(images, 1, { horizontalFlip: 1 });
  each(across, (_, y, x, plane) => lifted(images[plane + y * SIDE + SIDE - 1 - x]));
  const down = await extreme(images, 1, { verticalFlip: 1 });
  each(down, (_, y, x, plane) => lifted(images[plane + (SIDE - 1 - y) * SIDE + x]));
});

test('half a turn and a quarter turn move every pixel to its place', async () => {
  const images = pictures(2, 3);
  const half = await extreme(images, 3, { rotation: 180 });
  each(half, (_, y, x, plane) => lifted(images[plane + (SIDE - 1 - y) * SIDE + SIDE - 1 - x]));
  const quarter = await extreme(images, 3, { rotation: 90 });
  // The pixel right of the centre comes from below it: x' = -y, y' = x.
  each(quarter, (_, y, x, plane) => lifted(images[plane + x * SIDE + SIDE - 1 - y]));
});

test('a crop enlarges: a quarter of the area shows its own pixels twice as large', async () => {
  // A ramp from left to right: the crop at the right end shows the right half of it.
  const ramp = Float32Array.from({ length: SIDE * SIDE }, (_, i) => ((i % SIDE) + 0.5) / SIDE);
  const view = await extreme(ramp, 1, { area: [0.25, 0.25] });
  each(view, (_, y, x) => {
    const place = 0.5 + (x + 0.5) / SIDE / 2;
    const inside = x < SIDE - 1 && y < SIDE - 1; // the outermost pixels mix with what lies outside
    return inside ? place : view[y * SIDE + x];
  });
});

test('brightness, contrast and gamma', async () => {
  const images = pictures(1, 1);
  const brighter = await extreme(images, 1, { brightness: 0.25 });
  each(brighter, (i) => lifted(images[i] + 0.25));
  const harder = await extreme(images, 1, { contrast: 0.5 });
  each(harder, (i) => lifted(0.5 + 1.5 * (images[i] - 0.5)));
  const darker = await extreme(images, 1, { gamma: Math.log(2) });
  each(darker, (i) => lifted(images[i]) ** 2);
});

test('tint scales colours, saturation spreads them about their grey', async () => {
  const images = pictures(1, 3);
  const n = SIDE * SIDE;
  const grey = (i: number) =>
    0.299 * images[i % n] + 0.587 * images[n + (i % n)] + 0.114 * images[2 * n + (i % n)];
  const tinted = await extreme(images, 3, { tint: 0.2 });
  each(tinted, (i) => lifted(1.2 * images[i]));
  const spread = await extreme(images, 3, { saturation: 0.5 });
  each(spread, (i) => lifted(grey(i) + 1.5 * (images[i] - grey(i))));
});

test('blur spreads a point as a Gaussian and keeps its light', async () => {
  const point = new Float32Array(SIDE * SIDE).fill(0.2);
  const middle = 16 * SIDE + 16;
  point[middle] = 1;
  const view = await extreme(point, 1, { blur: [1, 1] });
  const weight = (d: number) => Math.exp(-(d * d) / 2);
  const total = [-2, -1, 0, 1, 2].reduce((s, d) => s + weight(d), 0);
  each(view, (_, y, x) => {
    const [dy, dx] = [Math.abs(y - 16), Math.abs(x - 16)];
    return 0.2 + (dy > 2 || dx > 2 ? 0 : (0.8 * weight(dy) * weight(dx)) / total ** 2);
  });
});

test('blur and sharpening leave an even image even, up to its edges', async () => {
  const even = new Float32Array(SIDE * SIDE).fill(0.6);
  for (const blur of [0.8, -0.4]) {
    each(await extreme(even, 1, { blur: [blur, blur] }), () => 0.6);
  }
});

test('noise has the deviation asked for, and another field in another view', async () => {
  const grey = new Float32Array(2 * SIDE * SIDE).fill(0.5);
  const drawn = drawViews(STILL, random(1, 'noise'), 2, 1);
  drawn['views.noise'].fill(0.05);
  drawn['views.field'].set([3, 11]);
  const views = await viewsOf(grey, 1, 1, drawn);
  const n = SIDE * SIDE;
  const [a, b] = [views.subarray(0, n), views.subarray(n)].map((v) => [...v].map((x) => x - 0.5));
  const mean = (v: number[]) => v.reduce((s, x) => s + x, 0) / v.length;
  for (const v of [a, b]) {
    assert.ok(Math.abs(mean(v)) < 4 * (0.05 / SIDE), `mean ${mean(v)}`);
    const deviation = Math.sqrt(mean(v.map((x) => x * x)));
    assert.ok(Math.abs(deviation - 0.05) < 0.004, `deviation ${deviation}`);
  }
  const together = mean(a.map((x, i) => x * b[i])) / 0.05 ** 2;
  assert.ok(Math.abs(together) < 0.15, `correlation of the two fields ${together}`);
});

test('erased boxes are mid-grey, cover their share, and nothing else changes', async () => {
  const count = 40;
  const images = new Float32Array(count * SIDE * SIDE).fill(0.9);
  const preset = { ...STILL, erase: 1, eraseArea: 0.3 };
  const drawn = drawViews(preset, random(2, 'boxes'), count, 1);
  const views = await viewsOf(images, 1, 1, drawn);
  const cells = (low: number, high: number) => ((Math.min(1, high) - Math.max(-1, low)) / 2) * SIDE;
  for (let i = 0; i < count; i++) {
    const view = [...views.subarray(i * SIDE * SIDE, (i + 1) * SIDE * SIDE)];
    const grey = view.filter((v) => Math.abs(v - 0.5) < 1e-6).length;
    assert.equal(grey + view.filter((v) => Math.abs(v - 0.9) < 1e-5).length, SIDE * SIDE);
    const [l, r, t, b] = drawn['views.box'].subarray(4 * i, 4 * i + 4);
    const [width, height] = [cells(l, r), cells(t, b)];
    const rounding = width + height + 1; // a pixel more or less along each side
    assert.ok(Math.abs(grey - width * height) <= rounding, `${grey} of ${width} x ${height}`);
  }
});

test('bytes become numbers from 0 to 1, then standard ones by channel', async () => {
  const images = input('images', [1, 3, 1, 2], 'uint8');
  const pixels = { mean: [0.5, 0.2, 0], deviation: [0.5, 0.1, 2] };
  const unit = toUnit(images);
  const result = await runGraph(
    engine,
    { unit, standard: standardize(unit, pixels) },
    { images: Uint8Array.of(0, 255, 51, 102, 255, 0) },
  );
  const near = (actual: Float32Array, expected: number[]) =>
    expected.forEach((e, i) => {
      assert.ok(Math.abs(actual[i] - e) < 1e-6, `${i}: ${actual[i]}, expected ${e}`);
    });
  near(result.unit as Float32Array, [0, 1, 0.2, 0.4, 1, 0]);
  near(result.standard as Float32Array, [-1, 1, 0, 2, 0.5, 0]);
});

test('each view is of its own image, with a strength of its own', async () => {
  const images = pictures(3, 1);
  const views = viewGraph(constant(images, [3, 1, SIDE, SIDE]));
  assert.equal(size(views.shape), images.length);
  const drawn = drawViews({ ...STILL, brightness: 0.5 }, UPPER, 3, 1, [0, 1, 0.2]);
  const result = await runGraph(engine, { views }, { ...drawn });
  each(result.views as Float32Array, (i) =>
    lifted(images[i] + [0, 0.5, 0.1][Math.floor(i / (SIDE * SIDE))]),
  );
});
