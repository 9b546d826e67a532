// ONNX Runtime's own profile of a program, summed up: where a step spends its time.

import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

interface Event {
  readonly cat: string;
  readonly name: string;
  /** Microseconds. */
  readonly ts: number;
  readonly dur: number;
  readonly args?: Readonly<Record<string, string | readonly Record<string, readonly number[]>[]>>;
}

export interface Share {
  readonly what: string;
  /** Milliseconds a run. */
  readonly ms: number;
  /** Calls a run. */
  readonly calls: number;
}

export interface Profile {
  readonly runMs: number;
  readonly byOp: readonly Share[];
  readonly byShape: readonly Share[];
}

/** Sums the profile that a session wrote, its first runs left out. */
export async function readProfile(folder: string, warmUps: number): Promise<Profile> {
  const file = (await readdir(folder)).find((name) => name.endsWith('.json'));
  if (!file) throw new Error('ONNX Runtime wrote no profile');
  return summarize(JSON.parse(await readFile(join(folder, file), 'utf8')), warmUps);
}

export function summarize(events: readonly Event[], warmUps: number): Profile {
  const runs = events
    .filter((e) => e.name === 'model_run')
    .sort((a, b) => a.ts - b.ts)
    .slice(warmUps);
  const kernels = events.filter(
    (e) => e.cat === 'Node' && e.name.endsWith('_kernel_time') && e.ts >= runs[0].ts,
  );
  return {
    runMs: runs.reduce((sum, e) => sum + e.dur, 0) / runs.length / 1e3,
    byOp: shares(kernels, runs.length, (e) => `${e.args?.op_name}`),
    byShape: shares(
      kernels,
      runs.length,
      (e) =>
        `${e.args?.op_name} ${shapes(e, 'input_type_shape')} -> ${shapes(e, 'output_type_shape')}`,
    ),
  };
}

function shapes(event: Event, key: string): string {
  const list = event.args?.[key] ?? [];
  return typeof list === 'string'
    ? list
    : list.map((t) => `[${Object.values(t)[0].join()}]`).join(' ');
}

function shares(events: readonly Event[], runs: number, of: (e: Event) => string): Share[] {
  const sums = new Map<string, { ms: number; calls: number }>();
  for (const event of events) {
    const sum = sums.get(of(event)) ?? { ms: 0, calls: 0 };
    sum.ms += event.dur / 1e3 / runs;
    sum.calls += 1 / runs;
    sums.set(of(event), sum);
  }
  return [...sums].map(([what, sum]) => ({ what, ...sum })).sort((a, b) => b.ms - a.ms);
}

/** For a terminal: the share of each op, then the most expensive calls by shape. */
export function printProfile({ runMs, byOp, byShape }: Profile): string {
  const total = byOp.reduce((sum, s) => sum + s.ms, 0);
  const line = ({ what, ms, calls }: Share) =>
    `${((100 * ms) / total).toFixed(1).padStart(6)} %${ms.toFixed(2).padStart(9)} ms${calls.toFixed(0).padStart(5)} x  ${what}`;
  return [
    `a run ${runMs.toFixed(1)} ms, in kernels ${total.toFixed(1)} ms`,
    ...byOp.slice(0, 20).map(line),
    'the most expensive shapes (inputs -> outputs):',
    ...byShape.slice(0, 30).map(line),
  ].join('\n');
}
