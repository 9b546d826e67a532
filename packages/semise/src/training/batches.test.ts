import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type BatchPlan, batchSize, rowsOf } from '../methods/index.js';
import { tinyConfig, tinyData } from '../testing/training.js';
import { drawBatch } from './batches.js';

const config = tinyConfig({ channels: 1 });
const data = tinyData();
const gradeOf = new Map(data.graded.map((g) => [g.index, g]));

/** Every pixel of a tiny image is told by its index: which images a batch holds, in order. */
function imagesOf(feeds: ReturnType<typeof drawBatch>): number[] {
  const side = config.imageSize ** 2;
  const pixels = feeds.images as Uint8Array;
  return Array.from({ length: pixels.length / side }, (_, i) => {
    const image = pixels.subarray(i * side, (i + 1) * side);
    return data.any
      .concat(data.elsewhere)
      .find((index) => Buffer.compare(data.read(index) as Uint8Array, image) === 0)!;
  });
}

const twice = [1, 1];
const plan: BatchPlan = {
  graded: { images: 7, views: twice },
  comparisons: { images: 3, views: twice },
  any: { images: 5, views: twice },
};

test('a batch is graded, more severe, less severe, any, in this order', () => {
  fc.assert(
    fc.property(fc.nat(1000), (step) => {
      const feeds = drawBatch(config, data, plan, step);
      const images = imagesOf(feeds);
      assert.equal(images.length, batchSize(plan));
      const [graded, more, less, any] = [
        images.slice(0, 7),
        images.slice(7, 10),
        images.slice(10, 13),
        images.slice(13),
      ];
      assert.deepEqual(
        [...(feeds['batch.grade'] as Int32Array)],
        graded.map((index) => gradeOf.get(index)?.grade),
      );
      assert.deepEqual(
        [...(feeds['batch.subject'] as Int32Array)],
        graded.map((index) => gradeOf.get(index)?.subject),
      );
      for (const [i, index] of more.entries()) {
        const answer = data.comparisons.find((c) => c.more === index && c.less === less[i]);
        assert.ok(answer, `no comparison of ${index} with ${less[i]}`);
        assert.equal(feeds['batch.target'][i], answer.tie ? 0.5 : 1);
        assert.equal(feeds['batch.comparisonWeight'][i], Math.fround(answer.weight));
      }
      assert.equal(new Set(any).size, 5, 'any: no image twice');
      assert.ok(
        images.every((index) => !data.elsewhere.includes(index)),
        'training images only',
      );
    }),
    { numRuns: 30 },
  );
});

test('grades are balanced in every batch, whatever their shares', () => {
  const totals = [0, 0, 0];
  for (let step = 0; step < 20; step++) {
    const grades = [...(drawBatch(config, data, plan, step)['batch.grade'] as Int32Array)];
    const counts = [0, 1, 2].map((grade) => grades.filter((g) => g === grade).length);
    assert.ok(Math.max(...counts) - Math.min(...counts) <= 1, `${counts}`);
    for (const grade of [0, 1, 2]) totals[grade] += counts[grade];
  }
  // The one too many is not always of the same grade.
  assert.ok(Math.max(...totals) < 60, `${totals}`);
});

test('over many steps every graded image and every comparison is seen', () => {
  const seen = new Set<number>();
  const compared = new Set<string>();
  for (let step = 0; step < 60; step++) {
    const images = imagesOf(drawBatch(config, data, plan, step));
    for (const index of images.slice(0, 7)) seen.add(index);
    for (const i of [7, 8, 9]) compared.add(`${images[i]}>${images[i + 3]}`);
  }
  assert.equal(seen.size, data.graded.length);
  assert.equal(compared.size, data.comparisons.length);
});

test('the same seed and step draw the same batch, other steps, parts and seeds another', () => {
  const first = drawBatch(config, data, plan, 4, 0);
  assert.deepEqual(drawBatch(config, data, plan, 4, 0), first);
  assert.notDeepEqual(drawBatch(config, data, plan, 5, 0), first);
  assert.notDeepEqual(drawBatch(config, data, plan, 4, 1), first);
  assert.notDeepEqual(drawBatch({ ...config, seed: 8 }, data, plan, 4, 0), first);
});

