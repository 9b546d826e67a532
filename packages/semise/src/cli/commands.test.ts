// Every command does what its help says; what it prints with --json is JSON.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { promisify } from 'node:util';
import { readSafetensors } from '@semise/autograd';
import { parse } from 'csv-parse/sync';
import { readPredictions } from '../evaluation/prediction.js';
import { VERSION } from '../run/index.js';
import { type TinyCohort, writeTinyCohort } from '../testing/cohort.js';
import { MAIN, semise } from '../testing/command.js';
import { scratchFolder } from '../testing/scratch.js';

const folder = scratchFolder();
const at = (...names: string[]) => join(folder, ...names);
const run = at('run');
let cohort: TinyCohort;

const COMMANDS = [
  'demo',
  'phantom',
  'train',
  'evaluate',
  'calibrate',
  'bias',
  'predict',
  'embed',
  'explain',
  'monitor',
  'export',
];

/** Runs a command that must do well. @returns what it printed */
async function done(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await semise(args);
  assert.equal(code, 0, stderr);
  return stdout;
}

before(async () => {
  cohort = await writeTinyCohort(at('cohort'));
});

test('--help of every command shows an example; --version the version', async () => {
  const all = await done('--help');
  const helps = await Promise.all(COMMANDS.map((command) => done(command, '--help')));
  for (const [i, command] of COMMANDS.entries()) {
    assert.match(all, new RegExp(`^ {2}${command} `, 'm'));
    const help = helps[i];
    assert.match(help, new RegExp(`^Usage: semise ${command} `));
    assert.match(help, new RegExp(`\\nExample:\\n {2}semise ${command} `));
    assert.match(help, /--json/);
  }
  assert.equal(await done('--version'), `${VERSION}\n`);
});

test('a reader that goes away is no error', async () => {
  const piped = 'set -o pipefail; "$0" "$1" --help | true';
  const { stderr } = await promisify(execFile)('bash', ['-c', piped, process.execPath, MAIN]);
  assert.equal(stderr, '');
});

test('train tells what it sees, how it goes, and what it scored', async () => {
  const { labels, comparisons } = cohort;
  const args = ['train', '--data', labels, '--comparisons', comparisons, '--out', run];
  args.push('--image-size', '16', '--batch', '8', '--steps', '4', '--label-budget', '1');
  const { code, stdout, stderr } = await semise(args);
  assert.equal(code, 0, stderr);
  assert.match(
    stderr,
    /^40 images: 22 to train \(3 graded, \d+ comparisons\), 6 to validate, 12 to test; no subject is in two splits$/m,
  );
  const step = /^training (\d)\/4 \| \d+ s left \| \d+ images\/s \| joint: loss [\d.]+, grades/gm;
  assert.deepEqual(
    [...stderr.matchAll(step)].map(([, n]) => n),
    ['1', '2', '3', '4'],
  );
  assert.match(stdout, /│ validation │/);
  assert.match(stdout, /│ test {7}│ \d\.\d{3} \[\d\.\d\d, \d\.\d\d\]/);
  assert.match(stdout, new RegExp(`report: ${run}/report.html\n$`));
});

test('predict prints a table, or JSON an image', async () => {
  const files = cohort.images.slice(0, 3);
  const table = await done('predict', run, ...files);
  for (const file of files) assert.ok(table.includes(file));
  const answers = (await done('predict', run, ...files, '--json'))
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  for (const [i, { image, grade, score, probabilities }] of answers.entries()) {
    assert.equal(image, files[i]);
    assert.ok([0, 1, 2].includes(grade) && Number.isFinite(score));
    assert.equal(probabilities.length, 3);
    assert.ok(table.includes(score.toFixed(3)));
  }
});

test('evaluate measures other images and writes what it found', async () => {
  const out = at('evaluated');
  const printed = await done('evaluate', run, '--data', cohort.labels, '--out', out, '--json');
  const metrics = JSON.parse(printed);
  assert.equal(metrics.n, 36);
  assert.deepEqual((await readdir(out)).sort(), ['metrics.json', 'predictions.csv']);
  assert.deepEqual(JSON.parse(await readFile(join(out, 'metrics.json'), 'utf8')), metrics);
  assert.equal((await readPredictions(join(out, 'predictions.csv'))).length, 36);
  const table = await done('evaluate', run, '--data', cohort.labels);
  assert.ok(table.startsWith('36 images of 18 subjects\n'));
  assert.ok(table.includes(metrics.qwk.value.toFixed(3)));
});

