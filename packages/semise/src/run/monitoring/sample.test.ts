import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ImageRecord } from '../../data/index.js';
import { sampled } from './sample.js';

const records = (subjects: number, images: number) =>
  Array.from({ length: subjects * images }, (_, i) => {
    const subject = `s${Math.floor(i / images)}`;
    return { image: `${i}`, subject } as ImageRecord;
  });

test('few are all taken, in their order; many are drawn by subject, the same each time', () => {
  const few = records(100, 3);
  assert.deepEqual(sampled(few, 1), few);
  const most = (of: ImageRecord[], seed = 1) => {
    const taken = sampled(of, seed);
    const counts = new Map<string, number>();
    for (const { subject } of taken) counts.set(subject, (counts.get(subject) ?? 0) + 1);
    return { taken, counts };
  };
  const volume = most(records(2, 400));
  assert.deepEqual([...volume.counts.values()], [10, 10]);
  assert.deepEqual(
    volume.taken.slice(0, 3).map(({ image }) => image),
    ['0', '40', '80'],
  );
  assert.equal(most(records(1500, 1)).counts.size, 1000);
  const many = records(900, 4);
  assert.ok([...most(many).counts.values()].every((count) => count === 4));
  assert.equal(most(many).taken.length, 3000);
  assert.deepEqual(sampled(many, 1), sampled(many, 1));
  assert.notDeepEqual(sampled(many, 1), sampled(many, 2));
});
