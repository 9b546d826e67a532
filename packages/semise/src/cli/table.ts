// Results as a table for people.

import Table from 'cli-table3';
import type { Estimate, Metrics } from '../evaluation/evaluate.js';

export const SHOWN = ['macroF1', 'macroRecall', 'maee', 'qwk', 'spearman'] as const;

/** 0.512 [0.45, 0.57], or a dash where undefined. */
export function estimate({ value, ci95 }: Estimate): string {
  if (value === null) return '-';
  return ci95
    ? `${value.toFixed(3)} [${ci95.map((v) => v.toFixed(2)).join(', ')}]`
    : value.toFixed(3);
}

const HEADINGS = {
  macroF1: 'macro-F1',
  macroRecall: 'macro recall',
  maee: 'MAEE (1 is perfect)',
  qwk: 'QWK',
  spearman: 'Spearman',
} as const;

/** One row a result, with 95 % intervals. */
export function resultTable(rows: readonly { name: string; metrics: Metrics }[]): string {
  const table = new Table({
    head: ['', ...SHOWN.map((metric) => HEADINGS[metric])],
    style: { head: [], border: [] },
  });
  for (const { name, metrics } of rows) {
    table.push([name, ...SHOWN.map((metric) => estimate(metrics[metric]))]);
  }
  return table.toString();
}
