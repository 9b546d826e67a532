// What comparisons add, and what a hundred of them are worth in grades.

import jStat from 'jstat';
import { gradesPerHundredComparisons } from '../../statistics/label-efficiency.js';
import { meanOverSeeds, overSeeds, pairedOverSeeds } from '../../statistics/seeds.js';
import {
  cell,
  type DocumentSection,
  type DocumentTable,
  difference,
  estimated,
  interval,
  type TextCell,
} from '../document.js';
import { bySeed, type Group, labelsPerClass, testShare } from '../groups.js';
import { budgetName, isPlain, PRIMARY, type Results } from '../results.js';
import { curvePoints, curvesOf } from './label-efficiency.js';

/** Groups that differ in their comparisons alone, where some have any: fewest first. */
export function seriesOf(results: Results): Group[][] {
  const series = new Map<string, Group[]>();
  for (const group of results.groups) {
    const { condition, method } = group;
    if (!isPlain({ ...condition, comparisons: 0 })) continue;
    const key = JSON.stringify([condition.dataset, condition.budget, method]);
    series.set(key, [...(series.get(key) ?? []), group]);
  }
  return [...series.values()]
    .filter((groups) => groups.some(({ condition }) => condition.comparisons > 0))
    .map((groups) =>
      groups.sort(
        ({ condition: a }, { condition: b }) => a.comparisons - b.comparisons || a.wrong - b.wrong,
      ),
    );
}

export function comparisonTables(results: Results): DocumentSection {
  const tables = seriesOf(results).map((groups) => comparisonTable(results, groups));
  return {
    id: 'comparisons',
    title: 'Comparisons',
    text: [
      'Pairs of training images of different patients, answered from the hidden grade (on the phantom, from the hidden severity). Added: against the same method without comparisons, on the seeds that both have. Worth: the graded images that the same method without comparisons needs for the same macro-F1, less those it has here, for each hundred comparisons; a dash where the method was run at one label budget alone.',
    ],
    tables,
  };
}

function comparisonTable(results: Results, groups: readonly Group[]): DocumentTable {
  const { condition, method } = groups[0];
  const without = groups.find((group) => group.condition.comparisons === 0);
  const curve = curvesOf(results, condition.dataset).find((of) => of.method === method);
  return {
    caption: `${condition.dataset}, ${budgetName(condition.budget)}, ${method}`,
    head: [
      'comparisons',
      'wrong',
      'seeds',
      'macro-F1',
      'macro-F1 added',
      'QWK',
      'Spearman ρ',
      'pair accuracy',
      'grades a hundred are worth',
    ],
    rows: groups.map((group) => {
      const { comparisons, wrong } = group.condition;
      const [f1, ...others] = (['macroF1', 'qwk', 'spearman', 'pairAccuracy'] as const).map(
        (metric) => cell(estimated(meanOverSeeds(bySeed(group, metric)))),
      );
      return [
        cell(`${comparisons}`),
        cell(comparisons > 0 ? `${Math.round(100 * wrong)} %` : '-'),
        cell(`${group.rows.length}`),
        f1,
        without && comparisons > 0 ? added(group, without) : cell('-'),
        ...others,
        cell(curve && comparisons > 0 ? worth(curve.groups, group) : '-'),
      ];
    }),
  };
}

const added = (group: Group, without: Group): TextCell =>
  difference(pairedOverSeeds(bySeed(group, PRIMARY), bySeed(without, PRIMARY), testShare(group)));

/** With its interval over the seeds that the curve has, too. */
function worth(curve: readonly Group[], group: Group): string {
  const values = bySeed(group, PRIMARY);
  const seeds = [...values.keys()].filter((seed) =>
    curve.every((other) => bySeed(other, PRIMARY).has(seed)),
  );
  if (seeds.length === 0) return '-';
  const of = (drawn: readonly number[]) =>
    gradesPerHundredComparisons(curvePoints(curve, drawn), group.rows[0].grades, {
      labels: labelsPerClass(group),
      comparisons: group.condition.comparisons,
      score: jStat.mean(drawn.map((seed) => values.get(seed)!)),
    });
  const { grades, bound } = of(seeds);
  const { ci95 } = overSeeds(seeds, (drawn) => of(drawn).grades);
  const range = bound === 'exact' && ci95 ? ` ${interval({ ci95 }, (v) => v.toFixed(1))}` : '';
  return `${{ exact: '', fewer: '< ', more: '> ' }[bound]}${grades.toFixed(1)}${range}`;
}
