// semise segment, as a user meets it: a run from masks, one that is killed and goes on, a start from a
// severity run, answers on single files, and what is refused.

import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { isCompressed, readHeader, readImage } from 'nifti-reader-js';
import sharp from 'sharp';
import { semise } from '../testing/command.js';
import { maskedCohortAsDicom, writeMaskedCohort } from '../testing/masked-cohort.js';
import { scratchFolder } from '../testing/scratch.js';

const folder = scratchFolder();
const at = (...names: string[]) => join(folder, ...names);
const whole = at('whole');
let labels: string;
let options: string[];

before(async () => {
  labels = await writeMaskedCohort(at('cohort'));
  options = [
    '--data',
    labels,
    '--image-size',
    '32',
    '--batch',
    '4',
    '--steps',
    '14',
    '--seed',
    '3',
  ];
  options.push('--threads', '1', '--views', 'ultrasound');
  const { code, stderr } = await semise(['segment', 'train', ...options, '--out', whole]);
  assert.equal(code, 0, stderr);
});

test('a run folder holds what a reader and a machine need', async () => {
  assert.deepEqual((await readdir(whole)).sort(), [
    'checkpoint.safetensors',
    'config.json',
    'duplicates.json',
    'metrics.json',
    'metrics.jsonl',
    'model.onnx',
    'predictions.csv',
    'report.html',
    'report.json',
    'split.csv',
  ]);
  const metrics = JSON.parse(await readFile(join(whole, 'metrics.json'), 'utf8'));
  assert.equal(metrics.unit, 'mm', 'the spacing is known');
  assert.ok(metrics.n >= 4 && metrics.dice.value >= 0 && metrics.dice.value <= 1);
  assert.equal(metrics.bySize.length, 3);
  const split = (await readFile(join(whole, 'split.csv'), 'utf8')).trim().split('\n').slice(1);
  const splitOf = new Map<string, string>();
  for (const line of split) {
    const [, subject, name] = line.split(',');
    assert.equal(splitOf.get(subject) ?? name, name, 'no subject in two splits');
    splitOf.set(subject, name);
  }
  const report = await readFile(join(whole, 'report.html'), 'utf8');
  assert.match(report, /id="overlays"/);
  assert.ok((report.match(/data:image\/jpeg/g)?.length ?? 0) >= 3, 'overlays travel in it');
  assert.doesNotMatch(report, /<script|https?:\/\/(?!www\.w3\.org)/);
});

test('kill -9 in the middle, --resume: the same model, the same answers', async () => {
  const out = at('killed');
  const { code } = await semise(['segment', 'train', ...options, '--out', out], (child) => {
    const look = setInterval(() => {
      const history = join(out, 'metrics.jsonl');
      if (!existsSync(history)) return;
      clearInterval(look);
      child.kill('SIGKILL');
    }, 5);
    child.on('close', () => clearInterval(look));
  });
  assert.equal(code, null, 'it must have been killed while it ran');
  assert.ok(!existsSync(join(out, 'model.onnx')));
  const resumed = await semise(['segment', 'train', '--resume', '--out', out]);
  assert.equal(resumed.code, 0, resumed.stderr);
  for (const file of ['model.onnx', 'predictions.csv', 'metrics.json', 'split.csv']) {
    const [a, b] = await Promise.all([out, whole].map((run) => readFile(join(run, file))));
    assert.ok(a.equals(b), file);
  }
});

test('DICOM images, with masks as PNG and as DICOM segmentations: the same model and the same figures', async () => {
  const dicom = await maskedCohortAsDicom(labels, at('dicom'));
  const out = at('of-dicom');
  const args = ['segment', 'train', ...options, '--out', out];
  const trained = await semise(args.map((arg) => (arg === labels ? dicom : arg)));
  assert.equal(trained.code, 0, trained.stderr);
  for (const file of ['model.onnx', 'metrics.json']) {
    const [a, b] = await Promise.all([out, whole].map((run) => readFile(join(run, file))));
    assert.ok(a.equals(b), file);
  }
  const report = await readFile(join(out, 'report.html'), 'utf8');
  assert.ok((report.match(/data:image\/jpeg/g)?.length ?? 0) >= 3, 'overlays travel in it');
  const [png, same] = await Promise.all(
    [labels, dicom].map((data) => semise(['segment', 'evaluate', whole, '--data', data, '--json'])),
  );
  assert.equal(same.code, 0, same.stderr);
  const metrics = JSON.parse(same.stdout);
  assert.equal(metrics.unit, 'mm', 'the spacing is in the files');
  assert.deepEqual(metrics, JSON.parse(png.stdout));
});

test('a start from a severity run keeps its split and shows its score beside the burden', async () => {
  const run = at('severity');
  const graded = ['--data', labels, '--image-size', '16', '--batch', '8', '--steps', '4'];
  const first = await semise(['train', ...graded, '--seed', '9', '--threads', '1', '--out', run]);
  assert.equal(first.code, 0, first.stderr);
  const out = at('from');
  const second = await semise([
    ...['segment', 'train', '--data', labels, '--from', run, '--image-size', '32', '--batch', '4'],
    ...['--steps', '3', '--frozen', '--threads', '1', '--json', '--out', out],
    ...['--mask-budget', '2', '--presence', '1', '--consistency', '1'],
  ]);
  assert.equal(second.code, 0, second.stderr);
  const { test: scores } = JSON.parse(second.stdout);
  assert.notEqual(scores.burden, undefined);
  const subjects = async (file: string, column: number) =>
    new Set(
      (await readFile(file, 'utf8'))
        .trim()
        .split('\n')
        .slice(1)
        .map((line) => line.split(',').slice(1, column).join()),
    );
  assert.deepEqual(
    await subjects(join(out, 'split.csv'), 3),
    await subjects(join(run, 'split.csv'), 3),
  );
  assert.ok(existsSync(join(out, 'severity.onnx')));
  const predictions = (await readFile(join(out, 'predictions.csv'), 'utf8')).split('\n');
  const score = predictions[0].split(',').indexOf('score');
  assert.ok(predictions[1].split(',')[score] !== '', 'each image has a score');
});

