import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type BatchPlan, batchSize } from '../methods/index.js';
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
      .concat(data.held)
      .find((index) => Buffer.compare(data.read(index), image) === 0)!;
  });
}

const plan: BatchPlan = { graded: 7, comparisons: 3, any: 5, views: 2 };

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
        images.every((index) => !data.held.includes(index)),
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
  const many: BatchPlan = { graded: 0, comparisons: 0, any: 2 * data.any.length, views: 1 };
  const images = imagesOf(drawBatch(config, data, many, 0));
  assert.equal(images.length, 2 * data.any.length);
  assert.ok(images.every((index) => data.any.includes(index)));
});
