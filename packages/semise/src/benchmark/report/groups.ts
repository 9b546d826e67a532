// Rows put together: a method under one condition, over its seeds.

import jStat from 'jstat';
import { FIGURE_ERRORS } from '../../evaluation/acceptance/figures.js';
import { CELL_FIELDS, type Cell } from '../cells.js';
import { isCurrent, lastRows, type Row, type RowMetric } from '../rows.js';
import type { BySeed } from '../statistics/seeds.js';

/** A cell without its method and seed. */
export type Condition = Omit<Cell, 'method' | 'seed'>;

/** A method's runs, one a seed, by seed. */
export interface Runs<Metric extends string> {
  readonly method: string;
  readonly rows: readonly {
    readonly seed: number;
    /** Null of a run that failed. */
    readonly metrics: Partial<Readonly<Record<Metric, number | null>>> | null;
  }[];
}

export interface Group extends Runs<RowMetric> {
  readonly condition: Condition;
  readonly rows: readonly Row[];
}

export interface Grouped {
  readonly groups: readonly Group[];
  /** The last run of a cell, where it failed. */
  readonly failed: readonly Row[];
  /** Rows made under other settings than the method's latest, left out. */
  readonly outdated: number;
}

const CONDITION_FIELDS = CELL_FIELDS.filter((f) => f !== 'method' && f !== 'seed');

export const conditionKey = (condition: Condition): string =>
  JSON.stringify(CONDITION_FIELDS.map((field) => condition[field as keyof Condition]));

const conditionOf = (row: Row): Condition =>
  Object.fromEntries(CONDITION_FIELDS.map((field) => [field, row[field]])) as unknown as Condition;

export function groupRows(all: readonly Row[]): Grouped {
  const last = [...lastRows(all).values()];
  const groups = new Map<string, Group & { rows: Row[] }>();
  for (const row of last.filter(({ metrics }) => metrics !== null)) {
    const condition = conditionOf(row);
    const key = JSON.stringify([conditionKey(condition), row.method]);
    const group = groups.get(key);
    if (group) group.rows.push(row);
    else groups.set(key, { condition, method: row.method, rows: [row] });
  }
  const place = new Map(all.map((row, i) => [row, i]));
  let outdated = 0;
  const current = [...groups.values()].map((group): Group => {
    const latest = group.rows.reduce((a, b) => (place.get(b)! > place.get(a)! ? b : a));
    const rows = group.rows
      .filter((row) => isCurrent({ config: seedless(row.config) }, seedless(latest.config)))
      .sort((a, b) => a.seed - b.seed);
    outdated += group.rows.length - rows.length;
    return { ...group, rows };
  });
  return { groups: current, failed: last.filter(({ metrics }) => metrics === null), outdated };
}

function seedless(config: Row['config']): Row['config'] {
  const { seed: _, ...training } = (config.training ?? {}) as Record<string, unknown>;
  return { ...config, training };
}

/** A metric by seed, without the seeds where it is undefined. */
export const bySeed = <Metric extends string>({ rows }: Runs<Metric>, metric: Metric): BySeed =>
  new Map(
    rows.flatMap(({ seed, metrics }) => {
      const value = metrics?.[metric];
      return value === null || value === undefined ? [] : [[seed, value] as const];
    }),
  );

/** Puts methods in order: the best mean over seeds first, one without any last. */
export const byStanding =
  <Metric extends string>(metric: Metric) =>
  (a: Runs<Metric>, b: Runs<Metric>): number =>
    standing(b, metric) - standing(a, metric);

function standing<Metric extends string>(runs: Runs<Metric>, metric: Metric): number {
  const values = [...bySeed(runs, metric).values()];
  return values.length > 0 ? jStat.mean(values) : Number.NEGATIVE_INFINITY;
}

/** Images tested on for each image trained on. */
export const testShare = ({
  rows,
}: {
  readonly rows: readonly { readonly n: number; readonly images: number }[];
}): number => rows[0].n / rows[0].images;

/** Graded training images a class, also where the budget is all there are. */
export const labelsPerClass = ({ rows }: Group): number => rows[0].graded / rows[0].grades;

/** ours: `semise`; variant: `semise-...`; all others are rivals. */
export const kindOf = (method: string): 'ours' | 'variant' | 'rival' =>
  method === 'semise' ? 'ours' : method.startsWith('semise-') ? 'variant' : 'rival';

/** True where a smaller value of the metric is better. */
export const lessIsBetter = (metric: RowMetric): boolean => FIGURE_ERRORS.has(metric);
