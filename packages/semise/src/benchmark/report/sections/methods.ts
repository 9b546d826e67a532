// Every method on every data set and label budget, with all metrics.

import { macroF1 } from '../../../evaluation/metrics/macro.js';
import type { RowMetric } from '../../rows.js';
import { meanOverSeeds } from '../../statistics/seeds.js';
import { overSubjects } from '../../statistics/subjects.js';
import {
  bestOf,
  cell,
  type DocumentSection,
  type DocumentTable,
  interval,
  label,
  MEANS,
} from '../document.js';
import { bySeed, type Group } from '../groups.js';
import { budgetName, type PRIMARY, plain, plainBudgets, type Results } from '../results.js';

const SHOWN: [typeof PRIMARY, ...RowMetric[]] = [
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
      MEANS,
      '"On other subjects": the 95 % interval of the macro-F1 over draws of test subjects, also of one seed; from the confusion matrices, a subject counted as one image and the seeds as wrong on the same ones, which makes it rather too long. Less is better in MAEE (1 is perfect), MAE, RPS and ECE. No comparisons.',
    ],
    tables: results.datasets.flatMap((dataset) =>
      plainBudgets(results, dataset).map((budget) => {
        const groups = results.under(plain(dataset, budget, results.split));
        return metricTable(`${dataset}, ${budgetName(budget)}`, groups, SHOWN);
      }),
    ),
  };
}

/** A row a group, a column a metric, and behind the first, macro-F1, one of how far other subjects would move it. */
export function metricTable(
  caption: string,
  groups: readonly Group[],
  metrics: readonly [typeof PRIMARY, ...RowMetric[]],
  name = ({ method }: Group): string => method,
): DocumentTable {
  const [primary, ...columns] = metrics.map((metric) =>
    bestOf(
      groups.map((group) => meanOverSeeds(bySeed(group, metric))),
      metric,
    ),
  );
  const [first, ...others] = metrics.map(label);
  return {
    caption: `${caption}${tested(groups)}`,
    head: ['', 'seeds', first, 'on other subjects', ...others],
    rows: groups.map((group, g) => [
      cell(name(group)),
      cell(`${group.rows.length}`),
      primary[g],
      cell(interval(onOtherSubjects(group)), primary[g].strong),
      ...columns.map((column) => column[g]),
    ]),
  };
}

const onOtherSubjects = ({ rows }: Group) =>
  overSubjects(
    rows.map(({ confusion }) => confusion),
    rows[0].subjects,
    macroF1,
    [0, 1],
  );

function tested(groups: readonly Group[]): string {
  const [row] = groups[0]?.rows ?? [];
  if (!row) return '';
  return ` (${row.n} images of ${row.subjects} subjects to score on, ${row.images} to train on, ${row.graded} of them graded)`;
}
