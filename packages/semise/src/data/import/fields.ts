// What is known of an image, by the names that labels.csv uses; and the many names that sheets use.

import { InputError } from '../../errors.js';

export const FIELDS = ['image', 'subject', 'grade', 'split', 'site', 'mask'] as const;
export type Field = (typeof FIELDS)[number];

/** Names of columns, without case, blanks and punctuation, the likeliest first. */
const NAMES: Readonly<Record<Field, readonly string[]>> = {
  image:
    'image imagename imageid imagepath imagefile filename filepath file path idcode img name sopinstanceuid'.split(
      ' ',
    ),
  subject:
    'subject subjectid patient patientid patientno participant participantid caseid mrn'.split(' '),
  grade:
    'grade label level severity diagnosis stage score class klgrade kl drgrade drlevel retinopathygrade birads'.split(
      ' ',
    ),
  split: 'split set subset partition'.split(' '),
  site: 'site institution hospital centre center'.split(' '),
  mask: 'mask maskpath segmentation'.split(' '),
};

const plain = (name: string) => name.toLowerCase().replaceAll(/[^\p{L}\d]/gu, '');

/**
 * Which column of a sheet holds which field.
 *
 * @param named columns that the user named, by field
 * @throws InputError if a column that was named is not there
 */
export function columnsOf(
  sheet: string,
  columns: readonly string[],
  named: Readonly<Record<string, string>> = {},
): Partial<Record<Field, string>> {
  const found: Partial<Record<Field, string>> = {};
  for (const field of FIELDS) {
    const asked = named[field];
    if (asked !== undefined && !columns.includes(asked))
      throw new InputError(
        `${sheet}: no column "${asked}" for ${field}; there are ${columns.join(', ')}`,
      );
    const column =
      asked ??
      NAMES[field]
        .map((name) => columns.find((column) => plain(column) === name))
        .find((column) => column !== undefined);
    if (column !== undefined) found[field] = column;
  }
  return found;
}

/**
 * `image=File,grade=DR level` as a record.
 * @throws InputError naming what is no such pair
 */
export function parseColumns(text: string): Partial<Record<Field, string>> {
  return Object.fromEntries(
    text.split(',').map((pair) => {
      const [field, ...column] = pair.split('=');
      if (!FIELDS.includes(field.trim() as Field) || column.length === 0)
        throw new InputError(
          `--columns "${pair}": write FIELD=COLUMN, where FIELD is one of ${FIELDS.join(', ')}`,
        );
      return [field.trim(), column.join('=').trim()];
    }),
  );
}

const SPLITS: Readonly<Record<string, string>> = {
  train: 'train',
  training: 'train',
  val: 'validation',
  valid: 'validation',
  validation: 'validation',
  dev: 'validation',
  test: 'test',
  testing: 'test',
};

/** The split that a word means, '' where it means none. */
export const splitOf = (word: string): string => SPLITS[word.trim().toLowerCase()] ?? '';

/**
 * The grade that a cell means.
 *
 * @param words grades by word, in lower case
 * @returns '' for an empty cell, null for what is not understood
 */
export function gradeOf(
  cell: string,
  words: Readonly<Record<string, number>> = {},
): number | '' | null {
  const word = cell.trim().toLowerCase();
  if (word === '' || word === 'nan' || word === 'na') return '';
  if (Object.hasOwn(words, word)) return words[word];
  return /^\d{1,2}(\.0+)?$/.test(word) ? Number(word) : null;
}
