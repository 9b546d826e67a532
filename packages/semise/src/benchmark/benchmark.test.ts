// The harness from end to end, on trainings of a few steps.

import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { appendFile, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { evaluate } from '../evaluation/evaluate.js';
import { readPredictions } from '../evaluation/prediction.js';
import { writeTinyCohort } from '../testing/cohort.js';
import { type Ended, semise } from '../testing/command.js';
import { scratchFolder } from '../testing/scratch.js';
import { readRows } from './rows.js';

const folder = scratchFolder();
const at = (...names: string[]) => join(folder, ...names);
const out = at('rows.jsonl');

/** JSON is YAML, too. */
const grid = {
  training: { encoder: 'small', imageSize: 16, steps: 13, batch: 8 },
  seeds: [1],
  tuneSeeds: [101],
  datasets: {
    tiny: { labels: 'tiny/labels.csv', views: 'fundus' },
    gone: { labels: 'gone/labels.csv', views: 'xray' },
    phantom: { phantom: { seed: 1, subjects: 24, grades: 2, size: 32 }, views: 'fundus' },
  },
  pools: { other: { labels: 'other/labels.csv' } },
  pretrained: { long: { method: 'simclr', training: { steps: 7 } } },
  methods: {
    semise: { method: 'semise' },
    supervised: { method: 'supervised' },
    started: { method: 'supervised', pretrained: 'long' },
    wild: { method: 'supervised', training: { optimizer: 'sgd', learningRate: 1e30 } },
  },
  blocks: [
    { name: 'first', datasets: ['tiny', 'gone'], budgets: [2], methods: ['semise', 'supervised'] },
    { name: 'start', datasets: ['tiny'], budgets: [2, 3], methods: ['started'] },
    {
      name: 'phantom',
      datasets: ['phantom'],
      budgets: [3],
      methods: ['semise'],
      comparisons: [10],
      wrong: [0.2],
      gradeNoise: [0.2],
    },
    { name: 'pool', datasets: ['tiny'], budgets: [3], methods: ['supervised'], pools: ['other'] },
    {
      name: 'no health',
      datasets: ['tiny'],
      budgets: [2],
      methods: ['semise'],
      healthy: ['ungraded'],
    },
    { name: 'diverging', datasets: ['tiny'], budgets: [2], methods: ['wild'] },
  ],
};

const benchmark = (...args: string[]): Promise<Ended> =>
  semise(['benchmark', at('grid.json'), '--datasets', folder, '--runs', at('runs'), ...args]);
const lines = async (file: string) =>
  (await readFile(file, 'utf8')).split('\n').filter((line) => line !== '');

before(async () => {
  await writeTinyCohort(at('tiny'));
  await writeTinyCohort(at('other'), { seed: 50 });
  await writeFile(at('grid.json'), JSON.stringify(grid));
});

test('runs what is missing, says what is not there, and keeps failures as results', async () => {
  const ran = await benchmark('--out', out, '--threads', '1');
  assert.equal(ran.code, 1, ran.stderr);
  assert.match(ran.stderr, /gone: .*gone\/labels\.csv is not there; its runs are skipped\n/);
  assert.match(ran.stderr, /\n8 runs, 8 of them to do\n/);
  assert.match(ran.stderr, /\n\[8\/8\] tiny, 2 a class, wild, seed 1 \| about \d+ s left\n/);
  const rows = await readRows(out);
  assert.deepEqual(
    rows.map(({ dataset, method, budget }) => [dataset, method, budget]),
    [
      ['tiny', 'semise', 2],
      ['tiny', 'supervised', 2],
      ['tiny', 'started', 2],
      ['tiny', 'started', 3],
      ['phantom', 'semise', 3],
      ['tiny', 'supervised', 3],
      ['tiny', 'semise', 2],
      ['tiny', 'wild', 2],
    ],
  );
  const errors = rows.map(({ error }) => error);
  assert.deepEqual(errors.slice(0, 6), Array(6).fill(undefined));
  assert.match(errors[6]!, /^data\/labels\.csv: no training image has grade 0; grade some, /);
  assert.match(errors[7]!, /^step \d+: the loss term "grades" \(grades\) became /);
  assert.ok(rows.slice(6).every(({ metrics }) => metrics === null));
  assert.doesNotMatch(await readFile(out, 'utf8'), new RegExp(folder), 'no path of this machine');
  const { config, images, graded } = rows[0];
  assert.deepEqual([config.threads, images, graded], [1, rows[1].images, 6]);
});

test('the scores are those of the kept predictions on the test split, and nothing large stays', async () => {
  const [first] = await readRows(out);
  const name = (await readdir(at('runs'))).find(
    (run) =>
      run.startsWith('tiny-b2-c0-semise-s1-') && existsSync(at('runs', run, 'predictions.csv')),
  )!;
  const predictions = await readPredictions(at('runs', name, 'predictions.csv'));
  assert.ok(predictions.every(({ split, grade }) => split === 'test' && grade !== null));
  const { macroF1, qwk, confusion } = evaluate(predictions, { grades: 3, seed: 9, draws: 0 });
  assert.equal(first.metrics?.macroF1, macroF1.value);
  assert.equal(first.metrics?.qwk, qwk.value);
  assert.deepEqual(first.confusion, confusion);
  assert.deepEqual((await readdir(at('runs', name, 'run'))).sort(), [
    'config.json',
    'metrics.json',
    'metrics.jsonl',
    'predictions.csv',
    'split.csv',
  ]);
  // Training itself was shown no grade to score on.
  const { macroF1: own } = JSON.parse(
    await readFile(at('runs', name, 'run', 'metrics.json'), 'utf8'),
  );
  assert.equal(own, undefined);
});

test('one pretraining serves all that start from it', async () => {
  const [folderOfIt, ...others] = await readdir(at('runs', 'pretrained'));
  assert.equal(others.length, 0);
  const runs = (await readdir(at('runs'))).filter((run) => run.includes('-started-'));
  assert.equal(runs.length, 2);
  for (const run of runs) {
    const { init } = JSON.parse(await readFile(at('runs', run, 'run', 'config.json'), 'utf8'));
    assert.equal(init, at('runs', 'pretrained', folderOfIt, 'encoder.safetensors'));
  }
});

test('what is in the file is not run again, but for failures', async () => {
  const before = await lines(out);
  const again = await benchmark('--out', out, '--only', 'method=semise|supervised|wild');
  assert.equal(again.code, 1);
  assert.match(again.stderr, /\n6 runs, 2 of them to do\n/);
  assert.deepEqual(await lines(out), before, 'the same failure is not written twice');
});

test('another default makes a row of its own', async () => {
  const longer = { ...grid, training: { ...grid.training, steps: 14 } };
  await writeFile(at('longer.json'), JSON.stringify(longer));
  const rows = at('copy.jsonl');
  await writeFile(rows, (await lines(out))[1].concat('\n'));
  const only = ['--only', 'dataset=tiny,method=supervised,budget=2'];
  const place = ['--datasets', folder, '--runs', at('runs'), '--out', rows];
  const { code, stderr } = await semise(['benchmark', at('longer.json'), ...place, ...only]);
  assert.equal(code, 0, stderr);
  assert.match(stderr, /1 runs, 1 of them to do/);
  assert.equal((await lines(rows)).length, 2);
});

/** Rows of two methods where the grid says more of a data set. @param name of a folder of their runs */
async function rowsOnTiny(name: string, changes: Record<string, unknown>) {
  const tiny = { ...grid.datasets.tiny, ...changes };
  const file = at(`${name}.json`);
  await writeFile(file, JSON.stringify({ ...grid, datasets: { ...grid.datasets, tiny } }));
  const rows = at(`${name}.jsonl`);
  const place = ['--datasets', folder, '--runs', at(name), '--out', rows];
  const only = ['--only', 'dataset=tiny,method=semise|supervised,budget=2,healthy=kept'];
  const { code, stderr } = await semise(['benchmark', file, ...place, ...only]);
  assert.equal(code, 0, stderr);
  return readRows(rows);
}

test('a data set may have its own image size and steps, the same for all methods on it', async () => {
  const rows = await rowsOnTiny('own', { imageSize: 32, steps: 5 });
  const trained = rows.map(({ method, config }) => {
    const { imageSize, steps, batch } = config.training as Record<string, unknown>;
    return [method, imageSize, steps, batch];
  });
  assert.deepEqual(trained, [
    ['semise', 32, 5, 8],
    ['supervised', 32, 5, 8],
  ]);
});

test('a data set may tell every method how frequent grades are, among training images of any budget', async () => {
  const even = await readFile(at('tiny', 'labels.csv'), 'utf8');
  const skewed = even.replaceAll(/,s([147]),1$/gm, ',s$1,0');
  await writeFile(at('tiny', 'skewed.csv'), skewed);
  const rows = await rowsOnTiny('told', { labels: 'tiny/skewed.csv', shares: 'told' });
  const name = (await readdir(at('told'))).find((run) => run.startsWith('tiny-'))!;
  const split = await readFile(at('told', name, 'run', 'split.csv'), 'utf8');
  const subjects = [...split.matchAll(/,(s\d+),train,/gm)].map(([, subject]) => subject);
  const grades = subjects.map((s) => new RegExp(`,${s},(\\d?)$`, 'm').exec(skewed)![1]);
  const graded = grades.filter((grade) => grade !== '');
  const percent = ['0', '1', '2'].map((k) =>
    Math.round((100 * graded.filter((grade) => grade === k).length) / graded.length),
  );
  assert.ok(percent[0] > percent[1], `${percent}`);
  const told = rows.map(({ method, config }) => {
    const { settings } = config.training as Record<string, Record<string, unknown>>;
    return [method, settings.gradeShares, settings.priorWeight];
  });
  assert.deepEqual(told, [
    ['semise', percent, 0.5],
    ['supervised', percent, 0.5],
  ]);
});

test('--verify makes a row anew and gets the same figures; a row that lies is found', async () => {
  const only = ['--only', 'dataset=phantom', '--verify'];
  const same = await benchmark('--out', out, ...only);
  assert.equal(same.code, 0, same.stderr);
  assert.match(same.stdout, /^phantom, 3 a class, 10 comparisons \(20 % wrong\), .*: the same\n$/);
  const lying = at('lying.jsonl');
  const line = (await lines(out)).find((l) => l.includes('"phantom"'))!;
  await writeFile(lying, `${line.replace(/"macroF1":[\d.]+/, '"macroF1":0.999')}\n`);
  const found = await benchmark('--out', lying, ...only);
  assert.equal(found.code, 1);
  assert.match(found.stdout, /: differs: macro-F1 0\.999, .*, now macro-F1 /);
});

test('two processes share the work; one killed in a run is gone on from, to the same row', async () => {
  const rows = at('shared.jsonl');
  const only = ['--only', 'dataset=tiny,method=semise|supervised,healthy=kept'];
  const place = ['--datasets', folder, '--runs', at('shared'), '--out', rows, '--threads', '1'];
  const args = ['benchmark', at('grid.json'), ...place, ...only];
  const killed = semise(args, (child) => {
    child.stderr!.on('data', (text: Buffer) => {
      if (/\[1\/\d\] 9\/13 /.test(`${text}`)) child.kill('SIGKILL');
    });
  });
  const [one, other] = await Promise.all([killed, semise(args)]);
  assert.equal(one.code, null, 'it must have been killed while it ran');
  assert.equal(other.code, 0, other.stderr);
  const of = async (file: string) =>
    (await readRows(file))
      .filter(({ dataset, healthy }) => dataset === 'tiny' && healthy === 'kept')
      .filter(({ method }) => method === 'semise' || method === 'supervised')
      .map(({ seconds: _, ...row }) => JSON.stringify(row))
      .sort();
  assert.deepEqual(await of(rows), await of(out));
});

test('tuning: other seeds, scored on validation, never in one file with what is reported', async () => {
  const only = ['--only', 'dataset=tiny,method=supervised,budget=2'];
  const mixed = await benchmark('--out', out, '--tune', ...only);
  assert.equal(mixed.code, 2);
  assert.match(mixed.stderr, /rows\.jsonl: holds rows scored on the test split.*of its own\n$/);
  const tuned = at('tuned.jsonl');
  const { code, stderr } = await benchmark('--out', tuned, '--tune', ...only);
  assert.equal(code, 0, stderr);
  const [row, ...others] = await readRows(tuned);
  assert.equal(others.length, 0);
  assert.deepEqual([row.seed, row.split], [101, 'validation']);
  const run = (await readdir(at('runs'))).find((name) => name.includes('-s101-v-'))!;
  const split = await readFile(at('runs', run, 'run', 'split.csv'), 'utf8');
  assert.doesNotMatch(split, /,test,/);
});

test('the report command writes both pages', async () => {
  await mkdir(at('pages'));
  const files = ['--markdown', at('pages', 'b.md'), '--html', at('pages', 'b.html')];
  await appendFile(out, '{"cut short');
  const { code, stdout, stderr } = await semise(['benchmark', 'report', out, ...files]);
  assert.equal(code, 0, stderr);
  assert.equal(stdout, `${files[1]}\n${files[3]}\n`);
  assert.match(await readFile(files[1], 'utf8'), /\| tiny, 2 grades a class \|/);
  assert.match(await readFile(files[3], 'utf8'), /^<!doctype html>/);
  const none = await semise(['benchmark', 'report', at('none.jsonl')]);
  assert.equal(none.code, 2);
  assert.match(none.stderr, /none\.jsonl: no rows; run semise benchmark GRID/);
});
