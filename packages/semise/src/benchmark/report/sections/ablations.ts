// Each switch of SEMISE: on and off.

import { meanOverSeeds, pairedOverSeeds } from '../../statistics/seeds.js';
import { cell, type DocumentSection, difference, estimated, probability } from '../document.js';
import { bySeed, kindOf, testShare } from '../groups.js';
import { budgetName, isPlain, type Results } from '../results.js';

export function ablations(results: Results): DocumentSection {
  const rows = results.groups
    .filter(({ method }) => kindOf(method) === 'variant')
    .flatMap((variant) => {
      const { condition, method } = variant;
      const ours = results.find(condition, 'semise');
      if (!ours || !isPlain({ ...condition, comparisons: 0 })) return [];
      const paired = (metric: 'macroF1' | 'qwk' | 'spearman' | 'rps') =>
        pairedOverSeeds(bySeed(variant, metric), bySeed(ours, metric), testShare(ours));
      const onF1 = paired('macroF1');
      const compared = condition.comparisons > 0 ? `, ${condition.comparisons} comparisons` : '';
      return [
        [
          cell(method),
          cell(`${condition.dataset}, ${budgetName(condition.budget)}${compared}`),
          cell(estimated(meanOverSeeds(bySeed(variant, 'macroF1')))),
          difference(onF1),
          difference(paired('qwk')),
          difference(paired('spearman')),
          difference(paired('rps')),
          cell(probability(onF1.p)),
          cell(`${onF1.seeds}`),
        ],
      ];
    })
    .sort((a, b) => (a[0].text < b[0].text ? -1 : a[0].text > b[0].text ? 1 : 0));
  return {
    id: 'ablations',
    title: 'Variants of SEMISE',
    text: [
      'Each variant less `semise`, by seed: below 0, the variant is worse; of RPS, above 0. p is not adjusted for the number of variants.',
    ],
    tables: [
      {
        caption: 'Variants against semise',
        head: [
          'variant',
          'where',
          'macro-F1',
          'its macro-F1 less that of semise',
          'QWK',
          'Spearman ρ',
          'RPS',
          'p (macro-F1)',
          'seeds',
        ],
        rows,
      },
    ],
  };
}
