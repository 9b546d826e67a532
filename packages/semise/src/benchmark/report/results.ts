// The rows of a benchmark, found by what they were run under.

import type { Row, RowMetric } from '../rows.js';
import { type Against, againstEach } from './against.js';
import {
  byStanding,
  type Condition,
  conditionKey,
  type Group,
  groupRows,
  kindOf,
  testShare,
} from './groups.js';

/** The metric that methods are ranked by. */
export const PRIMARY = 'macroF1';

export interface Results {
  readonly groups: readonly Group[];
  readonly failed: readonly Row[];
  readonly outdated: number;
  readonly split: Row['split'];
  /** In the order of the file. */
  readonly datasets: readonly string[];
  find(condition: Condition, method: string): Group | undefined;
  /** All methods under a condition, the best mean of macro-F1 first. */
  under(condition: Condition): readonly Group[];
}

export function readResults(rows: readonly Row[]): Results {
  const { groups, failed, outdated } = groupRows(rows);
  const split = rows[0]?.split ?? 'test';
  const best = byStanding<RowMetric>(PRIMARY);
  const under = (condition: Condition) => {
    const key = conditionKey(condition);
    return groups
      .filter((group) => conditionKey(group.condition) === key)
      .sort((a, b) => best(a, b) || (a.method < b.method ? -1 : 1));
  };
  return {
    groups,
    failed,
    outdated,
    split,
    datasets: [...new Set(groups.map(({ condition }) => condition.dataset))],
    under,
    find: (condition, method) => under(condition).find((group) => group.method === method),
  };
}

/** Right grades alone: no comparison, no error, the data set's own images. */
export const plain = (
  dataset: string,
  budget: Condition['budget'],
  split: Condition['split'],
): Condition => ({
  ...{ dataset, budget, split },
  ...{ comparisons: 0, wrong: 0, gradeNoise: 0, pool: null, healthy: 'kept' },
});

export const isPlain = ({ comparisons, gradeNoise, pool, healthy }: Condition): boolean =>
  comparisons === 0 && gradeNoise === 0 && pool === null && healthy === 'kept';

/** Label budgets of a data set without more, ascending, `all` last. */
export function plainBudgets({ groups }: Results, dataset: string): Condition['budget'][] {
  const of = groups.filter((g) => g.condition.dataset === dataset && isPlain(g.condition));
  const size = (budget: Condition['budget']) =>
    budget === 'all' ? Number.POSITIVE_INFINITY : budget;
  return [...new Set(of.map(({ condition }) => condition.budget))].sort(
    (a, b) => size(a) - size(b),
  );
}

export const budgetName = (budget: Condition['budget']): string =>
  budget === 'all' ? 'all grades' : `${budget} grades a class`;

/** Rivals under a condition; those that make nothing of comparisons stand there with grades alone. */
function rivalsUnder({ under }: Results, condition: Condition): Group[] {
  const rivals = (where: Condition) =>
    under(where).filter(({ method }) => kindOf(method) === 'rival');
  const same = rivals(condition);
  if (condition.comparisons === 0) return same;
  const others = rivals({ ...condition, comparisons: 0, wrong: 0 }).filter(
    ({ method }) => !same.some((rival) => rival.method === method),
  );
  return [...same, ...others];
}

/** `group` against every rival under its condition, in the order of `againstEach`. */
export function againstRivals(results: Results, group: Group): Against<Group>[] {
  const rivals = rivalsUnder(results, group.condition).filter(
    ({ method }) => method !== group.method,
  );
  return againstEach(group, rivals, PRIMARY, testShare(group));
}
