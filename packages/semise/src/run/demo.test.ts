import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { parse } from 'csv-parse/sync';
import { scratchFolder } from '../testing/scratch.js';
import { readRunConfig, runDemo } from './index.js';

const folder = scratchFolder();
const tiny = {
  seed: 2,
  full: false,
  cohort: { subjects: 30, size: 32, graded: 10, comparisons: 12 },
  train: { steps: 3, batch: 8, imageSize: 16 },
};

test('the demo draws a cohort, trains two methods on it alike, and compares them', async () => {
  const out = join(folder, 'demo');
  const told: string[] = [];
  const results = await runDemo(
    { ...tiny, out },
    {
      onRun: (name, index, count) => told.push(`${name} ${index + 1}/${count}`),
      onResult: (name) => told.push(`${name} done`),
    },
  );
  assert.deepEqual(told, ['semise 1/2', 'semise done', 'supervised 2/2', 'supervised done']);
  assert.deepEqual([...results!.keys()], ['semise', 'supervised']);
  assert.deepEqual((await readdir(out)).sort(), ['cohort', 'report.html', 'semise', 'supervised']);

  const rows: Record<string, string>[] = parse(await readFile(join(out, 'cohort', 'labels.csv')), {
    columns: true,
  });
  const graded = rows.filter(({ split, grade }) => split === 'train' && grade !== '');
  assert.equal(graded.length, 10);
  const [ours, rival] = await Promise.all(
    ['semise', 'supervised'].map((name) => readRunConfig(join(out, name))),
  );
  assert.ok(ours.data.comparisons && !rival.data.comparisons);
  // The rival differs in what it optimises, and in nothing else.
  assert.deepEqual({ ...ours.training, method: '' }, { ...rival.training, method: '' });
  const splits = await Promise.all(
    ['semise', 'supervised'].map((name) => readFile(join(out, name, 'split.csv'), 'utf8')),
  );
  assert.equal(splits[0], splits[1]);
  const html = await readFile(join(out, 'report.html'), 'utf8');
  assert.match(html, />semise</);
  assert.match(html, />supervised</);
});

test('a demo stopped while it draws leaves nothing', async () => {
  const out = join(folder, 'stopped');
  const stop = new AbortController();
  const drawn = runDemo({ ...tiny, out }, { signal: stop.signal, onCohort: () => stop.abort() });
  await assert.rejects(drawn, { name: 'AbortError' });
  assert.ok(!(await readdir(folder)).includes('stopped'));
});
