// A lock is one process's, until that process gives it back or is no more.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { scratchFolder } from '../testing/scratch.js';
import { lock, tryLock } from './lock.js';

const folder = scratchFolder();

test('one at a time; given back, the next has it; nothing else is left in the folder', async () => {
  const file = join(folder, 'a.lock');
  const all = await Promise.all(Array.from({ length: 8 }, () => tryLock(file)));
  const [release, ...others] = all.filter((one) => one !== null);
  assert.equal(others.length, 0);
  assert.deepEqual(await readdir(folder), ['a.lock']);
  const waiting = lock(file);
  await release();
  await (await waiting)();
  assert.deepEqual(await readdir(folder), []);
});

test('the lock of a process that is gone is free, for one of those who ask', async () => {
  const file = join(folder, 'b.lock');
  const { pid } = spawnSync(process.execPath, ['--eval', '']);
  for (let round = 0; round < 50; round++) {
    await writeFile(file, `${pid}\n`);
    const all = await Promise.all(Array.from({ length: 8 }, () => tryLock(file)));
    assert.equal(all.filter((one) => one !== null).length, 1, `round ${round}`);
  }
  assert.deepEqual(await readdir(folder), ['b.lock']);
  await writeFile(file, `${process.ppid}\n`);
  assert.equal(await tryLock(file), null, 'of a process that lives');
});
