// What goes wrong in life: wrong grades, a foreign pool of unlabelled images, no healthy class.

import type { DocumentSection, DocumentTable } from '../document.js';
import { type Condition, conditionKey, type Group } from '../groups.js';
import { budgetName, isPlain, plain, type Results } from '../results.js';
import { metricTable } from './methods.js';

const SHOWN = ['macroF1', 'macroRecall', 'maee', 'qwk', 'spearman', 'ece'] as const;

export function conditionTables(results: Results): DocumentSection {
  const unusual = new Map<string, Condition>();
  for (const { condition } of results.groups) {
    if (!isPlain({ ...condition, comparisons: 0 })) {
      unusual.set(conditionKey(condition), condition);
    }
  }
  const tables = [...unusual.values()].map((condition): DocumentTable => {
    const groups = results.under(condition);
    // Beside each method the same without the trouble, where it was run.
    const usual = { ...plain(condition.dataset, condition.budget, results.split) };
    const beside = groups.flatMap((group) => {
      const before = results.find(
        { ...usual, comparisons: condition.comparisons, wrong: condition.wrong },
        group.method,
      );
      return before ? [group, before] : [group];
    });
    const name = (group: Group) =>
      groups.includes(group) ? group.method : `${group.method}, without`;
    return metricTable(describe(condition), beside, SHOWN, name);
  });
  return {
    id: 'conditions',
    title: 'Wrong grades, foreign pools, no healthy class',
    text: [
      'Each method under the trouble and, as "without", free of it. Grades are wrong in training only. "healthy ungraded": no healthy image has a grade that training sees; "healthy absent": there are none, in training or test, and grades count from the mildest disease, which then takes the place of health. Runs that a method refused stand under failed runs.',
    ],
    tables,
  };
}

function describe({ dataset, budget, comparisons, gradeNoise, pool, healthy }: Condition): string {
  return [
    dataset,
    budgetName(budget),
    comparisons > 0 && `${comparisons} comparisons`,
    gradeNoise > 0 && `${Math.round(100 * gradeNoise)} % of the grades wrong`,
    pool !== null && `unlabelled images of ${pool}`,
    healthy !== 'kept' && `healthy ${healthy}`,
  ]
    .filter(Boolean)
    .join(', ');
}
