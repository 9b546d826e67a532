import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import fc from 'fast-check';
import { InputError } from '../errors.js';
import { readColumns, TextBuilder, writeColumns } from './columns.js';
import { readComparisons } from './comparisons.js';
import { type ImageRecord, readManifest, requireGrades } from './manifest.js';

let folder: string;
let labels: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'semise-manifest-'));
  labels = join(folder, 'labels.csv');
  await mkdir(join(folder, 'images'));
  for (const name of ['a', 'b', 'c', 'd,e'])
    await writeFile(join(folder, 'images', `${name}.png`), '');
});
after(() => rm(folder, { recursive: true }));

const read = async (content: string | Buffer) => {
  await writeFile(labels, content);
  return readManifest(labels);
};
const refused = (work: Promise<unknown>, ...parts: (string | RegExp)[]) =>
  assert.rejects(work, (error: Error) => {
    assert.ok(error instanceof InputError, String(error));
    assert.ok(!error.message.includes('\n'), error.message);
    for (const part of parts)
      assert.ok(
        typeof part === 'string' ? error.message.includes(part) : part.test(error.message),
        `${part} not in: ${error.message}`,
      );
    return true;
  });

/** All fields of a record, by name. */
const plain = (record: ImageRecord): ImageRecord => {
  const { image, path, subject, grade, split, mask, site, attributes, line } = record;
  return { image, path, subject, grade, split, mask, site, attributes, line };
};

test('reads BOM, CRLF, quoted fields, empty lines and further columns', async () => {
  const content =
    '\uFEFFimage,subject,grade,split,mask,site,age,device\r\n' +
    'images/a.png,p1,2,train,images/b.png,north,61,"Kowa, ""VX"""\r\n' +
    '\r\n' +
    '"images/d,e.png",p2,,VAL,,,,\r\n' +
    'images/c.png,p3,1.0,,,,,\r\n';
  const manifest = await read(content);
  assert.deepEqual(manifest.records.map(plain), [
    {
      image: 'images/a.png',
      path: join(folder, 'images/a.png'),
      subject: 'p1',
      grade: 2,
      split: 'train',
      mask: join(folder, 'images/b.png'),
      site: 'north',
      attributes: { age: '61', device: 'Kowa, "VX"' },
      line: 2,
    },
    {
      image: 'images/d,e.png',
      path: join(folder, 'images/d,e.png'),
      subject: 'p2',
      grade: null,
      split: 'validation',
      mask: null,
      site: null,
      attributes: { age: '', device: '' },
      line: 4,
    },
    {
      image: 'images/c.png',
      path: join(folder, 'images/c.png'),
      subject: 'p3',
      grade: 1,
      split: null,
      mask: null,
      site: null,
      attributes: { age: '', device: '' },
      line: 5,
    },
  ]);
  assert.deepEqual(manifest.attributeNames, ['age', 'device']);
  assert.equal(manifest.grades, 3);
  assert.equal(manifest.fingerprint, createHash('sha256').update(content).digest('hex'));
});

test('without a subject column every image is its own subject', async () => {
  const { records } = await read('image,grade\nimages/a.png,0\nimages/b.png,1\n');
  assert.deepEqual(
    records.map(({ subject }) => subject),
    ['images/a.png', 'images/b.png'],
  );
});

test('a large file is kept as columns by its content, and read from them', async () => {
  const cache = join(folder, 'cache');
  const large = { cache, small: 2 };
  const content =
    'image,subject,grade,mask,age,eye\nimages/a.png,p1,2,images/b.png,61,läuft\n' +
    'images/b.png,Zoë,,,,right\nimages/../images/c.png,p3,0,,7,\n';
  const parsed = await read(content);
  assert.deepEqual(await readdir(folder).then((names) => names.includes('cache')), false);
  const same = async () => {
    const manifest = await readManifest(labels, large);
    assert.deepEqual(manifest.records.map(plain), parsed.records.map(plain));
    assert.deepEqual({ ...manifest, records: 0 }, { ...parsed, records: 0 });
  };
  await same();
  const [kept] = await readdir(join(cache, 'manifests'));
  await same();
  // It is indeed read from there: columns of another content under this name.
  const file = join(cache, 'manifests', kept);
  const columns = await readFile(file);
  const { columns: parts, content: names } = (await readColumns(file))!;
  parts[0] = Buffer.from([1, 1, 1]);
  await writeColumns(file, names, parts);
  const { records } = await readManifest(labels, large);
  assert.deepEqual(
    records.map(({ grade }) => grade),
    [0, 0, 0],
  );
  // Damaged columns are not believed, and those of another content not found.
  await writeFile(file, columns.with(columns.length - 10, 7));
  await same();
  assert.deepEqual(await readFile(file), columns);
  await writeFile(labels, content.replace('p1,2', 'p1,1'));
  assert.equal((await readManifest(labels, large)).grades, 2);
  assert.equal((await readdir(join(cache, 'manifests'))).length, 2);
});

test('any rows are the same read from columns as written', async () => {
  const text = fc.string({ unit: 'grapheme', maxLength: 8 });
  const cells = fc.array(fc.tuple(text, text), { minLength: 1, maxLength: 40 });
  await fc.assert(
    fc.asyncProperty(cells, async (pairs) => {
      const [first, second] = [new TextBuilder(), new TextBuilder()];
      for (const [a, b] of pairs) {
        first.push(a);
        second.push(b);
      }
      for (const [column, k] of [first.finish(), second.finish()].map((c, i) => [c, i] as const))
        for (const [i, pair] of pairs.entries()) assert.equal(column.at(i), pair[k]);
    }),
  );
});

