// A cell: one training of the grid, and what tells it from all others.

import { InputError } from '../errors.js';
import type { Grid, Healthy } from './grid.js';

/** One training: under which conditions which method meets which images. */
export interface Cell {
  readonly dataset: string;
  /** Graded training images a class. */
  readonly budget: number | 'all';
  readonly comparisons: number;
  /** Share of the comparisons that are answered wrongly. */
  readonly wrong: number;
  /** Share of the grades that are wrong. */
  readonly gradeNoise: number;
  /** Name of a foreign pool of unlabelled images. */
  readonly pool: string | null;
  readonly healthy: Healthy;
  /** Its label in the grid. */
  readonly method: string;
  readonly seed: number;
  /** Where it is scored: `validation` while settings are chosen, `test` for what is reported. */
  readonly split: 'test' | 'validation';
}

/** The fields of a cell, in the order people read them. */
export const CELL_FIELDS = [
  'dataset',
  'budget',
  'comparisons',
  'wrong',
  'gradeNoise',
  'pool',
  'healthy',
  'method',
  'seed',
  'split',
] as const satisfies readonly (keyof Cell)[];

/** Two cells with one key are the same cell. */
export const cellKey = (cell: Cell): string => JSON.stringify(CELL_FIELDS.map((f) => cell[f]));

/** For a log: what is as usual is left out. */
export function describeCell(cell: Cell): string {
  const { dataset, budget, comparisons, wrong, gradeNoise, pool, healthy, method, seed } = cell;
  return [
    dataset,
    budget === 'all' ? 'all grades' : `${budget} a class`,
    comparisons > 0 && `${comparisons} comparisons${wrong > 0 ? ` (${100 * wrong} % wrong)` : ''}`,
    gradeNoise > 0 && `${100 * gradeNoise} % of grades wrong`,
    pool && `pool ${pool}`,
    healthy !== 'kept' && `healthy ${healthy}`,
    method,
    `seed ${seed}`,
  ]
    .filter(Boolean)
    .join(', ');
}

/** A filter: field of the cell to the values it may have, as text. */
export type Only = ReadonlyMap<keyof Cell, ReadonlySet<string>>;

/**
 * Reads `dataset=busi,method=semise|supervised`.
 * @throws InputError naming the part that is none
 */
export function parseOnly(text: string): Only {
  const only = new Map<keyof Cell, ReadonlySet<string>>();
  for (const part of text.split(',')) {
    const [field, values] = part.split('=').map((side) => side.trim());
    if (!CELL_FIELDS.some((known) => known === field) || !values) {
      throw new InputError(
        `--only ${part}: give FIELD=VALUE, values apart by "|"; fields are ${CELL_FIELDS.join(', ')}`,
      );
    }
    only.set(field as keyof Cell, new Set(values.split('|')));
  }
  return only;
}

/**
 * All cells of the grid, each once, in the order of the blocks. Within a block the seeds go
 * outermost, so that after the first seed every method has been seen.
 *
 * @param tune with the seeds that are not reported, scored on the validation split
 */
export function gridCells(grid: Grid, { tune, only }: { tune: boolean; only?: Only }): Cell[] {
  const cells = new Map<string, Cell>();
  const split = tune ? 'validation' : 'test';
  for (const block of grid.blocks) {
    const seeds = tune ? grid.tuneSeeds : (block.seeds ?? grid.seeds);
    const axes = {
      seed: seeds,
      dataset: block.datasets,
      budget: block.budgets,
      comparisons: block.comparisons,
      wrong: block.wrong,
      gradeNoise: block.gradeNoise,
      pool: block.pools,
      healthy: block.healthy,
      method: block.methods,
    };
    for (const point of product(axes)) {
      // Without comparisons none can be wrong.
      const cell: Cell = { ...point, wrong: point.comparisons > 0 ? point.wrong : 0, split };
      const asked = [...(only ?? [])].every(([field, values]) => values.has(`${cell[field]}`));
      if (asked) cells.set(cellKey(cell), cell);
    }
  }
  return [...cells.values()];
}

type Axes = Readonly<Record<string, readonly unknown[]>>;
type Point<A extends Axes> = { -readonly [K in keyof A]: A[K][number] };

/** The cross product, the last axis fastest. */
function product<A extends Axes>(axes: A): Point<A>[] {
  return Object.entries(axes).reduce<Record<string, unknown>[]>(
    (points, [axis, values]) =>
      points.flatMap((point) => values.map((value) => ({ ...point, [axis]: value }))),
    [{}],
  ) as Point<A>[];
}

/**
 * Part `index` of `count` of the cells: every count-th.
 * @throws InputError if the text is not such a part, e.g. `1/2`
 */
export function shard(cells: readonly Cell[], text: string): Cell[] {
  const [, index, count] = /^(\d+)\/(\d+)$/.exec(text)?.map(Number) ?? [];
  if (!(index >= 1 && index <= count)) {
    throw new InputError(`--shard ${text}: give INDEX/COUNT, e.g. 1/2 and 2/2 for two processes`);
  }
  return cells.filter((_, i) => i % count === index - 1);
}
