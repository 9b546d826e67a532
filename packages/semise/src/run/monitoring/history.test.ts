// A kill at any byte of a write loses the line under way and no other.

import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import type { HistoryEntry } from '../../evaluation/monitoring/entry.js';
import { scratchFolder } from '../../testing/scratch.js';
import { appendHistory, readHistory } from './history.js';

const folder = scratchFolder();
const entry = (name: string): HistoryEntry => ({
  name,
  date: '2026-11-27T00:00:00.000Z',
  content: name,
  verdict: 'quiet',
  reasons: [],
  drift: null,
  trend: null,
  performance: null,
  missing: [],
  seen: ['00'],
});

test('cut short anywhere, the lines before stay, and the next is whole', async () => {
  const file = join(folder, 'history.jsonl');
  assert.deepEqual(await readHistory(file), []);
  for (const name of ['a', 'b', 'ä 週']) await appendHistory(file, entry(name));
  const whole = await readFile(file);
  const names = async () => (await readHistory(file)).map(({ name }) => name);
  assert.deepEqual(await names(), ['a', 'b', 'ä 週']);
  const second = whole.indexOf('\n', whole.indexOf('\n') + 1) + 1;
  for (let end = second; end < whole.length; end += 7) {
    await writeFile(file, whole.subarray(0, end));
    assert.deepEqual(await names(), ['a', 'b'], `${end}`);
    await appendHistory(file, entry('next'));
    assert.deepEqual(await names(), ['a', 'b', 'next'], `${end}`);
  }
  // All but the end of the line had been written: it counts, and the next still stands by itself.
  await writeFile(file, whole.subarray(0, whole.length - 1));
  await appendHistory(file, entry('next'));
  assert.deepEqual(await names(), ['a', 'b', 'ä 週', 'next']);
});

test('lines that are something else are passed over', async () => {
  const file = join(folder, 'other.jsonl');
  await writeFile(file, 'null\n[]\n{"content":"x"}\n3\n');
  assert.deepEqual(await readHistory(file), []);
});
