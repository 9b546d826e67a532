// A report as plain content: what the Markdown page and the HTML page both show.

import type { Estimate } from '../../evaluation/evaluate.js';
import { METRIC_LABELS } from '../../report/metric-labels.js';
import type { RowMetric } from '../rows.js';
import type { PairedResult } from '../statistics/seeds.js';
import { lessIsBetter } from './groups.js';

export interface TextCell {
  readonly text: string;
  /** The best of its column, or a difference that the seeds tell from 0. */
  readonly strong?: boolean;
}

export interface DocumentTable {
  readonly caption: string;
  readonly head: readonly string[];
  /** The first cell heads its row. */
  readonly rows: readonly (readonly TextCell[])[];
}

export interface DocumentSection {
  readonly id: string;
  readonly title: string;
  /** Paragraphs. */
  readonly text: readonly string[];
  readonly tables: readonly DocumentTable[];
}

export interface BenchmarkDocument {
  readonly title: string;
  readonly text: readonly string[];
  readonly sections: readonly DocumentSection[];
}

export const label = (metric: RowMetric): string =>
  metric === 'ece' ? 'ECE' : METRIC_LABELS[metric].label;

export const cell = (text: string, strong = false): TextCell => ({ text, strong });

const number = (value: number): string => value.toFixed(3).replace(/^-0\.000$/, '0.000');
const plus = (value: number): string => (value > 0 ? `+${number(value)}` : number(value));
const percent = (value: number): string => `${value > 0 ? '+' : ''}${(100 * value).toFixed(1)} %`;

/** `[0.480, 0.540]` */
export const interval = ({ ci95 }: Pick<Estimate, 'ci95'>, write = number): string =>
  ci95 ? `[${ci95.map(write).join(', ')}]` : '-';

/** `0.512 [0.480, 0.540]`; the value alone where there is no interval. */
export const estimated = (estimate: Estimate, write = number): string => {
  const { value, ci95 } = estimate;
  if (value === null) return '-';
  return ci95 ? `${write(value)} ${interval(estimate, write)}` : write(value);
};

/** Strong where the seeds tell it from 0. */
export const difference = ({ difference, told }: PairedResult): TextCell =>
  cell(estimated(difference, plus), told);
export const relative = ({ relative, told }: PairedResult): TextCell =>
  cell(estimated(relative, percent), told);

export const probability = (p: number | null): string =>
  p === null ? '-' : p < 0.001 ? '< 0.001' : p.toFixed(3);

/** How the means of a table are to be read. */
export const MEANS =
  'Mean over seeds and its 95 % interval over draws of seeds (of two to four all but their range); the best mean of a column is bold.';

/** Marks the best of a column of estimates by its mean. */
export function bestBy(estimates: readonly Estimate[], lessIsBetter: boolean): TextCell[] {
  const values = estimates.flatMap(({ value }) => value ?? []);
  const best = lessIsBetter ? Math.min(...values) : Math.max(...values);
  return estimates.map((e) => cell(estimated(e), values.length > 1 && e.value === best));
}

export const bestOf = (estimates: readonly Estimate[], metric: RowMetric): TextCell[] =>
  bestBy(estimates, lessIsBetter(metric));
