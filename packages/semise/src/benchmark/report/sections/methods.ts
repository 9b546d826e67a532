// Every method on every data set and label budget, with all metrics.

import type { RowMetric } from '../../rows.js';
import { meanOverSeeds } from '../../statistics/seeds.js';
import { bestOf, cell, type DocumentSection, type DocumentTable, label } from '../document.js';
import { bySeed, type Group } from '../groups.js';
import { budgetName, plain, plainBudgets, type Results } from '../results.js';

const SHOWN: RowMetric[] = [
  'macroF1',
  'macroRecall',
  'accuracy',
  'maee',
  'mae',
  'worstClassMae',
  'qwk',
  'rps',
  'auroc',
  'spearman',
  'pairAccuracy',
  'ece',
];

export function methodTables(results: Results): DocumentSection {
  return {
    id: 'methods',
    title: 'Every method',
    text: [
      'Mean over seeds and its 95 % interval over draws of seeds; the best mean of a column is bold. Less is better in MAEE (1 is perfect), MAE, RPS and ECE. No comparisons.',
    ],
    tables: results.datasets.flatMap((dataset) =>
      plainBudgets(results, dataset).map((budget) => {
        const groups = results.under(plain(dataset, budget, results.split));
        return metricTable(`${dataset}, ${budgetName(budget)}`, groups, SHOWN);
      }),
    ),
  };
}

/** A row a group, a column a metric. */
export function metricTable(
  caption: string,
  groups: readonly Group[],
  metrics: readonly RowMetric[],
  name = ({ method }: Group): string => method,
): DocumentTable {
  const columns = metrics.map((metric) =>
    bestOf(
      groups.map((group) => meanOverSeeds(bySeed(group, metric))),
      metric,
    ),
  );
  return {
    caption: `${caption}${tested(groups)}`,
    head: ['', 'seeds', ...metrics.map(label)],
    rows: groups.map((group, g) => [
      cell(name(group)),
      cell(`${group.rows.length}`),
      ...columns.map((column) => column[g]),
    ]),
  };
}

function tested(groups: readonly Group[]): string {
  const [row] = groups[0]?.rows ?? [];
  if (!row) return '';
  return ` (${row.n} images of ${row.subjects} subjects to score on, ${row.images} to train on, ${row.graded} of them graded)`;
}
