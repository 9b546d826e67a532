// The claim: SEMISE against the best rival, under every condition of few labels, without comparisons and with.

import type { DocumentSection, TextCell } from '../document.js';
import type { Condition } from '../groups.js';
import { againstRivals, budgetName, plain, plainBudgets, type Results } from '../results.js';
import { claimHead, claimRow, READING } from './claim-row.js';
import { seriesOf } from './comparisons.js';

/** SEMISE and its best rival under a condition; none where either has no row. */
function against(results: Results, condition: Condition, name: string): TextCell[][] {
  const ours = results.find(condition, 'semise');
  const best = ours && againstRivals(results, ours)[0];
  return best ? [claimRow(name, 'macroF1', ours, best)] : [];
}

const HEAD = claimHead('best rival');

export function headline(results: Results): DocumentSection {
  const places = results.datasets.flatMap((dataset) =>
    plainBudgets(results, dataset).map((budget) => ({ dataset, budget })),
  );
  const grades = places.flatMap(({ dataset, budget }) =>
    against(results, plain(dataset, budget, results.split), `${dataset}, ${budgetName(budget)}`),
  );
  const compared = seriesOf(results)
    .flat()
    .filter(({ method, condition: { comparisons, wrong } }) => {
      return method === 'semise' && comparisons > 0 && wrong === 0;
    })
    .map(({ condition }) => condition);
  const comparisons = places.flatMap(({ dataset, budget }) =>
    compared
      .filter((condition) => condition.dataset === dataset && condition.budget === budget)
      .flatMap((condition) =>
        against(
          results,
          condition,
          `${dataset}, ${budgetName(budget)}, ${condition.comparisons} comparisons`,
        ),
      ),
  );
  return {
    id: 'headline',
    title: 'SEMISE against the best rival',
    text: [
      'Macro-F1. The rival is the one with the best mean on the very images it is compared on, of those that were run on more than half of the seeds of `semise`, which favours the rivals.',
      READING,
      'p: corrected resampled t-test (Nadeau & Bengio 2003), Holm-adjusted over all rivals of the row.',
    ],
    tables: [
      { caption: 'Grades alone, macro-F1', head: HEAD, rows: grades },
      {
        caption:
          'Grades and comparisons, macro-F1: rivals have the same comparisons if they can use them, else the grades alone',
        head: HEAD,
        rows: comparisons,
      },
    ].filter(({ rows }) => rows.length > 0),
  };
}
