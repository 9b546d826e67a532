import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Split } from '../manifest.js';
import { acrossSplits, withoutLeakage } from './leakage.js';

const placed = (...rows: [subject: string, split: Split | null][]) =>
  rows.map(([subject, split]) => ({ subject, split }));

test('groups in more than one split are found', () => {
  const images = placed(['a', 'train'], ['b', 'train'], ['c', 'test'], ['d', null]);
  assert.deepEqual(
    acrossSplits(images, [
      [0, 1],
      [0, 3],
      [1, 2],
      [2, 3],
    ]),
    [[1, 2]],
  );
});

test('subjects that share a picture come into training together, with all their images', () => {
  const images = placed(
    ['a', 'test'],
    ['a', 'test'],
    ['b', 'train'],
    ['c', 'validation'],
    ['d', 'test'],
    ['e', 'test'],
    ['f', null],
  );
  // a-b share a picture, d-c too; e has a double of its own.
  const splits = withoutLeakage(images, [
    [1, 2],
    [3, 4],
    [5, 5],
  ]);
  assert.deepEqual(splits, ['train', 'train', 'train', 'validation', 'validation', 'test', null]);
});

test('chains hold, and a subject in two splits is mended without any double', () => {
  const chain = placed(['a', 'test'], ['b', 'test'], ['c', 'train']);
  assert.deepEqual(
    withoutLeakage(chain, [
      [0, 1],
      [1, 2],
    ]),
    ['train', 'train', 'train'],
  );
  assert.deepEqual(withoutLeakage(placed(['a', 'test'], ['a', 'train']), []), ['train', 'train']);
});
