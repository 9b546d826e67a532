// The claim: SEMISE against the best rival, under every condition of few labels alone.

import { meanOverSeeds } from '../../statistics/seeds.js';
import {
  cell,
  type DocumentSection,
  difference,
  estimated,
  probability,
  relative,
  type TextCell,
} from '../document.js';
import { bySeed } from '../groups.js';
import { againstRivals, budgetName, plain, plainBudgets, type Results } from '../results.js';

export function headline(results: Results): DocumentSection {
  const rows = results.datasets.flatMap((dataset) =>
    plainBudgets(results, dataset).flatMap((budget): TextCell[][] => {
      const condition = plain(dataset, budget, results.split);
      const ours = results.find(condition, 'semise');
      const best = ours && againstRivals(results, ours)[0];
      if (!best) return [];
      const { rival, paired, p } = best;
      return [
        [
          cell(`${dataset}, ${budgetName(budget)}`),
          cell(estimated(meanOverSeeds(bySeed(ours, 'macroF1')))),
          cell(`${rival.method} ${estimated(meanOverSeeds(bySeed(rival, 'macroF1')))}`),
          difference(paired.difference),
          relative(paired.relative),
          cell(probability(p)),
          cell(`${paired.seeds}`),
        ],
      ];
    }),
  );
  return {
    id: 'headline',
    title: 'SEMISE against the best rival',
    text: [
      'Macro-F1, no comparisons. The rival is the one with the best mean on the very images it is compared on, which favours the rivals. Differences are by seed; bold where the 95 % interval leaves out 0.',
      'p: corrected resampled t-test (Nadeau & Bengio 2003), Holm-adjusted over all rivals of the row.',
    ],
    tables: [
      {
        caption: 'SEMISE and the best rival, macro-F1',
        head: ['', 'semise', 'best rival', 'difference', 'relative gain', 'p', 'seeds'],
        rows,
      },
    ],
  };
}
