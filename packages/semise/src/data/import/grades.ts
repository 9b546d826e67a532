// A spreadsheet of grades as people have it: CSV of any delimiter and encoding, or XLSX. Cells are
// text; one that begins like a formula is the text it is.

import chardet from 'chardet';
import { CsvError, parse } from 'csv-parse/sync';
import readSheets from 'read-excel-file/node';
import { InputError } from '../../errors.js';
import { unpackedBytes } from './zip.js';

export interface Sheet {
  /** For messages. */
  readonly name: string;
  readonly columns: readonly string[];
  /** Cells by column; what is empty is ''. */
  readonly rows: readonly Readonly<Record<string, string>>[];
}

/** Bytes that a workbook may unpack to. */
const WORKBOOK = 256 * 2 ** 20;

/**
 * @param name its ending tells XLSX from text
 * @throws InputError if it is no such file, has no header or no rows, or names a column twice
 */
export async function readSheet(name: string, bytes: Buffer): Promise<Sheet> {
  const cells = /\.xlsx$/i.test(name) ? await workbook(name, bytes) : text(name, bytes);
  const [header, ...rows] = cells.filter((row) => row.some((cell) => cell !== ''));
  if (!header || rows.length === 0)
    throw new InputError(`${name}: needs a header and a row at least; save the sheet of grades`);
  // Columns to the right of the table, without a name, are notes.
  const columns = header.filter((column) => column !== '');
  const repeated = columns.find((column, i) => columns.indexOf(column) !== i);
  if (repeated !== undefined)
    throw new InputError(`${name}: two columns "${repeated}"; rename or drop one`);
  return {
    name,
    columns,
    rows: rows.map((row) =>
      Object.fromEntries(
        header.flatMap((column, i) => (column === '' ? [] : [[column, row[i] ?? '']])),
      ),
    ),
  };
}

async function workbook(name: string, bytes: Buffer): Promise<string[][]> {
  try {
    await unpackedBytes(bytes, WORKBOOK);
    const [first] = await readSheets(bytes);
    return (first?.data ?? []).map((row) => row.map(cellText));
  } catch (error) {
    throw new InputError(
      `${name}: cannot be read as XLSX (${(error as Error).message}); save it anew, or as CSV`,
    );
  }
}

function cellText(cell: unknown): string {
  if (cell === null || cell === undefined) return '';
  if (cell instanceof Date) return cell.toISOString().slice(0, 10);
  return String(cell).trim();
}

function text(name: string, bytes: Buffer): string[][] {
  const content = decoded(bytes);
  try {
    return parse(content, {
      delimiter: delimiterOf(content),
      relax_column_count: true,
      skip_empty_lines: true,
      trim: true,
    }) as string[][];
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    throw new InputError(
      `${name}:${error.lines}: not a well-formed csv (${error.message}); mend quotes there`,
    );
  }
}

/** UTF-8 unless it is not valid as such; then what the bytes look like. */
function decoded(bytes: Buffer): string {
  const bom = bytes[0] === 0xff && bytes[1] === 0xfe ? 'utf-16le' : null;
  const bomBig = bytes[0] === 0xfe && bytes[1] === 0xff ? 'utf-16be' : null;
  if (bom || bomBig) return new TextDecoder((bom ?? bomBig) as string).decode(bytes);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    const guessed = chardet.detect(bytes.subarray(0, 2 ** 16)) ?? 'windows-1252';
    try {
      return new TextDecoder(guessed).decode(bytes);
    } catch {
      return new TextDecoder('windows-1252').decode(bytes);
    }
  }
}

/** Whichever of , ; tab | stands most often in the header, outside quotes. */
function delimiterOf(content: string): string {
  const header = (/[^\r\n]+/.exec(content)?.[0] ?? '').replaceAll(/"[^"]*"/g, '');
  const counts = [',', ';', '\t', '|'].map((mark) => ({ mark, n: header.split(mark).length }));
  return counts.reduce((best, next) => (next.n > best.n ? next : best)).mark;
}
