// A row once more: the run that it records is made anew and must give the same figures.

import { rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { InputError } from '../errors.js';
import { type BenchmarkHooks, type BenchmarkOptions, planBenchmark } from './benchmark.js';
import { cellKey } from './cells.js';
import { isCurrent, lastRows, type Row, readRows } from './rows.js';
import { runCell } from './run-cell.js';

export interface Verified {
  readonly recorded: Row;
  readonly again: Row;
  /** Whether metrics and confusion are the same, to the last bit. */
  readonly same: boolean;
}

/**
 * Runs the rows of the file that the options ask for again, in folders of their own, on as many
 * threads as they were made with; the file stays as it is.
 * @returns null where the signal ended it
 * @throws InputError if the file holds no such row
 */
export async function verifyRows(
  options: BenchmarkOptions,
  hooks: BenchmarkHooks & { readonly onVerified?: (verified: Verified) => void } = {},
): Promise<Verified[] | null> {
  const last = lastRows(await readRows(options.out));
  const plans = await planBenchmark(options, hooks);
  const chosen = plans.flatMap((plan) => {
    const row = last.get(cellKey(plan.cell));
    return row?.metrics && isCurrent(row, plan.config) ? [{ plan, row }] : [];
  });
  if (chosen.length === 0) {
    throw new InputError(
      `${options.out}: holds none of these runs, or made with other settings; run them first`,
    );
  }
  const runs = join(resolve(options.runs), 'verified');
  const verified: Verified[] = [];
  for (const [i, { plan, row }] of chosen.entries()) {
    await rm(join(runs, plan.id), { recursive: true, force: true });
    hooks.onCell?.(plan.cell, { index: i + 1, total: chosen.length, left: null });
    const threads = (row.config.threads as number | null) ?? undefined;
    const again = await runCell(plan, { ...options, runs, threads }, hooks);
    if (!again) return null;
    const same =
      isDeepStrictEqual(again.metrics, row.metrics) &&
      isDeepStrictEqual(again.confusion, row.confusion);
    verified.push({ recorded: row, again, same });
    hooks.onVerified?.({ recorded: row, again, same });
  }
  return verified;
}
