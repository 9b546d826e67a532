// Where SEMISE does not win, what it confuses there, and which runs failed.

import type { Confusion } from '../../../evaluation/metrics/confusion.js';
import { describeCell } from '../../cells.js';
import {
  cell,
  type DocumentSection,
  type DocumentTable,
  difference,
  type TextCell,
} from '../document.js';
import type { Group } from '../groups.js';
import { againstRivals, budgetName, plain, plainBudgets, type Results } from '../results.js';
import { failedRuns } from './failed-runs.js';

export function losses(results: Results): DocumentSection {
  const lost = results.datasets.flatMap((dataset) =>
    plainBudgets(results, dataset).flatMap((budget) => {
      const ours = results.find(plain(dataset, budget, results.split), 'semise');
      if (!ours) return [];
      return againstRivals(results, ours)
        .filter(({ paired }) => (paired.difference.value ?? 0) <= 0)
        .map((against) => ({ ...against, ours, name: `${dataset}, ${budgetName(budget)}` }));
    }),
  );
  const tables: DocumentTable[] = [
    {
      caption: 'Rivals that are level or ahead in macro-F1',
      head: ['where', 'rival', 'semise less the rival', 'seeds'],
      rows: lost.map(({ name, rival, paired }) => [
        cell(name),
        cell(rival.method),
        difference(paired),
        cell(`${paired.seeds}`),
      ]),
    },
  ];
  const shown = new Set<Group>();
  for (const { ours, rival, name } of lost) {
    if (shown.has(ours)) continue;
    shown.add(ours);
    tables.push(confusion(`${name}: semise`, ours), confusion(`${name}: ${rival.method}`, rival));
  }
  if (results.failed.length > 0) {
    tables.push(failedRuns(results.failed.map((row) => ({ ...row, name: describeCell(row) }))));
  }
  return {
    id: 'losses',
    title: 'Where SEMISE does not win',
    text: [
      lost.length === 0
        ? 'No rival is level or ahead in mean macro-F1.'
        : "Confusions are sums over seeds; rows are the expert's grades.",
    ],
    tables: tables.filter(({ rows }) => rows.length > 0),
  };
}

/** Rows = the expert's grade, columns = the predicted one, shares of the row. */
function confusion(caption: string, { rows }: Group): DocumentTable {
  const sum: number[][] = rows[0].confusion.map((row, i) =>
    row.map((_, j) => rows.reduce((total, { confusion: c }) => total + c[i][j], 0)),
  );
  return { caption, head: confusionHead(sum), rows: confusionRows(sum) };
}

const confusionHead = (sum: Confusion): string[] => [
  'expert',
  ...sum.map((_, grade) => `predicted ${grade}`),
];

const confusionRows = (sum: Confusion): TextCell[][] =>
  sum.map((row, grade) => {
    const total = row.reduce((a, b) => a + b, 0);
    const shares = row.map((count) => (total > 0 ? `${Math.round((100 * count) / total)} %` : '-'));
    return [cell(`${grade}`), ...shares.map((text, j) => cell(text, j === grade))];
  });
