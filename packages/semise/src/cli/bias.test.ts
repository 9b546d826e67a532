// semise bias on a small phantom: what it finds, writes and refuses; and the phantom's confounders.

import assert from 'node:assert/strict';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { parse } from 'csv-parse/sync';
import { stringify } from 'csv-stringify/sync';
import { writePhantom } from '../data/phantom/index.js';
import { readPredictions, writePredictions } from '../evaluation/prediction.js';
import { biasOfRun, trainRun } from '../run/index.js';
import { semise } from '../testing/command.js';
import { halfWidth } from '../testing/japanese-page.js';
import { scratchFolder } from '../testing/scratch.js';

const folder = scratchFolder();
const at = (...names: string[]) => join(folder, ...names);
const run = at('run');
const labels = at('cohort', 'labels.csv');
const predictionsFile = join(run, 'predictions.csv');
type Rows = Record<string, string>[];
const rowsOf = async (file: string): Promise<Rows> =>
  parse(await readFile(file, 'utf8'), { columns: true });

before(async () => {
  await writePhantom({ out: at('cohort'), subjects: 120, size: 32, masks: false, comparisons: 0 });
  await trainRun({ data: labels, out: run, imageSize: 16, batch: 8, steps: 2 });
});

async function done(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await semise(args);
  assert.equal(code, 0, stderr);
  return stdout;
}

async function refused(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await semise(args);
  assert.deepEqual([code, stdout], [2, ''], stderr);
  assert.match(stderr, /^semise: [^\n]+\n$/);
  return stderr;
}

test('the report of a run shows its subgroups', async () => {
  const report = await readFile(join(run, 'report.html'), 'utf8');
  assert.match(report, /<section id="subgroups"/);
  assert.match(report, /href="#subgroups"/);
});

test('groups by the attributes asked for, from answers that are there; page and JSON', async () => {
  const out = at('bias');
  const printed = await done('bias', run, '--by', 'sex,age', '--age-bands', '58', '--out', out);
  assert.match(printed, /^\d+ images of 48 subjects; \d+ left out that the run was trained on\n/);
  assert.match(printed, new RegExp(`report: ${out}/bias.html\n$`));
  assert.deepEqual((await readdir(out)).sort(), ['bias.html', 'bias.json']);
  const result = JSON.parse(await readFile(join(out, 'bias.json'), 'utf8'));
  assert.deepEqual(
    result.divisions.map(({ attributes }: { attributes: string[] }) => attributes.join()),
    ['sex', 'age', 'sex,age'],
  );
  assert.deepEqual(
    result.divisions[1].groups.map(({ values }: { values: string[] }) => values[0]),
    ['< 58', '≥ 58'],
  );
  assert.equal(result.graded, 0);
  assert.equal(result.associations.length, 2);
  const again = await done('bias', run, '--by', 'sex,age', '--age-bands', '58', '--json');
  assert.deepEqual(JSON.parse(again), result, 'the same seed, the same figures');
  assert.match(await refused('bias', run, '--out', out), /already exists/);
});

test('a gap that was planted ends in 3 with --fail-on-gap, and in 0 without', async () => {
  const sound = await readPredictions(predictionsFile);
  const device = new Map((await rowsOf(labels)).map((row) => [row.image, row.device]));
  const planted = sound.map((p) => ({
    ...p,
    score: (p.grade ?? 0) + (device.get(p.image) === 'device-B' ? 3 : 0) + (p.image.length % 7) / 7,
  }));
  const args = ['bias', run, '--by', 'device,sex', '--draws', '50'];
  await writePredictions(predictionsFile, planted);
  try {
    const failed = await semise([...args, '--fail-on-gap']);
    assert.equal(failed.code, 3, failed.stderr);
    assert.match(failed.stdout, /device device-[AB] +│ device device-[AB] +│ score \(SD\)/);
    await done(...args);
  } finally {
    await writePredictions(predictionsFile, sound);
  }
});

test('a column added later serves; images of another cohort are graded; Japanese', async () => {
  const rows = await rowsOf(labels);
  const eyes = rows.map((row) => ({ ...row, eye: row.image.includes('left') ? 'left' : 'right' }));
  const file = at('cohort', 'with-eyes.csv');
  await writeFile(file, stringify(eyes, { header: true }));
  const added = await biasOfRun(run, { data: file, by: ['eye'], draws: 20 });
  assert.equal(added.graded, 0);
  assert.ok(added.trainedOn > 50);
  assert.equal(added.divisions[0].groups.length, 2);
  assert.equal(added.associations[0].attribute, 'eye');

  const other = { out: at('other'), subjects: 60, seed: 9, size: 32, masks: false, comparisons: 0 };
  await writePhantom(other);
  const out = at('bias-other');
  const args = ['--data', at('other', 'labels.csv'), '--out', out, '--lang', 'ja', '--json'];
  const elsewhere = JSON.parse(await done('bias', run, ...args));
  assert.equal(elsewhere.graded, elsewhere.images);
  assert.equal(elsewhere.subjects, 60);
  assert.equal(elsewhere.trainedOn, 0);
  const page = await readFile(join(out, 'bias.html'), 'utf8');
  assert.match(page, /<html lang="ja">/);
  assert.deepEqual(halfWidth(page), []);
  assert.match(page, /サブグループ解析/);
});

test('bad input is one line with the cure', async () => {
  assert.match(await refused('bias', at('cohort')), /no config.json/);
  assert.match(
    await refused('bias', run, '--by', 'eyes'),
    /no attribute eyes; labels.csv has site, age/,
  );
  assert.match(await refused('bias', run, '--bands', 'sex=1'), /bands of sex: "F" is not a number/);
  assert.match(await refused('bias', run, '--age-bands', 'young'), /expected numbers, as 40,60/);
  assert.match(await refused('bias', run, '--min-subjects', '1'), /minimum group size 1/);
  const bare = at('cohort', 'bare.csv');
  const rows = await rowsOf(labels);
  const columns = ['image', 'subject', 'grade'];
  await writeFile(bare, stringify(rows, { header: true, columns }));
  assert.match(await refused('bias', run, '--data', bare), /add columns such as site, age, sex/);
});

test("phantom --confounder ties an attribute to severity, and says what it doesn't know", async () => {
  const shared = ['--subjects', '150', '--size', '32', '--comparisons', '0', '--json'];
  await done(
    'phantom',
    '--out',
    at('tied'),
    ...shared,
    '--confounder',
    'device',
    '--confounder',
    'age',
  );
  const rows = await rowsOf(at('tied', 'labels.csv'));
  const mean = (values: number[]) => values.reduce((sum, v) => sum + v, 0) / values.length;
  const sick = (severe: boolean) =>
    rows.filter((r) => r.grade !== '' && Number(r.grade) > 1 === severe);
  const atB = (of: Rows) => mean(of.map((r) => Number(r.device === 'device-B')));
  const age = (of: Rows) => mean(of.map((r) => Number(r.age)));
  const second = (of: Rows) => mean(of.map((r) => Number(r.site === 'site-2')));
  assert.ok(atB(sick(true)) - atB(sick(false)) > 0.4);
  assert.ok(age(sick(true)) - age(sick(false)) > 8);
  assert.ok(Math.abs(second(sick(true)) - second(sick(false))) < 0.25);

  const out = at('refused');
  assert.match(await refused('phantom', '--out', out, '--confounder', 'sex'), /site, device, age/);
  const alone = ['--sites', '1', '--confounder', 'site'];
  assert.match(
    await refused('phantom', '--out', out, ...alone),
    /the confounder site needs 2 sites/,
  );
});
