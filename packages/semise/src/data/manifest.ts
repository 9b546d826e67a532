// labels.csv: which images there are, whose they are, and the grades that experts gave.

import { createHash } from 'node:crypto';
import { createReadStream, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { setImmediate } from 'node:timers/promises';
import { InputError } from '../errors.js';
import { defaultCacheFolder } from './cache/index.js';
import type { Paths } from './image.js';
import {
  ColumnsBuilder,
  keep,
  type ManifestColumns,
  type ManifestRow,
  readKept,
  recordsOf,
} from './manifest-columns.js';
import type { ImageRecord, Split } from './record.js';
import { eachRow, listed, type Row, unreadable } from './table.js';

export type { ImageRecord, Split };

export interface Manifest {
  readonly file: string;
  readonly records: readonly ImageRecord[];
  readonly attributeNames: readonly string[];
  /** Number of grades: the highest grade + 1, 0 where nothing is graded. */
  readonly grades: number;
  /** SHA-256 of the file's content, hexadecimal. */
  readonly fingerprint: string;
}

const SPLIT_NAMES: Readonly<Record<string, Split | null>> = {
  '': null,
  train: 'train',
  validation: 'validation',
  val: 'validation',
  valid: 'validation',
  test: 'test',
};
const REQUIRED = ['image', 'grade'];
const OPTIONAL = ['subject', 'split', 'mask', 'site'];

export interface ManifestOptions {
  /** Where the columns of large files are kept: the folder of the image cache, unless told. */
  readonly cache?: string;
  /** Rows up to which nothing is kept, and images and masks are looked for at each reading. */
  readonly small?: number;
}

/** Rows that are read in a moment. */
const SMALL = 50_000;

/**
 * Reads labels.csv: `image` (path relative to the file), `grade` (integer from 0 to 99, empty =
 * unlabelled), optional `subject`, `split`, `mask`, `site`; all further columns are attributes.
 *
 * A large file is read and checked once; as long as its content is the same, later readings take
 * its columns from the cache, and a missing image is found when it is first used.
 *
 * @throws InputError on wrong columns, a grade that is not such an integer, an unknown split name,
 *   a subject in two splits, an image named twice, images or masks that are not there (all at once)
 */
export async function readManifest(
  file: string,
  { cache = defaultCacheFolder(), small = SMALL }: ManifestOptions = {},
): Promise<Manifest> {
  const fingerprint = await sha256(file);
  const kept = await readKept(cache, fingerprint);
  const columns = kept ?? (await parse(file));
  const records = recordsOf(columns, file);
  if (!kept) {
    refuseRepeatedImages(file, records);
    refuseSubjectsInTwoSplits(file, records);
    await refuseMissingFiles(file, records);
    // Kept to be quick: where the disk says no, it is read again next time.
    if (records.length > small) await keep(cache, fingerprint, columns).catch(() => {});
  }
  return {
    file,
    records,
    attributeNames: columns.attributeNames,
    grades: columns.grades.reduce((most, stored) => Math.max(most, stored), 0),
    fingerprint,
  };
}

/** The images' paths, for the image cache. */
export const imagePaths = ({ file, records, fingerprint }: Manifest): Paths => ({
  length: records.length,
  at: (i) => records[i].path,
  identity: `${dirname(resolve(file))}\0${fingerprint}`,
});

async function sha256(file: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file, { highWaterMark: 1 << 20 }), hash).catch((error) => {
    throw unreadable(file, error);
  });
  return hash.digest('hex');
}

async function parse(file: string): Promise<ManifestColumns> {
  let attributeNames: readonly string[] | undefined;
  let builder: ColumnsBuilder | undefined;
  await eachRow(file, REQUIRED, OPTIONAL, (row, columns) => {
    attributeNames ??= columns.filter((name) => ![...REQUIRED, ...OPTIONAL].includes(name));
    builder ??= new ColumnsBuilder(attributeNames);
    builder.push(readRow(file, row, attributeNames));
  });
  return builder!.finish();
}

