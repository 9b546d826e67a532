import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import sharp from 'sharp';
import type { Prediction } from '../evaluation/prediction.js';
import { exampleImages } from './examples.js';

let folder: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'semise-examples-'));
  const create = { width: 300, height: 150, channels: 3 as const, background: '#c04020' };
  await sharp({ create }).png().toFile(join(folder, 'colour.png'));
  // A dark 16-bit ramp: cut to its upper byte it would be black.
  const ramp = Uint16Array.from({ length: 64 * 64 }, (_, i) => i % 64);
  await sharp(ramp, { raw: { width: 64, height: 64, channels: 1 } })
    .toColourspace('grey16')
    .png()
    .toFile(join(folder, 'deep.png'));
  await writeFile(join(folder, 'broken.png'), 'not an image');
});
after(() => rm(folder, { recursive: true }));

const prediction = (score: number, more: Partial<Prediction> = {}): Prediction => ({
  image: 'colour.png',
  subject: 's',
  split: 'test',
  grade: 1,
  predicted: 1,
  score,
  probabilities: [],
  ...more,
});
const path = (image: string) => join(folder, image);

test('examples are spread evenly over the scores of the test split, from mild to severe', async () => {
  const predictions = [
    ...Array.from({ length: 101 }, (_, i) => prediction((i * 37) % 101)),
    prediction(-5, { split: 'train' }),
  ];
  const scores = (await exampleImages(predictions, { path, count: 5 })).map(({ score }) => score);
  assert.deepEqual(scores, [0, 25, 50, 75, 100]);
  const few = await exampleImages([prediction(2), prediction(1)], { path, count: 5 });
  assert.deepEqual(
    few.map(({ score }) => score),
    [1, 2],
  );
  assert.deepEqual(await exampleImages([], { path }), []);
});

test('a thumbnail is a small image of the same look; one that cannot be read is empty', async () => {
  const [colour, deep, broken, missing] = await exampleImages(
    ['colour.png', 'deep.png', 'broken.png', 'missing.png'].map((image, i) =>
      prediction(i, { image }),
    ),
    { path, size: 60 },
  );
  const decode = (uri: string) => {
    assert.match(uri, /^data:image\/jpeg;base64,/);
    return sharp(Buffer.from(uri.slice(uri.indexOf(',') + 1), 'base64'));
  };
  const { width, height } = await decode(colour.thumbnail).metadata();
  assert.deepEqual([width, height], [60, 30]);
  const { dominant } = await decode(colour.thumbnail).stats();
  assert.ok(dominant.r > 150 && dominant.g < 110 && dominant.b < 80, JSON.stringify(dominant));
  const [channel] = (await decode(deep.thumbnail).stats()).channels;
  assert.ok(channel.max - channel.min > 200, `${channel.min}..${channel.max}`);
  assert.equal(broken.thumbnail, '');
  assert.equal(missing.thumbnail, '');
});
