// The rows of labels.csv as columns, 40 bytes and its texts a row. A record is made of them when it
// is looked at, so that a million rows fit where a million objects with their strings would not.

import { dirname, join, resolve } from 'node:path';
import { z } from 'zod';
import { makeFolder } from '../atomic.js';
import {
  asUint32,
  NumbersBuilder,
  readColumns,
  TextBuilder,
  TextColumn,
  writeColumns,
} from './columns.js';
import type { ImageRecord, Split } from './record.js';

/** A row as it was read and found good; `grade` null = unlabelled. */
export interface ManifestRow {
  readonly image: string;
  readonly subject: string;
  readonly grade: number | null;
  readonly split: Split | null;
  readonly mask: string;
  readonly site: string;
  /** In the order of the attributes' names. */
  readonly attributes: readonly string[];
  readonly line: number;
}

export interface ManifestColumns {
  readonly attributeNames: readonly string[];
  /** image, subject, mask, site, then the attributes. */
  readonly texts: readonly TextColumn[];
  /** Grade + 1, 0 = unlabelled. */
  readonly grades: Uint8Array;
  /** Index into SPLITS. */
  readonly splits: Uint8Array;
  readonly lines: Uint32Array;
}

const SPLITS: readonly (Split | null)[] = [null, 'train', 'validation', 'test'];

/** Collects rows into columns. */
export class ColumnsBuilder {
  readonly #attributeNames: readonly string[];
  readonly #texts: TextBuilder[];
  readonly #grades = new NumbersBuilder((length) => new Uint8Array(length));
  readonly #splits = new NumbersBuilder((length) => new Uint8Array(length));
  readonly #lines = new NumbersBuilder((length) => new Uint32Array(length));

  constructor(attributeNames: readonly string[]) {
    this.#attributeNames = attributeNames;
    this.#texts = Array.from({ length: 4 + attributeNames.length }, () => new TextBuilder());
  }

  push({ image, subject, grade, split, mask, site, attributes, line }: ManifestRow): void {
    for (const [i, text] of [image, subject, mask, site, ...attributes].entries())
      this.#texts[i].push(text);
    this.#grades.push((grade ?? -1) + 1);
    this.#splits.push(SPLITS.indexOf(split));
    this.#lines.push(line);
  }

  finish(): ManifestColumns {
    return {
      attributeNames: this.#attributeNames,
      texts: this.#texts.map((text) => text.finish()),
      grades: this.#grades.finish(),
      splits: this.#splits.finish(),
      lines: this.#lines.finish(),
    };
  }
}

/** One row, read out of the columns each time a field is asked for. */
class ColumnRecord implements ImageRecord {
  readonly #columns: ManifestColumns;
  readonly #folder: string;
  readonly #row: number;

  constructor(columns: ManifestColumns, folder: string, row: number) {
    this.#columns = columns;
    this.#folder = folder;
    this.#row = row;
  }
  #text(column: number): string {
    return this.#columns.texts[column].at(this.#row);
  }
  get image() {
    return this.#text(0);
  }
  get path() {
    return pathOf(this.#folder, this.#text(0));
  }
  get subject() {
    return this.#text(1);
  }
  get grade() {
    const stored = this.#columns.grades[this.#row];
    return stored === 0 ? null : stored - 1;
  }
  get split() {
    return SPLITS[this.#columns.splits[this.#row]];
  }
  get mask() {
    const mask = this.#text(2);
    return mask === '' ? null : pathOf(this.#folder, mask);
  }
  get site() {
    return this.#text(3) || null;
  }
  get attributes() {
    return Object.fromEntries(
      this.#columns.attributeNames.map((name, i) => [name, this.#text(4 + i)]),
    );
  }
  get line() {
    return this.#columns.lines[this.#row];
  }
}

/** `resolve`, but quick for the plain names that nearly all are. @param folder absolute */
const pathOf = (folder: string, name: string): string =>
  /^[./]|\/[./]|\/$|\\/.test(name) || folder === '/' ? resolve(folder, name) : `${folder}/${name}`;

/** @param file labels.csv, that paths are relative to */
export function recordsOf(columns: ManifestColumns, file: string): ImageRecord[] {
  const folder = dirname(resolve(file));
  const { length } = columns.grades;
  return Array.from({ length }, (_, row) => new ColumnRecord(columns, folder, row));
}

/** Where the columns of a labels.csv are kept, by its content. */
const columnsFile = (cache: string, fingerprint: string): string =>
  join(cache, 'manifests', `${fingerprint.slice(0, 32)}.columns`);

const STORED = z.object({ attributeNames: z.array(z.string()) });

/** @returns null where none are kept, or damaged ones */
export async function readKept(
  cache: string,
  fingerprint: string,
): Promise<ManifestColumns | null> {
  const stored = await readColumns(columnsFile(cache, fingerprint));
  const content = STORED.safeParse(stored?.content);
  if (!stored || !content.success) return null;
  const [grades, splits, lines, ...texts] = stored.columns;
  return {
    ...content.data,
    texts: Array.from(
      { length: texts.length / 2 },
      (_, i) => new TextColumn(texts[2 * i], asUint32(texts[2 * i + 1])),
    ),
    grades,
    splits,
    lines: asUint32(lines),
  };
}

export async function keep(
  cache: string,
  fingerprint: string,
  { attributeNames, texts, grades, splits, lines }: ManifestColumns,
): Promise<void> {
  const file = columnsFile(cache, fingerprint);
  await makeFolder(dirname(file));
  const columns = [grades, splits, lines, ...texts.flatMap(({ bytes, ends }) => [bytes, ends])];
  await writeColumns(file, { attributeNames }, columns);
}
