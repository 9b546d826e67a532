import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { InputError } from '../../errors.js';
import { columnsOf, gradeOf, parseColumns, splitOf } from './fields.js';
import { readSheet } from './grades.js';

const rows = [
  { File: 'Müller 1.png', Grade: '2' },
  { File: '=cmd', Grade: '' },
];

test('any delimiter and encoding', async () => {
  for (const mark of [',', ';', '\t', '|']) {
    const text = `File${mark}Grade\r\nMüller 1.png${mark}2\r\n\r\n=cmd${mark}\r\n`;
    const utf16 = Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(text, 'utf16le')]);
    for (const bytes of [
      Buffer.from(text),
      Buffer.from(`\ufeff${text}`),
      Buffer.from(text, 'latin1'),
      utf16,
      Buffer.concat([Buffer.from([0xfe, 0xff]), Buffer.from(utf16.subarray(2)).swap16()]),
    ])
      assert.deepEqual((await readSheet('g.csv', bytes)).rows, rows, JSON.stringify(text));
  }
});

test('a workbook of openpyxl: numbers, dates, and formulas as the text they are', async () => {
  const file = new URL('../../../src/data/import/fixtures/grades.xlsx', import.meta.url);
  const { columns, rows } = await readSheet('grades.xlsx', await readFile(file));
  assert.deepEqual(columns, ['File', 'Patient', 'KL', 'Visit', 'Remark']);
  assert.deepEqual(rows, [
    { File: 'a.png', Patient: '17', KL: '2', Visit: '2020-05-04', Remark: '=1+1' },
    { File: 'b.png', Patient: 'p 18', KL: '0', Visit: '', Remark: 'fine,' },
    { File: 'c.png', Patient: '19', KL: '3', Visit: '', Remark: '@sum' },
  ]);
});

test('what is no sheet is refused', async () => {
  const refused = (name: string, text: string, reason: RegExp) =>
    assert.rejects(readSheet(name, Buffer.from(text)), (error: Error) => {
      assert.ok(error instanceof InputError);
      return reason.test(error.message);
    });
  await refused('g.xlsx', 'PK no zip', /g\.xlsx: cannot be read as XLSX/);
  await refused('g.csv', '', /needs a header and a row/);
  await refused('g.csv', 'a,b\n', /needs a header and a row/);
  await refused('g.csv', 'a,a\n1,2\n', /two columns "a"/);
  await refused('g.csv', 'a,b\n"1,2\n', /not a well-formed csv/);
});

test('columns are known by their many names, or named', () => {
  assert.deepEqual(columnsOf('g', ['Image name', 'Retinopathy grade', 'Patient_ID', 'Age']), {
    image: 'Image name',
    subject: 'Patient_ID',
    grade: 'Retinopathy grade',
  });
  assert.deepEqual(columnsOf('g', ['a', 'b'], { image: 'b', grade: 'a' }), {
    image: 'b',
    grade: 'a',
  });
  assert.throws(
    () => columnsOf('g', ['a'], { grade: 'c' }),
    /g: no column "c" for grade; there are a/,
  );
  assert.deepEqual(parseColumns('image=File, grade = DR=level'), {
    image: 'File',
    grade: 'DR=level',
  });
  assert.throws(() => parseColumns('picture=File'), /FIELD is one of image, subject/);
});

test('grades and splits as they are written', () => {
  const words = { mild: 1, 'bi-rads 5': 4 };
  const cells = ['2', '2.0', ' Mild', 'BI-RADS 5', '', 'NaN', '1.5', '-1', 'severe'];
  assert.deepEqual(
    cells.map((cell) => gradeOf(cell, words)),
    [2, 2, 1, 4, '', '', null, null, null],
  );
  assert.deepEqual(['Training', 'val', 'TEST', 'images'].map(splitOf), [
    'train',
    'validation',
    'test',
    '',
  ]);
});
