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

export interface Table {
  readonly content: Buffer;
  readonly columns: readonly string[];
  readonly rows: readonly Row[];
}

/**
 * Reads a csv file (UTF-8 with or without BOM, LF or CRLF, quoted fields, empty lines skipped).
 *
 * @param required columns that must be there
 * @param optional columns with a meaning, named in the message when a required one is missing
 * @throws InputError if the file cannot be read, is empty, lacks a required column, names a column
 *   twice, or has a row with another number of fields than the header
 */
export async function readTable(
  file: string,
  required: readonly string[],
  optional: readonly string[],
): Promise<Table> {
  const content = await readFile(file).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') throw new InputError(`${file}: no such file; give a csv file`);
    if (error.code === 'EISDIR')
      throw new InputError(`${file}: is a folder; give the csv file in it`);
    throw new InputError(`${file}: cannot be read (${error.code}); give a readable csv file`);
  });
  const [header, ...records] = parseRecords(file, content);
  const expected = `${required.join(', ')} (optional: ${optional.join(', ')})`;
  if (!header) throw new InputError(`${file}: is empty; its first line must name ${expected}`);
  const columns = header.record;
  const missing = required.filter((name) => !columns.includes(name));
  if (missing.length > 0)
    throw new InputError(
      `${file}:${header.line}: no column ${missing.join(', ')}; ` +
        `found ${columns.join(', ')}; expected ${expected}, separated by commas`,
    );
  const repeated = columns.find((name, i) => columns.indexOf(name) !== i);
  if (repeated !== undefined)
    throw new InputError(`${file}:${header.line}: two columns "${repeated}"; rename or drop one`);
  if (records.length === 0)
    throw new InputError(`${file}: has a header but no rows; add one row an image or comparison`);
  const rows = records.map(({ record, line }) => ({
    values: Object.fromEntries(columns.map((name, i) => [name, record[i]])),
    line,
  }));
  return { content, columns, rows };
}

function parseRecords(file: string, content: Buffer): { record: string[]; line: number }[] {
  try {
    const parsed = parse(content, { bom: true, info: true, skip_empty_lines: true, trim: true });
    return (parsed as unknown as { record: string[]; info: { lines: number } }[]).map(
      ({ record, info }) => ({ record, line: info.lines }),
    );
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