test('predict writes masks at the size of each image, overlays, NIfTI and a table', async () => {
  const out = at('outlined');
  const files = [at('cohort', '4.png'), at('cohort', '0.png')];
  const { code, stdout, stderr } = await semise([
    ...['segment', 'predict', whole, ...files, '--out', out],
    ...['--nifti', '--spacing', '0.5x0.25', '--json'],
  ]);
  assert.equal(code, 0, stderr);
  const [line] = stdout
    .trim()
    .split('\n')
    .map((text) => JSON.parse(text));
  const mask = await sharp(join(out, '4.mask.png')).raw().toBuffer({ resolveWithObject: true });
  assert.deepEqual([mask.info.width, mask.info.height], [44, 36]);
  const lesion = mask.data.filter((v) => v === 255).length / mask.info.channels;
  assert.ok(mask.data.every((v) => v === 0 || v === 255));
  assert.equal(line.area, lesion);
  assert.ok(Math.abs(line.areaMm2 - lesion * 0.125) < 1e-9);
  assert.ok(Math.abs(line.burden - lesion / (44 * 36)) < 1e-12);

  const packed = await readFile(join(out, '4.nii.gz'));
  const bytes = gunzipSync(packed);
  const buffer = new Uint8Array(bytes).buffer;
  assert.ok(isCompressed(new Uint8Array(packed).buffer));
  const header = readHeader(buffer)!;
  assert.deepEqual(header.dims.slice(0, 4), [3, 44, 36, 1]);
  assert.deepEqual(header.pixDims.slice(1, 3), [0.25, 0.5]);
  const values = new Uint8Array(readImage(header, buffer));
  assert.equal(values.filter((v) => v === 1).length, lesion);
  assert.equal((await sharp(join(out, '4.overlay.png')).metadata()).format, 'png');
  assert.equal((await readFile(join(out, 'lesions.csv'), 'utf8')).trim().split('\n').length, 3);
});

test('evaluate measures on other masks', async () => {
  const out = at('measured');
  const { code, stdout, stderr } = await semise([
    ...['segment', 'evaluate', whole, '--data', labels, '--json', '--out', out],
  ]);
  assert.equal(code, 0, stderr);
  const metrics = JSON.parse(stdout);
  assert.equal(metrics.n, 28, 'all images with a mask');
  assert.deepEqual(JSON.parse(await readFile(join(out, 'metrics.json'), 'utf8')), metrics);
});

test('bad input ends in one line that names the place and the cure; nothing stays behind', async () => {
  const refused = async (args: string[], message: RegExp) => {
    const before = (await readdir(folder)).sort();
    const { code, stdout, stderr } = await semise(['segment', ...args]);
    assert.equal(code, 2, stderr);
    assert.equal(stdout, '');
    assert.match(stderr, /^semise: [^\n]+\n$/);
    assert.match(stderr, message);
    assert.deepEqual((await readdir(folder)).sort(), before, 'nothing may be left behind');
  };
  const out = at('out');
  const text = await readFile(labels, 'utf8');
  const changed = async (name: string, change: (text: string) => string) => {
    const file = at('cohort', name);
    await writeFile(file, change(text));
    return file;
  };
  const half = at('cohort', 'half.mask.png');
  const raw = { raw: { width: 4, height: 36, channels: 1 } } as const;
  await sharp(new Uint8Array(4 * 36), raw)
    .toColourspace('b-w')
    .png()
    .toFile(half);
  const other = await changed('other.csv', (t) => t.replace('4.mask.png', 'half.mask.png'));
  const none = await changed('none.csv', (t) => t.replaceAll(/\d+\.mask\.png/g, ''));
  const apart = await changed('apart.csv', (t) => t.replace('0.5x0.25', 'wide'));
  const image = at('cohort', '0.png');
  const train = (...args: string[]) => ['train', '--out', out, ...args];
  await refused(train(), /--data/);
  await refused(train('--data', other), /other\.csv:6: the mask is 4 x 36 and its image 44 x 36/);
  await refused(train('--data', labels, '--presence', '1'), /presence: .* give grades/);
  await refused(train('--data', none), /no training image has a mask with a lesion/);
  await refused(train('--data', apart), /apart\.csv:2: spacing "wide"/);
  await refused(train('--data', labels, '--image-size', '40'), /multiple of 16; take 48/);
  await refused(train('--data', labels, '--working-size', '32'), /--working-size 32/);
  await refused(train('--data', labels, '--frozen'), /--from or --init/);
  await refused(train('--data', labels, '--from', folder), /config\.json/);
  await refused(['train', '--data', labels, '--out', whole], /already exists/);
  await refused(['train', '--resume', '--out', whole, '--steps', '9'], /--steps/);
  await refused(['train', '--resume', '--out', folder], /config\.json/);
  await refused(['predict', whole, at('nothing.png'), '--out', out], /nothing\.png: unreadable/);
  await refused(['predict', whole, image, image, '--out', out], /0\.mask\.png/);
  await refused(['predict', whole, labels, '--out', out], /labels\.csv: unreadable image/);
  await refused(['evaluate', whole, '--data', none], /no image with a mask/);
});
