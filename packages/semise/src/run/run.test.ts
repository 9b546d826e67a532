// A run from end to end, on a tiny cohort: what lies in the folder, and that others read the model.

import assert from 'node:assert/strict';
import { copyFile, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { parse } from 'csv-parse/sync';
import { decodeImage } from '../data/index.js';
import { METHOD_NAMES } from '../methods/index.js';
import { type TinyCohort, writeTinyCohort } from '../testing/cohort.js';
import { semise } from '../testing/command.js';
import { askPython } from '../testing/other-readers.js';
import { runPlain } from '../testing/plain-onnx.js';
import { scratchFolder } from '../testing/scratch.js';
import {
  evaluateRun,
  openRun,
  type RunConfig,
  type RunResult,
  readHistory,
  resumeRun,
  rewriteReport,
  trainRun,
} from './index.js';

const folder = scratchFolder();
const out = join(folder, 'run');
const SIDE = 16;
let cohort: TinyCohort;
let result: RunResult;
const seen: string[] = [];

const small = () => ({
  data: cohort.labels,
  comparisons: cohort.comparisons,
  imageSize: SIDE,
  batch: 8,
});

before(async () => {
  cohort = await writeTinyCohort(join(folder, 'cohort'));
  const trained = await trainRun(
    { ...small(), out, labelBudget: 2, seed: 5, steps: 7 },
    {
      onStart: () => seen.push('start'),
      onStep: ({ step }) => seen.push(`step ${step}`),
      onValidation: (step) => seen.push(`validation ${step}`),
    },
  );
  assert.ok(trained);
  result = trained;
});

const table = async (file: string): Promise<Record<string, string>[]> =>
  parse(await readFile(join(out, file)), { columns: true });
const json = async (file: string) => JSON.parse(await readFile(join(out, file), 'utf8'));

test('the folder holds what a run promises, and nothing else', async () => {
  assert.deepEqual((await readdir(out)).sort(), [
    'calibration.json',
    'checkpoint.safetensors',
    'config.json',
    'encoder.onnx',
    'metrics.json',
    'metrics.jsonl',
    'model.onnx',
    'predictions.csv',
    'report.html',
    'report.json',
    'split.csv',
  ]);
  assert.deepEqual((await readdir(folder)).sort(), ['cache', 'cohort', 'run']);
});

test('split.csv: no subject in two splits, two grades a class to see, all in validation and test', async () => {
  const rows = await table('split.csv');
  assert.deepEqual(Object.keys(rows[0]), ['image', 'subject', 'split', 'grade', 'graded']);
  const labels: Record<string, string>[] = parse(await readFile(cohort.labels), { columns: true });
  assert.deepEqual(
    rows.map(({ image, subject, grade }) => ({ image, subject, grade })),
    labels,
  );
  const splits = new Map<string, Set<string>>();
  for (const { subject, split } of rows)
    splits.set(subject, (splits.get(subject) ?? new Set()).add(split));
  assert.ok([...splits.values()].every((of) => of.size === 1));
  assert.deepEqual(
    new Set(rows.map(({ split }) => split)),
    new Set(['train', 'validation', 'test']),
  );
  for (const grade of ['0', '1', '2']) {
    const graded = rows.filter((r) => r.split === 'train' && r.grade === grade && r.graded === '1');
    assert.equal(graded.length, 2, `grade ${grade}`);
  }
  for (const { split, grade, graded } of rows) {
    if (grade === '') assert.equal(graded, '0');
    else if (split !== 'train') assert.equal(graded, '1');
  }
});

test('config.json repeats the run: all settings, the data and their fingerprints', async () => {
  const config: RunConfig = await json('config.json');
  assert.deepEqual(config, result.config);
  const { training, data } = config;
  assert.deepEqual(
    [training.seed, training.steps, training.batch, training.imageSize, training.grades],
    [5, 7, 8, SIDE, 3],
  );
  assert.deepEqual([data.file, data.labelBudget], [cohort.labels, 2]);
  assert.match(data.fingerprint, /^[0-9a-f]{64}$/);
  assert.match(data.comparisonsFingerprint!, /^[0-9a-f]{64}$/);
});

test('metrics.jsonl: a line a step, and a look at validation between', async () => {
  const history = await readHistory(join(out, 'metrics.jsonl'));
  const lines = history.map((line) =>
    'validation' in line ? `validation ${line.step}` : `step ${line.step}`,
  );
  assert.deepEqual(['start', ...lines], seen);
  assert.equal(lines.filter((line) => line.startsWith('step')).length, 7);
  for (const line of history) {
    if ('validation' in line)
      assert.deepEqual(Object.keys(line.validation), ['macroF1', 'qwk', 'spearman']);
    else
      assert.deepEqual(Object.keys(line), [
        'step',
        'phase',
        'learningRate',
        'losses',
        'imagesPerSecond',
      ]);
  }
});

test('metrics.json: every metric of the test split with its interval', async () => {
  const metrics = await json('metrics.json');
  for (const key of [
    'macroF1',
    'macroRecall',
    'accuracy',
    'maee',
    'mae',
    'qwk',
    'auroc',
    'spearman',
  ]) {
    const { value, ci95 } = metrics[key];
    assert.ok(Number.isFinite(value), key);
    assert.ok(ci95.length === 2 && ci95[0] <= value && value <= ci95[1], `${key} ${value} ${ci95}`);
  }
  const test = (await table('split.csv')).filter((r) => r.split === 'test' && r.grade !== '');
  assert.equal(metrics.n, test.length);
  assert.equal(metrics.subjects, new Set(test.map((r) => r.subject)).size);
  assert.equal(
    metrics.confusion.flat().reduce((a: number, b: number) => a + b),
    test.length,
  );
  assert.equal(metrics.confusion.length, 3);
  assert.deepEqual(metrics.validation, JSON.parse(JSON.stringify(result.validation)));
});

test('predictions.csv: every image, its split, its probabilities', async () => {
  const rows = await table('predictions.csv');
  assert.deepEqual(Object.keys(rows[0]), [
    'image',
    'subject',
    'split',
    'grade',
    'predicted',
    'score',
    'p0',
    'p1',
    'p2',
  ]);
  const splits = new Map((await table('split.csv')).map((r) => [r.image, r.split]));
  assert.equal(rows.length, cohort.images.length);
  for (const { image, split, p0, p1, p2 } of rows) {
    assert.equal(split, splits.get(image));
    assert.ok(Math.abs(Number(p0) + Number(p1) + Number(p2) - 1) < 1e-5);
  }
});

test('report.html opens offline', async () => {
  const html = await readFile(join(out, 'report.html'), 'utf8');
  assert.match(html, /^<!doctype html>/i);
  assert.doesNotMatch(html, /(?:src|href|url\()\s*=?\s*["']?(?:https?:)?\/\//i);
  assert.doesNotMatch(html, /@import|<link|<iframe/i);
  assert.match(
    html,
    /--label-budget 2 --seed 5 --method semise --image-size 16 --steps 7 --batch 8/,
  );
});

test('what semise predicts, plain ONNX Runtime says too, one image or five at once', async () => {
  const files = cohort.images.slice(3, 8);
  const model = await readFile(join(out, 'model.onnx'));
  const pixels = await Promise.all(
    files.map((file) => decodeImage(file, { size: SIDE, channels: 3, fit: 'letterbox' })),
  );
  const { stdout, code } = await semise(['predict', out, ...files, '--json']);
  assert.equal(code, 0);
  const predicted = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  assert.deepEqual(
    predicted.map(({ image }) => image),
    files,
  );
  const five = await runPlain(model, pixels, [3, SIDE]);
  const ones = await Promise.all(pixels.map((image) => runPlain(model, [image], [3, SIDE])));
  for (const [i, { grade, score, probabilities }] of predicted.entries()) {
    for (const [plain, row] of [
      [five, i],
      [ones[i], 0],
    ] as const) {
      for (const [k, p] of probabilities.entries())
        assert.ok(Math.abs(plain.probabilities[3 * row + k] - p) < 1e-4);
      assert.ok(Math.abs(plain.score[row] - score) < 1e-4);
      assert.equal(plain.grade[row], grade);
    }
  }
  const rows = new Map((await table('predictions.csv')).map((r) => [r.image, r]));
  for (const { image, probabilities } of predicted)
    assert.ok(Math.abs(Number(rows.get(image.split('/').at(-1))!.p1) - probabilities[1]) < 1e-4);
});

test('PyTorch reads the model and the weights alike', async (t) => {
  const files = cohort.images.slice(0, 5);
  const images = await Promise.all(
    files.map((file) => decodeImage(file, { size: SIDE, channels: 3, fit: 'letterbox' })),
  );
  const pixels = join(folder, 'pixels.u8');
  await writeFile(pixels, Buffer.concat(images));
  const shape = [5, 3, SIDE, SIDE];
  const model = join(out, 'model.onnx');
  const encoder = join(folder, 'encoder.onnx');
  const weights = join(folder, 'weights.safetensors');
  for (const [what, file] of Object.entries({ encoder, weights })) {
    const { code, stderr } = await semise(['export', out, '--what', what, '--out', file]);
    assert.equal(code, 0, stderr);
  }
  const { mean, deviation } = result.config.training.pixels;
  const others = await askPython(
    { model, pixels, shape },
    { weights, encoder: 'small', mean, deviation, pixels, shape },
  );
  if (!others) return t.skip('python3-torch, torchvision or onnx is not installed');
  const [whole, built] = others;
  const ours = await runPlain(await readFile(model), images, [3, SIDE]);
  for (const name of ['probabilities', 'score', 'grade', 'embedding'])
    for (const [i, value] of ours[name].entries())
      assert.ok(Math.abs(value - whole[name][i]) < 1e-4, `${name} ${i}`);
  const { embedding } = await runPlain(await readFile(encoder), images, [3, SIDE]);
  for (const [i, value] of embedding.entries())
    assert.ok(Math.abs(value - built.embedding[i]) < 1e-4 * Math.max(1, Math.abs(value)));
});

test('the report written anew from the folder is the same file', async () => {
  const again = await rewriteReport(out, {}, join(folder, 'again.html'));
  assert.equal(await readFile(again, 'utf8'), await readFile(join(out, 'report.html'), 'utf8'));
});

// SEMISE and its supervised rival have their runs above and in the demo's test.
for (const method of METHOD_NAMES.filter((name) => name !== 'semise' && name !== 'supervised')) {
  test(`${method} trains to a finished run`, async () => {
    const folderOf = join(folder, method);
    const trained = await trainRun({ ...small(), out: folderOf, method, steps: 3 });
    assert.ok(trained?.test && trained.validation);
    assert.ok(trained.test.macroF1.value !== null);
    assert.equal((await readdir(folderOf)).length, 11);
    const run = await openRun(folderOf);
    try {
      const [answer] = await run.predict(cohort.images.slice(0, 1));
      assert.ok(Math.abs(answer.probabilities.reduce((a, b) => a + b) - 1) < 1e-5);
    } finally {
      await run.close();
    }
  });
}

test('the run graded on its own cohort again: the same metrics', async () => {
  const labels = await readFile(cohort.labels, 'utf8');
  const test = new Set(
    (await table('split.csv')).filter((r) => r.split === 'test').map((r) => r.image),
  );
  const held = labels.split('\n').filter((line, i) => i === 0 || test.has(line.split(',')[0]));
  const file = join(folder, 'cohort', 'held.csv');
  await writeFile(file, `${held.join('\n')}\n`);
  const run = await openRun(out);
  try {
    const { metrics, skipped } = await evaluateRun(run, { data: file });
    assert.deepEqual(skipped, []);
    assert.deepEqual(metrics, result.test);
    const other = await evaluateRun(run, { data: file, seed: 99 });
    assert.equal(other.metrics.qwk.value, metrics.qwk.value);
    assert.notDeepEqual(other.metrics, metrics, 'the seed draws other intervals');
  } finally {
    await run.close();
  }
});

test('a cohort too small for a validation split trains, also from before its first checkpoint', async () => {
  const rows = ['image,subject,grade,split'];
  for (const [i, path] of cohort.images.slice(0, 8).entries())
    rows.push(`${path},p${i >> 1},${(i >> 1) % 2},${i < 4 ? 'train' : 'test'}`);
  const data = join(folder, 'few.csv');
  await writeFile(data, `${rows.join('\n')}\n`);
  const few = await trainRun({
    ...small(),
    data,
    comparisons: undefined,
    out: join(folder, 'few'),
    steps: 2,
  });
  assert.equal(few?.validation, null);
  const history = await readHistory(join(few.folder, 'metrics.jsonl'));
  assert.deepEqual(
    history.map(({ step }) => step),
    [1, 2],
    'steps, and no look at a validation split that is empty',
  );
  assert.equal(few?.test?.n, 4);

  // Killed before the first checkpoint: only what the folder began with is there.
  const began = join(folder, 'began');
  await mkdir(began);
  for (const file of ['config.json', 'split.csv'])
    await copyFile(join(few.folder, file), join(began, file));
  await resumeRun(began);
  const [model, again] = await Promise.all(
    [few.folder, began].map((run) => readFile(join(run, 'model.onnx'))),
  );
  assert.ok(again.equals(model));
});