test('each view has a view of a healthy image as its reference', () => {
  for (let step = 0; step < 20; step++) {
    const feeds = drawBatch(config, data, plan, step);
    const rows = [...(feeds['batch.healthyRow'] as BigInt64Array)].map(Number);
    assert.equal(rows.length, 2 * batchSize(plan));
    for (const row of rows) assert.equal(feeds['batch.grade'][row % batchSize(plan)], 0);
    assert.ok(
      rows.some((row) => row >= batchSize(plan)),
      'second views serve as well',
    );
  }
});

test('a batch without healthy images refers each view to itself', () => {
  const ill = { ...data, graded: data.graded.filter((g) => g.grade > 0) };
  const { 'batch.healthyRow': rows } = drawBatch(config, ill, plan, 0);
  assert.deepEqual(
    [...(rows as BigInt64Array)].map(Number),
    Array.from({ length: 2 * batchSize(plan) }, (_, i) => i),
  );
});

test('more images asked for than there are: repeated, not missing', () => {
  const many: BatchPlan = { any: { images: 2 * data.any.length, views: [1] } };
  const images = imagesOf(drawBatch(config, data, many, 0));
  assert.equal(images.length, 2 * data.any.length);
  assert.ok(images.every((index) => data.any.includes(index)));
});

test('siblings are other images of the same subject, where there are any', () => {
  const withSiblings: BatchPlan = {
    any: { images: 12, views: [1] },
    siblings: { views: [1] },
  };
  for (let step = 0; step < 10; step++) {
    const images = imagesOf(drawBatch(config, data, withSiblings, step));
    assert.equal(images.length, 24);
    images.slice(0, 12).forEach((index, i) => {
      const sibling = images[12 + i];
      assert.equal(data.subject(sibling), data.subject(index));
      const alone = data.any.filter((o) => data.subject(o) === data.subject(index)).length === 1;
      assert.equal(sibling === index, alone);
    });
  }
});

test('the strength of each view reaches what is drawn for it', () => {
  const mixed: BatchPlan = {
    graded: { images: 3, views: [1, 0] },
    any: { images: 2, views: [0.5], teacher: [0] },
  };
  const feeds = drawBatch(config, data, mixed, 1);
  const noise = [...(feeds['views.noise'] as Float32Array)];
  assert.equal(noise.length, rowsOf(mixed, 'student') + rowsOf(mixed, 'teacher'));
  // Graded first views, any, graded second views, then the teacher's.
  assert.deepEqual(
    noise.map((v) => v > 0),
    [true, true, true, true, true, false, false, false, false, false],
  );
});

test('natural sampling draws grades as often as they occur', () => {
  const natural = { ...config, settings: { ...config.settings, sampling: 'natural' as const } };
  const counts = [0, 0, 0];
  for (let step = 0; step < 60; step++) {
    for (const grade of drawBatch(natural, data, plan, step)['batch.grade'])
      counts[Number(grade)]++;
  }
  const total = counts.reduce((sum, n) => sum + n);
  [10, 5, 3].forEach((share, grade) => {
    assert.ok(Math.abs(counts[grade] / total - share / 18) < 0.08, `${counts}`);
  });
});

test('mixing: partners are a permutation, a row stays mostly itself, its stream is its own', () => {
  const mixes: BatchPlan = { ...plan, mixesGraded: true };
  const feeds = drawBatch(config, data, mixes, 3);
  const partners = [...(feeds['mixing.partner'] as BigInt64Array)].map(Number);
  assert.deepEqual(
    [...partners].sort((a, b) => a - b),
    [...Array(14).keys()],
  );
  const shares = [...(feeds['mixing.share'] as Float32Array)];
  assert.equal(shares.length, 14);
  assert.ok(shares.every((share) => share >= 0.5 && share <= 1));
  assert.deepEqual(feeds.images, drawBatch(config, data, plan, 3).images);
  assert.equal(drawBatch(config, data, { ...plan, mixed: 40 }, 3)['mixing.share'].length, 40);
});

test('Beta(a, a) has the mean and variance that it should', () => {
  for (const mixing of [0.2, 0.75, 1]) {
    const settings = { ...config.settings, mixing };
    const shares = [
      ...drawBatch({ ...config, settings }, data, { mixed: 4000 }, 0)['mixing.share'],
    ];
    // Folded at a half the second moment about it stays: 1 / (4 (2a + 1)).
    const spread = shares.reduce((sum: number, s) => sum + (Number(s) - 0.5) ** 2, 0) / 4000;
    assert.ok(Math.abs(spread * 4 * (2 * mixing + 1) - 1) < 0.05, `${mixing}: ${spread}`);
  }
});