/**
 * Training needs images of two grades at least.
 *
 * @throws InputError if no image is graded or all have one grade
 */
export function requireGrades(manifest: Manifest): void {
  const grades = new Set<number | null>();
  for (const { grade } of manifest.records) grades.add(grade);
  grades.delete(null);
  if (grades.size === 0)
    throw new InputError(
      `${manifest.file}: column grade is empty in every row; grade some images of each class`,
    );
  if (grades.size === 1)
    throw new InputError(
      `${manifest.file}: every graded image has grade ${[...grades][0]}; ` +
        'training needs two grades at least, 0 = healthy among them',
    );
}

function readRow(
  file: string,
  { values, line }: Row,
  attributeNames: readonly string[],
): ManifestRow {
  const where = `${file}:${line}`;
  const { image, subject = image, grade, split = '', mask = '', site = '' } = values;
  if (image === '') throw new InputError(`${where}: image is empty; give the image's path`);
  if (subject === '')
    throw new InputError(
      `${where}: subject is empty; name the patient, or drop the column if none is known`,
    );
  // Spreadsheets and pandas write the integers of a column with gaps as 2.0.
  if (!/^(\d{1,2}(\.0+)?)?$/.test(grade))
    throw new InputError(
      `${where}: grade "${grade}" is not an integer from 0 to 99; ` +
        'mend it, or leave it empty for an unlabelled image',
    );
  const splitName = split.toLowerCase();
  if (!Object.hasOwn(SPLIT_NAMES, splitName))
    throw new InputError(
      `${where}: split "${split}" is unknown; write train, validation, test or leave it empty`,
    );
  return {
    image,
    subject,
    grade: grade === '' ? null : Number(grade),
    split: SPLIT_NAMES[splitName],
    mask,
    site,
    attributes: attributeNames.map((name) => values[name]),
    line,
  };
}

function refuseRepeatedImages(file: string, records: readonly ImageRecord[]): void {
  const seen = new Map<string, number>();
  for (const { image, path, line } of records) {
    const first = seen.get(path);
    if (first !== undefined)
      throw new InputError(
        `${file}:${line}: image ${image} stands already on line ${first}; keep one of the rows`,
      );
    seen.set(path, line);
  }
}

function refuseSubjectsInTwoSplits(file: string, records: readonly ImageRecord[]): void {
  const seen = new Map<string, ImageRecord>();
  for (const record of records) {
    if (record.split === null) continue;
    const first = seen.get(record.subject);
    if (first && first.split !== record.split)
      throw new InputError(
        `${file}:${record.line}: subject ${record.subject} has split ${record.split} here and ` +
          `${first.split} on line ${first.line}; put all images of a subject in one split`,
      );
    seen.set(record.subject, record);
  }
}

async function refuseMissingFiles(file: string, records: readonly ImageRecord[]): Promise<void> {
  for (const field of ['image', 'mask'] as const) {
    const missing: { path: string; line: number }[] = [];
    let named = 0;
    for (const [i, record] of records.entries()) {
      const path = field === 'image' ? record.path : record.mask;
      if (path === null) continue;
      named++;
      if (!isFile(path)) missing.push({ path, line: record.line });
      if (i % 1000 === 999) await setImmediate(); // signals and timers have their turn
    }
    if (missing.length > 0)
      throw new InputError(
        `${file}:${missing[0].line}: ${missing.length} of ${named} ${field} files are not ` +
          `there: ${listed(missing.map(({ path, line }) => `${path} (line ${line})`))}; ` +
          `write ${field} paths relative to ${file}, or drop the rows`,
      );
  }
}

function isFile(path: string): boolean {
  try {
    return statSync(path, { throwIfNoEntry: false })?.isFile() ?? false;
  } catch {
    return false;
  }
}
