// One case, both sides, in turns.

import { loadavg } from 'node:os';
import { alternate } from './alternate.js';
import type { Case } from './cases.js';
import { openOurs } from './own.js';
import { openPytorch, type PytorchOptions } from './pytorch.js';
import type { Side, SideOptions } from './side.js';

export interface CompareOptions extends SideOptions {
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
  /** Cores that other processes used during the turns that count, the mean. */
  readonly others: number;
}

export async function compare(c: Case, folder: string, options: CompareOptions): Promise<Row> {
  const load = loadavg()[0];
  const { python } = options;
  const layout = python ? await layoutOf(c, folder, python, options) : null;
  const sides: Side[] = [];
  try {
    const ours = await openOurs(c, folder, options);
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
    const { ms, others } = await alternate(sides, options.alternations);
    const [oursMs, pytorchMs] = ms as [number, number?];
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
      others: round(others, 2),
    };
  } finally {
    for (const side of sides) await side.close();
  }
}

const pytorchOptions = (
  layout: 'nchw' | 'nhwc',
  { freeze, first }: CompareOptions,
): PytorchOptions => ({
  channelsLast: layout === 'nhwc',
  foreach: true,
  freeze,
  first,
});

/** The layout in which PyTorch is faster, tried in processes of their own: memory is read later. */
async function layoutOf(c: Case, folder: string, python: string, options: CompareOptions) {
  if (options.layout !== 'auto') return options.layout;
  const sides: Side[] = [];
  try {
    for (const layout of ['nchw', 'nhwc'] as const) {
      sides.push(await openPytorch(python, c, folder, pytorchOptions(layout, options)));
    }
    const { ms } = await alternate(sides, 3);
    const [nchw, nhwc] = ms;
    return nhwc < nchw ? 'nhwc' : 'nchw';
  } finally {
    for (const side of sides) await side.close();
  }
}

const round = (value: number, digits: number) => Number(value.toFixed(digits));
