// The results file: a line of JSON a run, only ever appended to, by any number of processes.

import { appendFile, open, readFile } from 'node:fs/promises';
import { z } from 'zod';
import { unwritable } from '../atomic.js';
import { InputError } from '../errors.js';
import { type Cell, cellKey } from './cells.js';
import { HEALTHY } from './grid.js';

/** The metrics of a row. A list of its own: a metric that is new to evaluations is in no older row. */
export const ROW_METRICS = [
  'macroF1',
  'macroRecall',
  'accuracy',
  'maee',
  'mae',
  'worstClassMae',
  'qwk',
  'auroc',
  'rps',
  'spearman',
  'pairAccuracy',
  'ece',
] as const;
export type RowMetric = (typeof ROW_METRICS)[number];

const share = z.number().min(0).max(1);
const count = z.number().int().nonnegative();

const rowSchema = z.object({
  dataset: z.string(),
  budget: z.union([count, z.literal('all')]),
  comparisons: count,
  wrong: share,
  gradeNoise: share,
  pool: z.string().nullable(),
  healthy: z.enum(HEALTHY),
  method: z.string(),
  seed: count,
  split: z.enum(['test', 'validation']),
  /** Everything else that defines the run, defaults spelt out. */
  config: z.record(z.string(), z.unknown()),
  /** Null where the run failed. */
  metrics: z.record(z.enum(ROW_METRICS), z.number().nullable()).nullable(),
  /** Why the run failed. */
  error: z.string().optional(),
  /** Counts of scored images, rows = the expert's grade, columns = the predicted grade. */
  confusion: z.array(z.array(count)),
  /** Scored images and their subjects. */
  n: count,
  subjects: count,
  /** Images to train on, how many of them graded, and the number of grades. */
  images: count,
  graded: count,
  grades: count,
  /** Of training, evaluation and writing, without decoding. */
  seconds: z.number(),
});

/** One run of a benchmark. */
export type Row = z.infer<typeof rowSchema>;

/**
 * All rows of a file; none where there is no file. A line cut short, by a process that was killed, is
 * left out: its run is missing.
 * @throws InputError naming a line that is something else
 */
export async function readRows(file: string): Promise<Row[]> {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return '';
    throw new InputError(`${file}: cannot be read (${error.code}); give a file of results`);
  });
  return text.split('\n').flatMap((line, i) => {
    let json: unknown;
    try {
      json = JSON.parse(line);
    } catch {
      return [];
    }
    const { data, error } = rowSchema.safeParse(json);
    if (data) return [data];
    const [{ path, message }] = error.issues;
    throw new InputError(
      `${file}:${i + 1}: ${path.join('.')}: ${message}; it is no row of semise benchmark: take it out`,
    );
  });
}

/**
 * Appends a row in one write, so that rows of several processes do not mix; after a line that a
 * killed process left without an end, on a line of its own.
 */
export async function appendRow(file: string, row: Row): Promise<void> {
  try {
    const cut = await endsInMidLine(file);
    if (cut) await appendFile(file, '\n');
    await appendFile(file, `${JSON.stringify(row)}\n`);
  } catch (error) {
    throw unwritable(file, error as NodeJS.ErrnoException);
  }
}

async function endsInMidLine(file: string): Promise<boolean> {
  const handle = await open(file, 'r').catch(() => null);
  if (!handle) return false;
  try {
    const { size } = await handle.stat();
    if (size === 0) return false;
    const { buffer } = await handle.read(Buffer.alloc(1), 0, 1, size - 1);
    return buffer[0] !== 10;
  } finally {
    await handle.close();
  }
}

/** What a row's config says that makes no other run of it: where and by which version it was made. */
const CIRCUMSTANCES = ['semise', 'threads'];

/**
 * Whether a row is the run that these settings define: all that it records is as it would be now.
 * A setting that the row does not know, because there was none at its time, is taken as unchanged.
 */
export function isCurrent(row: Pick<Row, 'config'>, config: Row['config']): boolean {
  const { config: recorded } = row;
  return Object.keys(recorded)
    .filter((key) => !CIRCUMSTANCES.includes(key))
    .every((key) => agrees(recorded[key], config[key]));
}

function agrees(recorded: unknown, now: unknown): boolean {
  const nested = (value: unknown): value is Record<string, unknown> =>
    value !== null && typeof value === 'object' && !Array.isArray(value);
  return nested(recorded) && nested(now)
    ? Object.keys(recorded).every((key) => agrees(recorded[key], now[key]))
    : JSON.stringify(recorded) === JSON.stringify(now);
}

/** The last row of every cell, by the cell's key. */
export const lastRows = (rows: readonly Row[]): Map<string, Row> =>
  new Map(rows.map((row) => [cellKey(row as Cell), row]));