test('bad rows are refused by file, line and field', async () => {
  const row = (line: string) => read(`image,subject,grade,split\nimages/a.png,p,0,\n${line}\n`);
  const at = `${labels}:3: `;
  await refused(row('images/b.png,p,mild,'), at, 'grade "mild" is not an integer');
  await refused(row('images/b.png,p,1.5,'), at, 'grade "1.5"');
  await refused(row('images/b.png,p,-1,'), at, 'grade "-1"');
  await refused(row('images/b.png,p,100,'), at, 'grade "100"');
  await refused(row('images/b.png,p,1,dev'), at, 'split "dev"');
  await refused(row('images/b.png,,1,'), at, 'subject is empty');
  await refused(row(',p,1,'), at, 'image is empty');
  await refused(row('./images/a.png,p,1,'), at, 'stands already on line 2');
  await refused(row('images/b.png,p'), `${labels}:3: not a well-formed csv`);
  await refused(row('"images/b.png,p,1,'), `${labels}:`, 'not a well-formed csv');
});

test('wrong files and columns are refused, with what was found and expected', async () => {
  await refused(read('img,label\na,0\n'), `${labels}:1: `, 'image, grade', 'found img, label');
  await refused(read('image;grade\na;0\n'), 'found image;grade', 'separated by commas');
  await refused(read('image,grade,grade\na,0,0\n'), 'two columns "grade"');
  await refused(read(''), `${labels}: is empty`);
  await refused(read('image,grade\n'), 'no rows');
  await refused(readManifest(join(folder, 'none.csv')), 'none.csv: no such file');
  await refused(readManifest(folder), `${folder}: is a folder`);
});

test('a subject in two splits is refused with both lines', async () => {
  const content =
    'image,subject,grade,split\nimages/a.png,p,0,train\nimages/b.png,p,0,\nimages/c.png,p,0,test\n';
  await refused(read(content), `${labels}:4: subject p has split test here and train on line 2`);
});

test('missing images are listed all at once, 20 by name; missing masks too', async () => {
  const many = Array.from({ length: 25 }, (_, i) => `images/missing-${i}.png,0`).join('\n');
  await refused(
    read(`image,grade\nimages/a.png,0\n${many}\n`),
    `${labels}:3: 25 of 26 image files are not there`,
    'missing-0.png (line 3)',
    'missing-19.png (line 22)',
    'and 5 more',
    /^(?!.*missing-20)/,
  );
  await refused(read('image,grade\nimages,0\n'), '1 of 1 image files');
  await refused(read('image,grade,mask\nimages/a.png,0,m.png\n'), '1 of 1 mask files', 'm.png');
});

test('training needs two grades', async () => {
  const none = await read('image,grade\nimages/a.png,\nimages/b.png,\n');
  assert.equal(none.grades, 0);
  assert.throws(() => requireGrades(none), /column grade is empty in every row/);
  const one = await read('image,grade\nimages/a.png,1\nimages/b.png,1\nimages/c.png,\n');
  assert.throws(() => requireGrades(one), InputError);
  assert.throws(() => requireGrades(one), /every graded image has grade 1/);
  requireGrades(await read('image,grade\nimages/a.png,0\nimages/b.png,1\n'));
});

test('comparisons find their images by path or by name', async () => {
  const manifest = await read('image,grade\nimages/a.png,0\nimages/b.png,1\nimages/c.png,\n');
  const file = join(folder, 'images', 'comparisons.csv');
  await writeFile(
    file,
    'more_severe,less_severe,rater,weight,tie\nb.png,images/a.png,ann,0.5,\nc.png,b.png,,,1\n',
  );
  assert.deepEqual(await readComparisons(file, manifest), [
    { moreSevere: 1, lessSevere: 0, rater: 'ann', weight: 0.5, tie: false },
    { moreSevere: 2, lessSevere: 1, rater: '', weight: 1, tie: true },
  ]);
  await writeFile(file, 'more_severe,less_severe\nb.png,a.png\n');
  assert.deepEqual(await readComparisons(file, manifest), [
    { moreSevere: 1, lessSevere: 0, rater: '', weight: 1, tie: false },
  ]);
});

test('bad comparisons are refused', async () => {
  const manifest = await read('image,grade\nimages/a.png,0\nimages/b.png,1\n');
  const file = join(folder, 'comparisons.csv');
  const [a, b] = ['images/a.png', 'images/b.png'];
  const rows = async (...lines: string[]) => {
    await writeFile(file, ['more_severe,less_severe,rater,weight,tie', ...lines].join('\n'));
    return readComparisons(file, manifest);
  };
  await refused(
    rows(`x.png,${a},,,`, `${b},${a},,,`, `${b},y.png,,,`),
    '2 images are not in',
    '"x.png" (line 2)',
    '"y.png" (line 4)',
  );
  await refused(rows(`${b},./images/b.png,,,`), `${file}:2: `, 'compared with itself');
  for (const weight of ['0', '1.1', '-1', 'much'])
    await refused(rows(`${b},${a},,${weight},`), `${file}:2: weight "${weight}"`);
  await refused(rows(`${b},${a},,,yes`), `${file}:2: tie "yes"`);
  await writeFile(file, 'better,worse\n1,2\n');
  await refused(readComparisons(file, manifest), 'found better, worse');
});
