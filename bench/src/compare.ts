// One case, both sides, in turns.

import { loadavg } from 'node:os';
import type { Case } from './cases.js';
import { openOurs } from './own.js';
import { openPytorch, type PytorchOptions } from './pytorch.js';
import type { Side } from './side.js';
import { median } from './statistics.js';

export interface CompareOptions {
  /** Turns of each side. */
  readonly alternations: number;
  /** The Python that has PyTorch; without, only our side runs. */
  readonly python?: string;
  readonly layout: 'auto' | 'nchw' | 'nhwc';
  readonly freeze: boolean;
}

/** Times are those of one step, the median over turns; memory is in MB of 10^6 bytes. */
export interface Row {
  readonly case: string;
  readonly ours_ms: number;
  readonly pytorch_ms: number | null;
  /** pytorch_ms / ours_ms. */
  readonly ratio: number | null;
  /** Of ours. */
  readonly gflops: number | null;
  /** Largest resident memory of either process. */
  readonly ours_mb: number;
  readonly pytorch_mb: number | null;
  /** Alternations. */
  readonly n: number;
  /** From the model's code to a program ready to run. */
  readonly build_ms: number;
  readonly pytorch_layout: 'nchw' | 'nhwc' | null;
  /** Mean load of the machine in the last minute, as the case began (the case itself adds to it). */
  readonly load: number;
  readonly remark?: string;
}

/** A turn lasts about this long, so that it is more than a moment's noise. */
const TURN_MS = 800;
const MOST_STEPS = 20;

export async function compare(c: Case, folder: string, options: CompareOptions): Promise<Row> {
  const load = loadavg()[0];
  const { python } = options;
  const layout = python ? await layoutOf(c, folder, python, options) : null;
  const sides: Side[] = [];
  try {
    const ours = await openOurs(c, folder);
    sides.push(ours);
    if (python && layout) {
      sides.push(await openPytorch(python, c, folder, pytorchOptions(layout, options)));
    }
    const pytorch: Side | undefined = sides[1];
    if (pytorch && ours.parameters !== pytorch.parameters) {
      throw new Error(
        `${c.id}: ${ours.parameters} parameters here, ${pytorch.parameters} in PyTorch`,
      );
    }
    const times = await alternate(sides, options.alternations);
    const [oursMs, pytorchMs] = times.map(median) as [number, number?];
    return {
      case: c.id,
      ours_ms: round(oursMs, 2),
      pytorch_ms: pytorchMs === undefined ? null : round(pytorchMs, 2),
      ratio: pytorchMs === undefined ? null : round(pytorchMs / oursMs, 3),
      gflops: ours.flops ? round(ours.flops / oursMs / 1e6, 1) : null,
      ours_mb: round(await ours.peakMemory(), 0),
      pytorch_mb: pytorch ? round(await pytorch.peakMemory(), 0) : null,
      n: options.alternations,
      build_ms: round(ours.buildMs ?? Number.NaN, 0),
      pytorch_layout: layout,
      load: round(load, 2),
    };
  } finally {
    for (const side of sides) await side.close();
  }
}

/** The times of each side's turns, after two turns that do not count: caches fill, arenas grow. */
async function alternate(sides: readonly Side[], alternations: number): Promise<number[][]> {
  const steps: number[] = [];
  for (const side of sides) {
    await side.turn(2);
    const ms = await side.turn(2);
    steps.push(Math.max(1, Math.min(MOST_STEPS, Math.round(TURN_MS / ms))));
  }
  const times: number[][] = sides.map(() => []);
  for (let i = 0; i < alternations; i++) {
    // Each side begins every other time.
    const order = sides.map((_, side) => side);
    for (const side of i % 2 ? order.reverse() : order) {
      times[side].push(await sides[side].turn(steps[side]));
    }
  }
  return times;
}

const pytorchOptions = (layout: 'nchw' | 'nhwc', { freeze }: CompareOptions): PytorchOptions => ({
  channelsLast: layout === 'nhwc',
  foreach: true,
  freeze,
});

/** The layout in which PyTorch is faster, tried in processes of their own: memory is read later. */
async function layoutOf(c: Case, folder: string, python: string, options: CompareOptions) {
  if (options.layout !== 'auto') return options.layout;
  const sides: Side[] = [];
  try {
    for (const layout of ['nchw', 'nhwc'] as const) {
      sides.push(await openPytorch(python, c, folder, pytorchOptions(layout, options)));
    }
    const [nchw, nhwc] = (await alternate(sides, 3)).map(median);
    return nhwc < nchw ? 'nhwc' : 'nchw';
  } finally {
    for (const side of sides) await side.close();
  }
}

const round = (value: number, digits: number) => Number(value.toFixed(digits));
