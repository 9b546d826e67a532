// A csv file as rows that know their line: what labels.csv and comparisons.csv have in common.

import { readFile } from 'node:fs/promises';
import { CsvError, parse } from 'csv-parse/sync';
import { InputError } from '../errors.js';

export interface Row {
  /** Value by column name, white space at both ends removed. */
  readonly values: Readonly<Record<string, string>>;
  /** Line of the file on which the row ends, the first is 1. */
  readonly line: number;
}

/**
 * Reads a csv file (UTF-8 with or without BOM, LF or CRLF, quoted fields, empty lines skipped) row by
 * row.
 *
 * @param required columns that must be there
 * @param optional columns with a meaning, named in the message when a required one is missing
 * @param visit is given each row; what it throws ends the reading
 * @returns the columns
 * @throws InputError if the file cannot be read, is empty, lacks a required column, names a column
 *   twice, or has a row with another number of fields than the header
 */
export async function eachRow(
  file: string,
  required: readonly string[],
  optional: readonly string[],
  visit: (row: Row, columns: readonly string[]) => void,
): Promise<readonly string[]> {
  const content = await readFile(file).catch((error: NodeJS.ErrnoException) => {
    throw unreadable(file, error);
  });
  const expected = `${required.join(', ')} (optional: ${optional.join(', ')})`;
  let columns: readonly string[] | undefined;
  let rows = 0;
  parseRecords(file, content, (record, line) => {
    if (!columns) {
      columns = record;
      refuseColumns(`${file}:${line}`, columns, required, expected);
      return;
    }
    rows++;
    const values: Record<string, string> = {};
    for (let i = 0; i < record.length; i++) values[columns[i]] = record[i];
    visit({ values, line }, columns);
  });
  if (!columns) throw new InputError(`${file}: is empty; its first line must name ${expected}`);
  if (rows === 0)
    throw new InputError(`${file}: has a header but no rows; add one row an image or comparison`);
  return columns;
}

/** All rows of a csv file at once, as `eachRow` reads them. */
export async function readTable(
  file: string,
  required: readonly string[],
  optional: readonly string[],
): Promise<Row[]> {
  const rows: Row[] = [];
  await eachRow(file, required, optional, (row) => rows.push(row));
  return rows;
}

/** Why a csv file cannot be read, in the user's words. */
export function unreadable(file: string, { code }: NodeJS.ErrnoException): InputError {
  if (code === 'ENOENT') return new InputError(`${file}: no such file; give a csv file`);
  if (code === 'EISDIR') return new InputError(`${file}: is a folder; give the csv file in it`);
  return new InputError(`${file}: cannot be read (${code}); give a readable csv file`);
}

function refuseColumns(
  where: string,
  columns: readonly string[],
  required: readonly string[],
  expected: string,
): void {
  const missing = required.filter((name) => !columns.includes(name));
  if (missing.length > 0)
    throw new InputError(
      `${where}: no column ${missing.join(', ')}; ` +
        `found ${printable(columns.join(', '))}; expected ${expected}, separated by commas`,
    );
  const repeated = columns.find((name, i) => columns.indexOf(name) !== i);
  if (repeated !== undefined)
    throw new InputError(`${where}: two columns "${repeated}"; rename or drop one`);
}

/** What a terminal takes: a file that is no text at all must not drive it. */
const printable = (text: string): string =>
  (text.length > 200 ? `${text.slice(0, 200)}...` : text).replaceAll(/[\p{C}\ufffd]/gu, '?');

function parseRecords(
  file: string,
  content: Buffer,
  visit: (record: string[], line: number) => void,
): void {
  try {
    parse(content, {
      bom: true,
      skip_empty_lines: true,
      trim: true,
      on_record: (record: string[], { lines }) => {
        visit(record, lines);
        return null; // not kept: a million of them take gigabytes
      },
    });
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    throw new InputError(
      `${file}:${error.lines}: not a well-formed csv (${error.message}); mend quotes and commas there`,
    );
  }
}

/** At most 20 items of a list, and how many more there are. */
export function listed(items: readonly string[]): string {
  const shown = items.slice(0, 20).join(', ');
  return items.length > 20 ? `${shown} and ${items.length - 20} more` : shown;
}
