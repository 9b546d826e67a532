// semise import as a user meets it, and semise train straight from a folder.

import assert from 'node:assert/strict';
import { cp, mkdir, readdir, readFile, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { readManifest } from '../data/index.js';
import { semise } from '../testing/command.js';
import { patientFile } from '../testing/patient.js';
import { blobs, jpeg, png, writeTree } from '../testing/pictures.js';
import { scratchFolder } from '../testing/scratch.js';

const folder = scratchFolder();
const at = (...names: string[]) => join(folder, ...names);
process.env.XDG_CONFIG_HOME = at('config');

const imports = async (...args: string[]) => {
  const { code, stdout, stderr } = await semise(['import', ...args, '--json']);
  assert.equal(code, 0, stderr);
  return JSON.parse(stdout);
};
const refused = async (...args: string[]) => {
  const { code, stdout, stderr } = await semise(args);
  assert.equal(code, 2, stderr);
  assert.equal(stdout, '');
  assert.match(stderr, /^semise: [^\n]+\n$/);
  return stderr;
};
const everything = async (out: string) => (await readdir(out, { recursive: true })).sort();

test('class folders with an order, splits, masks, files that are no images', async () => {
  await writeTree(at('classes'), {
    'train/healthy/1.png': await png(blobs(1)),
    'train/severe/2.png': await png(blobs(2)),
    'train/severe/2_mask.png': await png(new Uint8Array(64 * 64).fill(255)),
    'test/mild/3.jpg': await jpeg(blobs(3)),
    'test/mild/blank.png': await png(new Uint8Array(64 * 64).fill(7)),
    'test/mild/broken.png': (await png(blobs(4))).subarray(0, 400),
    'test/mild/fake.png': 'no picture',
    'README.md': 'text',
  });
  const quality = await imports(at('classes'), '--order', 'healthy,mild,severe', '--out', at('a'));
  assert.deepEqual(quality.used, { images: 3, graded: 3, subjects: 3 });
  assert.deepEqual(quality.blank, ['../classes/test/mild/blank.png']);
  assert.deepEqual(quality.unreadable.map(({ path }: { path: string }) => path).sort(), [
    'test/mild/broken.png',
    'test/mild/fake.png',
  ]);
  const { records } = await readManifest(at('a', 'labels.csv'));
  assert.deepEqual(
    records.map(({ path, grade, split, mask }) => [path, grade, split, mask]),
    [
      [at('classes/test/mild/3.jpg'), 1, 'test', null],
      [at('classes/train/healthy/1.png'), 0, 'train', null],
      [at('classes/train/severe/2.png'), 2, 'train', at('classes/train/severe/2_mask.png')],
    ],
  );
  assert.deepEqual(await everything(at('a')), [
    'images',
    'labels.csv',
    'masks',
    'quality.html',
    'quality.json',
  ]);
  const line = await refused('import', at('classes'), '--strict', '--out', at('strict'));
  assert.match(line, /2 files cannot be read/);
});

test('a sheet beside a folder; what looks like a formula stays data and is written tame', async () => {
  await writeTree(at('sheet'), {
    'scans/One.png': await png(blobs(1)),
    'scans/two.png': await png(blobs(2)),
    'scans/three.png': await png(blobs(3)),
    'labels.csv':
      'File;Patient No;KL;Note\none;=SUM(A1);0;@x\nscans/two.png;p2;3;-1\nlost.png;p3;1;\n',
  });
  const { notes, byGrade } = await imports(
    at('sheet'),
    '--columns',
    'image=File,grade=KL',
    '--out',
    at('b'),
  );
  assert.deepEqual(notes, ['1 rows of the sheet name images that are not there']);
  assert.deepEqual(
    byGrade.map(({ name }: { name: string }) => name),
    ['0', '3', ''],
  );
  const csv = await readFile(at('b', 'labels.csv'), 'utf8');
  assert.match(csv, /One\.png,'=SUM\(A1\),0,'@x/);
  assert.match(csv, /two\.png,p2,3,'-1/);
});

test('a picture in two splits is an error, unless it is allowed or moved', async () => {
  await writeTree(at('leak'), {
    'train/0/a.png': await png(blobs(1, 128)),
    'train/1/b.png': await png(blobs(2, 128)),
    'test/0/c.jpg': await jpeg(blobs(1, 128), 50),
    'test/1/d.png': await png(blobs(3, 128)),
  });
  const line = await refused('import', at('leak'), '--out', at('c'));
  assert.match(line, /1 pictures stand in more than one split.*--fix-leakage.*--allow-leakage/);
  assert.deepEqual(await readdir(folder).then((names) => names.filter((n) => n.startsWith('c.'))), [
    'c.partial',
  ]);
  const allowed = await imports(at('leak'), '--allow-leakage', '--out', at('allowed'));
  assert.deepEqual(allowed.leaking[0].splits, ['test', 'train']);
  const fixed = await imports(at('leak'), '--fix-leakage', '--out', at('c'));
  assert.deepEqual(fixed.moved, ['../leak/test/0/c.jpg']);
  const { records } = await readManifest(at('c', 'labels.csv'));
  assert.deepEqual(
    records.map(({ split }) => split),
    ['train', 'test', 'train', 'train'],
  );
  // Training looks for itself.
  const train = ['train', '--steps', '2', '--batch', '8', '--image-size', '64'];
  const told = await refused(...train, '--data', at('allowed', 'labels.csv'), '--out', at('run-a'));
  assert.match(told, /labels\.csv: 1 pictures stand in more than one split/);
});

test('the same picture with two grades is told', async () => {
  const same = await png(blobs(9));
  await writeTree(at('conflict'), {
    '0/a.png': same,
    '2/b.png': same,
    '1/c.png': await png(blobs(8)),
  });
  const { conflicts } = await imports(at('conflict'), '--out', at('d'));
  assert.deepEqual(conflicts[0].grades, [0, 2]);
});

test('with a key, names and subjects tell nothing, and the same key gives the same', async () => {
  await writeTree(at('named'), {
    '0/Smith_John.png': await png(blobs(1)),
    '1/Smith_Jane.png': await png(blobs(2)),
    '1/Smith_Jim.png': 'no picture',
  });
  const key = at('secret.key');
  const options = ['--key', key, '--subject', '(Smith_[A-Z]..)'];
  const { unreadable } = await imports(at('named'), ...options, '--out', at('e'));
  assert.equal(unreadable.length, 1);
  for (const name of await everything(at('e'))) assert.doesNotMatch(name, /smith/i);
  for (const file of ['labels.csv', 'quality.json', 'quality.html'])
    assert.doesNotMatch(await readFile(at('e', file), 'utf8'), /smith|named/i);
  await imports(at('named'), ...options, '--out', at('f'));
  const labels = await readFile(at('e', 'labels.csv'), 'utf8');
  assert.equal(await readFile(at('f', 'labels.csv'), 'utf8'), labels);
  await imports(at('named'), '--key', at('other.key'), '--out', at('g'));
  assert.notEqual(await readFile(at('g', 'labels.csv'), 'utf8'), labels);
  assert.match(
    await refused('import', at('named'), '--key', at('h', 'key'), '--out', at('h')),
    /the key lies inside/,
  );
});

test('an import that was killed goes on where it stopped', async () => {
  const files = Object.fromEntries(
    await Promise.all(
      Array.from({ length: 30 }, async (_, i) => [`${i % 2}/${i}.png`, await png(blobs(i, 256))]),
    ),
  );
  await writeTree(at('many'), files);
  for (const path of Object.keys(files)) await utimes(at('many', path), 1e9, 1e9);
  const args = ['import', at('many'), '--key', at('secret.key'), '--out', at('k')];
  const journal = at('k.partial', 'journal.jsonl');
  const killed = await semise(args, async (child) => {
    for (let lines = 0; lines < 5 && child.exitCode === null; ) {
      await new Promise((resolve) => setTimeout(resolve, 5));
      lines = (await readFile(journal, 'utf8').catch(() => '')).split('\n').length;
    }
    child.kill('SIGKILL');
  });
  assert.equal(killed.code, null);
  const before = (await readFile(journal, 'utf8')).split('\n').slice(0, -1);
  assert.ok(before.length >= 4 && before.length < 30, `${before.length}`);
  await writeFile(journal, `${before.join('\n')}\n${before[0].slice(0, 50)}`); // a line cut short
  const { path } = JSON.parse(before[0]);
  // What was done is not read again: its size and time are enough.
  const done = at('many', path);
  await writeFile(done, Buffer.alloc(files[path].length));
  await utimes(done, 1e9, 1e9);
  const { used, unreadable } = await imports(...args.slice(1));
  assert.deepEqual([used.images, unreadable.length], [30, 0]);
  await writeFile(done, files[path]);
  await imports(at('many'), '--key', at('secret.key'), '--out', at('whole'));
  assert.equal(
    await readFile(at('k', 'labels.csv'), 'utf8'),
    await readFile(at('whole', 'labels.csv'), 'utf8'),
  );
});

test('MedMNIST arrays: splits and grades as NumPy wrote them', async () => {
  const fixtures = new URL('../../src/data/decode/fixtures/', import.meta.url);
  await mkdir(at('npz'));
  await cp(new URL('retinamnist.npz', fixtures), at('npz', 'retinamnist.npz'));
  await imports(at('npz'), '--preset', 'retinamnist', '--allow-leakage', '--out', at('m'));
  const arrays = JSON.parse(await readFile(new URL('retinamnist.json', fixtures), 'utf8'));
  const { records } = await readManifest(at('m', 'labels.csv'));
  const grades = (split: string) =>
    records.filter((record) => record.split === split).map(({ grade }) => [grade]);
  assert.deepEqual(grades('train'), arrays.train_labels);
  assert.deepEqual(grades('validation'), arrays.val_labels);
  assert.deepEqual(grades('test'), arrays.test_labels);
});

test('what cannot be used ends in one line', async () => {
  assert.match(
    await refused('import', at('none'), '--out', at('x')),
    /none: no such file or folder/,
  );
  await mkdir(at('empty'));
  assert.match(
    await refused('import', at('empty'), '--out', at('x1')),
    /no image in it can be read/,
  );
  assert.match(await refused('import', at('classes'), '--out', at('a')), /a: already exists/);
  const preset = await refused('import', at('classes'), '--preset', 'aptos2019', '--out', at('x2'));
  assert.match(preset, /no image of APTOS 2019/);
  assert.match(
    await refused('import', at('classes'), '--slices', 'few', '--out', at('x3')),
    /every:N/,
  );
});

test('semise train runs straight from DICOM files and a sheet of grades', async () => {
  const files: Record<string, Uint8Array> = {};
  const rows = ['Patient ID;KL grade'];
  for (let i = 0; i < 24; i++) {
    const pixels = Uint16Array.from(blobs(i), (level) => level * 16);
    files[`DOE^JOHN ${i}/IM${i}`] = patientFile(`MRN${i}`, 64, pixels);
    rows.push(`MRN${i};${i % 3}`);
  }
  await writeTree(at('pacs'), files);
  await writeFile(at('grades.csv'), rows.join('\n'));
  const { code, stderr, stdout } = await semise([
    ...['train', '--data', at('pacs'), '--grades', at('grades.csv'), '--out', at('run')],
    ...['--steps', '2', '--batch', '8', '--image-size', '32', '--json'],
  ]);
  assert.equal(code, 0, stderr);
  assert.ok(JSON.parse(stdout).test);
  const { records } = await readManifest(at('run-data', 'labels.csv'));
  assert.equal(records.length, 24);
  assert.deepEqual(
    records
      .map(({ grade }) => grade)
      .sort()
      .join(''),
    '0'.repeat(8) + '1'.repeat(8) + '2'.repeat(8),
  );
  for (const name of [...(await everything(at('run-data'))), ...(await everything(at('run')))])
    assert.doesNotMatch(name, /doe|mrn/i);
  for (const file of ['labels.csv', 'quality.json', 'quality.html'])
    assert.doesNotMatch(await readFile(at('run-data', file), 'utf8'), /doe|mrn/i);
});
