// Runs what a grid asks for and is not yet in the results file. Any number of processes may work on
// one grid and one file: each takes the next run that no other has taken.

import { dirname, join, resolve } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { makeFolder, unwritable } from '../atomic.js';
import { InputError } from '../errors.js';
import { type Cell, cellKey, gridCells, type Only, shard } from './cells.js';
import { type Cohort, openCohort } from './cohort.js';
import { readGrid } from './grid.js';
import { lock, tryLock } from './lock.js';
import { type Plan, planCell } from './plan.js';
import { appendRow, isCurrent, lastRows, type Row, readRows } from './rows.js';
import { type CellHooks, type CellOptions, runCell } from './run-cell.js';

export interface BenchmarkOptions extends Omit<CellOptions, 'runs'> {
  /** The grid, YAML or JSON. */
  readonly grid: string;
  /** Results, a line of JSON a run. */
  readonly out: string;
  /** Folder that holds the data sets. */
  readonly datasets: string;
  /** Folder of the runs. */
  readonly runs: string;
  /** Choose settings: other seeds, scored on the validation split. */
  readonly tune?: boolean;
  readonly only?: Only;
  /** `1/2`: the first of two parts. */
  readonly shard?: string;
  /** Run also what is in the file. */
  readonly again?: boolean;
}

export interface BenchmarkHooks extends CellHooks {
  readonly onNote?: (text: string) => void;
  readonly onDraw?: (done: number, total: number) => void;
  readonly onPlan?: (counts: { cells: number; missing: number }) => void;
  /** Before a run. `index` of `total` from 1; seconds left as far as finished runs tell. */
  readonly onCell?: (cell: Cell, at: { index: number; total: number; left: number | null }) => void;
  readonly onRow?: (row: Row) => void;
}

export interface BenchmarkResult {
  /** Rows added. */
  readonly rows: readonly Row[];
  /** True where the signal ended the work early. */
  readonly stopped: boolean;
}

/** @throws InputError for whatever the user can mend */
export async function runBenchmark(
  options: BenchmarkOptions,
  hooks: BenchmarkHooks = {},
): Promise<BenchmarkResult> {
  const { out } = options;
  const runs = resolve(options.runs);
  await refuseOtherSplit(out, options.tune ?? false);
  await folderFor(out);
  const plans = await planBenchmark(options, hooks);
  const atStart = lastRows(await readRows(out));
  const missing = options.again
    ? plans
    : plans.filter((plan) => !isDone(plan, atStart) || atStart.get(cellKey(plan.cell))?.error);
  hooks.onPlan?.({ cells: plans.length, missing: missing.length });

  const rows: Row[] = [];
  const finished = { stopped: false, rows };
  const postponed: Plan[] = [];
  let index = 0;
  const work = async (plan: Plan, release: () => Promise<void>): Promise<boolean> => {
    try {
      const known = await readRows(out);
      const last = lastRows(known);
      const key = cellKey(plan.cell);
      index++;
      const doneMeanwhile =
        isDone(plan, last) && !isDeepStrictEqual(last.get(key), atStart.get(key));
      if (doneMeanwhile && !options.again) return true;
      const left = secondsLeft(missing.slice(index - 1), known);
      hooks.onCell?.(plan.cell, { index, total: missing.length, left });
      const row = await runCell(plan, { ...options, runs }, hooks);
      if (!row) return false;
      if (!row.error || last.get(key)?.error !== row.error) await appendRow(out, row);
      rows.push(row);
      hooks.onRow?.(row);
      return true;
    } catch (error) {
      if (hooks.signal?.aborted && error === hooks.signal.reason) return false;
      throw error;
    } finally {
      await release();
    }
  };
  for (const plan of missing) {
    if (hooks.signal?.aborted) return { ...finished, stopped: true };
    const release = await tryLock(await lockFile(runs, plan));
    if (!release) postponed.push(plan);
    else if (!(await work(plan, release))) return { ...finished, stopped: true };
  }
  for (const plan of postponed) {
    const release = await lock(await lockFile(runs, plan), hooks.signal).catch(() => null);
    if (!release || !(await work(plan, release))) return { ...finished, stopped: true };
  }
  return finished;
}

/** The runs that the options ask for, in order, without those whose images are not there. */
export async function planBenchmark(
  options: BenchmarkOptions,
  hooks: Pick<BenchmarkHooks, 'onNote' | 'onDraw' | 'signal'> = {},
): Promise<Plan[]> {
  const grid = await readGrid(options.grid);
  const all = gridCells(grid, { tune: options.tune ?? false, only: options.only });
  const cells = options.shard ? shard(all, options.shard) : all;
  if (cells.length === 0) throw new InputError('--only: no run of the grid is of this kind');
  const { datasets } = options;
  const runs = resolve(options.runs);
  const open = async (name: string, spec: Parameters<typeof openCohort>[1]) => {
    const cohort = await openCohort(name, spec, datasets, runs, hooks);
    const where = resolve(datasets, spec.labels ?? '');
    if (!cohort) hooks.onNote?.(`${name}: ${where} is not there; its runs are skipped`);
    return [name, cohort] as const;
  };
  const cohorts = new Map<string, Cohort | null>();
  for (const name of new Set(cells.map((cell) => cell.dataset))) {
    cohorts.set(...(await open(name, grid.datasets[name])));
  }
  const pools = new Map<string, Cohort | null>();
  for (const name of new Set(cells.flatMap((cell) => cell.pool ?? []))) {
    pools.set(...(await open(name, grid.pools[name])));
  }
  const places = { grid, cohorts, pools, datasets };
  const plans: Plan[] = [];
  for (const cell of cells) {
    const plan = await planCell(cell, places);
    if (plan) plans.push(plan);
  }
  return plans;
}

/** A failed run is done, too, for this time: the next start tries it again. */
function isDone({ cell, config }: Plan, last: ReadonlyMap<string, Row>): boolean {
  const row = last.get(cellKey(cell));
  return row !== undefined && isCurrent(row, config);
}

/** Guessed from the runs of the same data set, or of all; null where there are none. */
function secondsLeft(plans: readonly Plan[], rows: readonly Row[]): number | null {
  const mean = (of: readonly Row[]) => of.reduce((sum, row) => sum + row.seconds, 0) / of.length;
  const done = rows.filter((row) => !row.error);
  if (done.length === 0) return null;
  return plans.reduce((sum, { cell }) => {
    const alike = done.filter((row) => row.dataset === cell.dataset);
    return sum + mean(alike.length > 0 ? alike : done);
  }, 0);
}

async function refuseOtherSplit(out: string, tune: boolean): Promise<void> {
  const split = tune ? 'validation' : 'test';
  const other = (await readRows(out)).find((row) => row.split !== split);
  if (!other) return;
  throw new InputError(
    `${out}: holds rows scored on the ${other.split} split, and these would be on ${split}; give tuning (--tune) a file of its own`,
  );
}

async function folderFor(out: string): Promise<void> {
  await makeFolder(dirname(resolve(out))).catch((error) => {
    throw unwritable(out, error);
  });
}

async function lockFile(runs: string, plan: Plan): Promise<string> {
  await makeFolder(runs).catch((error) => {
    throw unwritable(runs, error);
  });
  return join(runs, `${plan.id}.lock`);
}
