// The results file survives kills, and rows know what they were made with.

import assert from 'node:assert/strict';
import { appendFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { InputError } from '../errors.js';
import { madeRow } from '../testing/benchmark-rows.js';
import { scratchFolder } from '../testing/scratch.js';
import { appendRow, isCurrent, readRows } from './rows.js';

const folder = scratchFolder();

test('rows come back; a line that a kill cut short is left out, and the next is whole', async () => {
  const file = join(folder, 'rows.jsonl');
  assert.deepEqual(await readRows(file), []);
  const [one, two] = [madeRow({ seed: 1 }), madeRow({ seed: 2 })];
  await appendRow(file, one);
  await appendFile(file, '{"dataset":"bu');
  assert.deepEqual(await readRows(file), [one]);
  await appendRow(file, two);
  await appendFile(file, JSON.stringify(one)); // whole, but for its end
  await appendRow(file, two);
  assert.deepEqual(await readRows(file), [one, two, one, two]);
});

test('a line that is no row is named', async () => {
  const file = join(folder, 'bad.jsonl');
  const lines = [madeRow({}), { ...madeRow({}), seed: 'x' }].map((row) => JSON.stringify(row));
  await writeFile(file, lines.join('\n'));
  await assert.rejects(
    readRows(file),
    (e: Error) => e instanceof InputError && /bad\.jsonl:2: seed: /.test(e.message),
  );
});

test('a row is current as long as all that it records would be the same now', () => {
  const now = {
    semise: '2',
    data: { labels: 'abc' },
    training: { steps: 9, settings: { tau: 0.5, mixup: false } },
    threads: 2,
  };
  const row = (config: Record<string, unknown>) => isCurrent({ config }, now);
  assert.ok(row(now));
  assert.ok(row({ ...now, semise: '1', threads: 1 }), 'where it ran does not count');
  assert.ok(
    row({ ...now, training: { steps: 9, settings: { tau: 0.5 } } }),
    'a setting that is new',
  );
  assert.ok(
    !row({ ...now, training: { steps: 9, settings: { tau: 0.4, mixup: false } } }),
    'another default',
  );
  assert.ok(!row({ ...now, training: { ...now.training, gone: 1 } }), 'a setting that is no more');
  assert.ok(!row({ ...now, data: { labels: 'abd' } }), 'other images');
});
