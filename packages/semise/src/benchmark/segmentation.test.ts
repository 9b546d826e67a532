// The benchmark of segmentation: rows of a small grid, none made twice, and their summary.

import assert from 'node:assert/strict';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { semise } from '../testing/command.js';
import { scratchFolder } from '../testing/scratch.js';
import {
  readSegmentationRows,
  runSegmentationBenchmark,
  type SegmentationRow,
  summarizeSegmentation,
} from './segmentation.js';

const folder = scratchFolder();
const GRID = `
pretraining: { encoder: small, imageSize: 32, steps: 4, batch: 16 }
training: { imageSize: 32, steps: 3, batch: 4 }
seeds: [1]
datasets:
  drawn:
    phantom: { seed: 1, subjects: 40, size: 48, difficulty: 0, modality: fundus }
    views: fundus
    split: { train: 0.5, validation: 0.1, test: 0.4 }
methods:
  scratch: { start: null }
  supcon-consistency: { start: supcon, settings: { consistency: 1 } }
  supcon-warm: { start: supcon, startSettings: { temperature: 0.5 } }
budgets: [3, all]
`;

test('each run of the grid is a row, starts are trained once for all that share them, and what is done is not done again', async () => {
  const grid = join(folder, 'grid.yaml');
  await writeFile(grid, GRID);
  const out = join(folder, 'rows.jsonl');
  const runs = join(folder, 'runs');
  const options = { grid, out, runs, datasets: folder, threads: 1 };
  const only = { budget: '3' };
  assert.equal(await runSegmentationBenchmark({ ...options, only }), true);
  const rows = await readSegmentationRows(out);
  assert.deepEqual(
    rows.map(({ dataset, budget, method, seed }) => [dataset, budget, method, seed]),
    [
      ['drawn', 3, 'scratch', 1],
      ['drawn', 3, 'supcon-consistency', 1],
      ['drawn', 3, 'supcon-warm', 1],
    ],
  );
  for (const { metrics, n, images, masks, seconds } of rows) {
    assert.ok(n > 0 && images > n && masks >= 3 && masks < images && seconds > 0);
    assert.ok(metrics!.diceLesion! >= 0 && metrics!.diceLesion! <= 1);
  }
  const starts = (await readdir(join(runs, 'starts'))).filter((name) => !name.endsWith('.lock'));
  assert.equal(starts.length, 2, 'one a method and its settings');
  let again = 0;
  await runSegmentationBenchmark({ ...options, only }, { onCell: () => again++ });
  assert.equal(again, 0);
  assert.equal((await readSegmentationRows(out)).length, 3);
});

test('a run that the images do not allow is a row that says why, and the next start tries it again', async () => {
  const grid = join(folder, 'taught.yaml');
  await writeFile(
    grid,
    GRID.replace('scratch: { start: null }', 'scratch: { start: null, settings: { presence: 1 } }'),
  );
  const out = join(folder, 'taught.jsonl');
  const options = { grid, out, runs: join(folder, 'taught'), datasets: folder, threads: 1 };
  const only = { budget: 'all', method: 'scratch' };
  let tried = 0;
  for (const _ of [1, 2]) {
    assert.equal(
      await runSegmentationBenchmark({ ...options, only }, { onCell: () => tried++ }),
      true,
    );
  }
  assert.equal(tried, 2);
  const rows = (await readFile(out, 'utf8')).trim().split('\n');
  assert.equal(rows.length, 1, 'said once');
  const [{ metrics, error }] = await readSegmentationRows(out);
  assert.equal(metrics, null);
  assert.match(error!, /no training image without a visible mask has a grade/);
  assert.deepEqual(summarizeSegmentation(await readSegmentationRows(out)), []);
});

test('means and deviations over seeds', () => {
  const row = (method: string, seed: number, diceLesion: number | null): SegmentationRow => ({
    ...{
      dataset: 'd',
      budget: 5,
      method,
      seed,
      config: {},
      validation: null,
      n: 1,
      images: 1,
      masks: 1,
      seconds: 1,
    },
    metrics: {
      ...{ dice: 0, iou: 0, diceLesion, hausdorff95: null, surfaceDistance: null },
      ...{ lesionSensitivity: null, falsePositives: null, burdenWithGrade: null },
    },
  });
  const rows = [row('a', 1, 0.2), row('b', 1, 0.5), row('a', 2, 0.4), row('a', 3, null)];
  const [a, b] = summarizeSegmentation(rows);
  assert.ok(Math.abs(a.mean - 0.3) < 1e-12 && Math.abs(a.deviation! - Math.SQRT2 / 10) < 1e-12);
  assert.deepEqual([a.method, a.seeds], ['a', 2]);
  assert.deepEqual([b.method, b.seeds, b.mean, b.deviation], ['b', 1, 0.5, null]);
});

test('a grid with a mistake is refused by name', async () => {
  const grid = join(folder, 'wrong.yaml');
  const refused = async (right: string, wrong: string, message: RegExp) => {
    await writeFile(grid, GRID.replace(right, wrong));
    const args = ['segment', 'benchmark', grid, '--out', join(folder, 'none.jsonl')];
    const { code, stderr } = await semise(args);
    assert.equal(code, 2);
    assert.match(stderr, message);
  };
  await refused('steps: 3', 'steps: many', /wrong\.yaml: training\.steps: /);
  await refused(
    'start: supcon, startSettings',
    'start: null, startSettings',
    /wrong\.yaml: methods\.supcon-warm\.startSettings: settings of a start that there is not/,
  );
});