test('calibrate writes what predict and evaluate then say; few subjects refuse, and a human must look', async () => {
  const file = at('other.json');
  const asked = ['--coverage', '0.8', '--max-error', '0.3', '--tolerance', '1'];
  const printed = await done('calibrate', run, ...asked, '--out', file, '--json');
  const { out, ...written } = JSON.parse(printed);
  assert.equal(out, file);
  assert.deepEqual(JSON.parse(await readFile(file, 'utf8')), written);
  assert.equal(written.data.split, 'validation');
  assert.deepEqual(
    [written.uncertainty.sets.coverage, written.uncertainty.referral.tolerance],
    [0.8, 1],
  );
  // The run's own is the one that training wrote, and it is what predict takes.
  const own = JSON.parse(await readFile(join(run, 'calibration.json'), 'utf8'));
  assert.equal(own.uncertainty.sets.coverage, 0.9);
  const [image] = cohort.images;
  const answer = JSON.parse(await done('predict', run, image, '--json'));
  assert.deepEqual(Object.keys(answer), [
    'image',
    'grade',
    'score',
    'probabilities',
    'calibrated',
    'set',
    'sendToHuman',
  ]);
  assert.equal(answer.set, null);
  assert.equal(answer.sendToHuman, true);
  assert.match(await done('predict', run, image), /send to a human: every image; .*takes 39/);

  // Graded images of another place: other pictures, for the run's own file is refused.
  const other = await writeTinyCohort(at('elsewhere'), { seed: 99 });
  const moved = at('moved.json');
  await done('calibrate', run, '--data', other.labels, '--coverage', '0.9', '--out', moved);
  const metrics = JSON.parse(
    await done('evaluate', run, '--data', cohort.labels, '--calibration', moved, '--json'),
  );
  assert.ok(metrics.uncertainty.sets.all.coverage.value > 0);
  const told = JSON.parse(await done('predict', run, image, '--calibration', moved, '--json'));
  assert.ok(told.set.includes(told.grade));
  const sum = told.calibrated.reduce((total: number, p: number) => total + p, 0);
  assert.ok(Math.abs(sum - 1) < 1e-9);

  for (const [args, message] of [
    [['calibrate', run, '--data', cohort.labels], /the run was trained on this file; leave --data/],
    [['calibrate', run, '--coverage', '1'], /coverage 1: give a share above 0 and below 1/],
    [
      ['predict', run, image, '--calibration', at('none.json')],
      /none\.json: there is no such file/,
    ],
  ] as const) {
    const { code, stderr } = await semise(args);
    assert.equal(code, 2);
    assert.match(stderr, message);
  }
  await writeFile(moved, JSON.stringify({ ...own, model: 'another' }));
  const { code, stderr } = await semise(['predict', run, image, '--calibration', moved]);
  assert.equal(code, 2);
  assert.match(stderr, /moved\.json: field model: it was fitted to another model/);
});

test('embed writes features and score of each image', async () => {
  const out = at('embeddings.csv');
  const printed = await done('embed', run, ...cohort.images.slice(0, 2), '--out', out, '--json');
  const rows: Record<string, string>[] = parse(await readFile(out), { columns: true });
  const names = Object.keys(rows[0]);
  assert.deepEqual(names.slice(0, 3), ['image', 'score', 'e0']);
  assert.deepEqual(JSON.parse(printed), { out, images: 2, features: names.length - 2 });
  assert.deepEqual(
    rows.map(({ image }) => image),
    cohort.images.slice(0, 2),
  );
  assert.ok(
    rows.every((row) => names.slice(1).every((name) => Number.isFinite(Number(row[name])))),
  );
});

test('export copies the model, and writes weights by torchvision names that train takes', async () => {
  const model = at('model.onnx');
  assert.equal(await done('export', run, '--out', model), `${model}\n`);
  assert.ok((await readFile(model)).equals(await readFile(join(run, 'model.onnx'))));
  const out = at('weights.safetensors');
  const printed = await done('export', run, '--what', 'weights', '--out', out, '--json');
  assert.deepEqual(JSON.parse(printed), { out, what: 'weights' });
  const { tensors } = await readSafetensors(out);
  assert.deepEqual(tensors.get('conv1.weight')?.shape, [32, 3, 3, 3]);
  assert.ok(tensors.has('layer4.0.bn2.running_var'));

  // A start so slow that the weights can hardly move: they are those that were given.
  const started = at('started');
  const args = ['train', '--data', cohort.labels, '--init', out, '--out', started, '--json'];
  args.push('--image-size', '16', '--batch', '8', '--steps', '1', '--learning-rate', '1e-9');
  const { test: metrics } = JSON.parse(await done(...args));
  assert.ok('qwk' in metrics);
  const { tensors: kept } = await readSafetensors(join(started, 'checkpoint.safetensors'));
  const given = tensors.get('conv1.weight')!.data;
  for (const name of ['encoder.conv1.weight', 'average.encoder.conv1.weight'])
    for (const [i, value] of kept.get(name)!.data.entries())
      assert.ok(Math.abs(value - given[i]) < 1e-6, name);
});

test('phantom draws a cohort', async () => {
  const out = at('phantom');
  const args = ['phantom', '--out', out, '--subjects', '12', '--size', '32', '--comparisons', '3'];
  const made = JSON.parse(await done(...args, '--json'));
  assert.deepEqual(
    [made.labels, made.comparisons, made.subjects],
    [join(out, 'labels.csv'), join(out, 'comparisons.csv'), 12],
  );
  const rows: Record<string, string>[] = parse(await readFile(made.labels), { columns: true });
  assert.equal(rows.length, made.images);
});
