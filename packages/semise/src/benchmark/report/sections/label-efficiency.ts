// What labels are worth, and how many SEMISE saves at equal score.

import jStat from 'jstat';
import { type CurvePoint, labelsNeeded } from '../../statistics/label-efficiency.js';
import { overSeeds } from '../../statistics/seeds.js';
import {
  cell,
  type DocumentSection,
  type DocumentTable,
  interval,
  type TextCell,
} from '../document.js';
import { bySeed, type Group, labelsPerClass } from '../groups.js';
import { PRIMARY, plain, plainBudgets, type Results } from '../results.js';

/** A method's curve on a data set, groups by labels ascending. */
export interface Curve {
  readonly method: string;
  readonly groups: readonly Group[];
}

/** The curves of all methods that were run at two budgets or more. */
export function curvesOf(results: Results, dataset: string): Curve[] {
  const methods = new Map<string, Group[]>();
  for (const budget of plainBudgets(results, dataset)) {
    for (const group of results.under(plain(dataset, budget, results.split))) {
      methods.set(group.method, [...(methods.get(group.method) ?? []), group]);
    }
  }
  return [...methods]
    .filter(([, groups]) => groups.length > 1)
    .map(([method, groups]) => ({
      method,
      groups: groups.sort((a, b) => labelsPerClass(a) - labelsPerClass(b)),
    }))
    .sort((a, b) => (a.method === 'semise' ? -1 : b.method === 'semise' ? 1 : 0));
}

/** Mean scores over some seeds at each number of labels. */
export const curvePoints = (groups: readonly Group[], seeds?: readonly number[]): CurvePoint[] =>
  groups.flatMap((group) => {
    const values = bySeed(group, PRIMARY);
    const of = (seeds ?? [...values.keys()]).flatMap((seed) => values.get(seed) ?? []);
    return of.length > 0 ? [{ labels: labelsPerClass(group), score: jStat.mean(of) }] : [];
  });

export function labelEfficiency(results: Results): DocumentSection {
  const tables = results.datasets.flatMap((dataset): DocumentTable[] => {
    const [ours, ...others] = curvesOf(results, dataset);
    if (ours?.method !== 'semise' || others.length === 0) return [];
    return [
      {
        caption: `${dataset}: labels a class that a method needs for the macro-F1 of semise`,
        head: ['semise has', ...others.map(({ method }) => method)],
        rows: ours.groups.map((group) => [
          cell(`${round(labelsPerClass(group))}`),
          ...others.map((other) => needed(group, other)),
        ]),
      },
    ];
  });
  return {
    id: 'label-efficiency',
    title: 'Label efficiency',
    text: [
      'Read off the other method\'s curve of macro-F1 against labels a class, linear in the logarithm of the labels between its points, with the interval over seeds; "> n" where its last point, at n labels, is still worse. More than semise has = labels saved.',
    ],
    tables,
  };
}

function needed(group: Group, { groups }: Curve): TextCell {
  const own = bySeed(group, PRIMARY);
  const seeds = [...own.keys()].filter((seed) =>
    groups.every((other) => bySeed(other, PRIMARY).has(seed)),
  );
  if (seeds.length === 0) return cell('-');
  const at = (drawn: readonly number[]) =>
    labelsNeeded(curvePoints(groups, drawn), jStat.mean(drawn.map((seed) => own.get(seed)!)));
  const { labels, bound } = at(seeds);
  const sign = { exact: '', fewer: '< ', more: '> ' }[bound];
  const { ci95 } = overSeeds(seeds, (drawn) => at(drawn).labels);
  const range = bound === 'exact' && ci95 ? ` ${interval({ ci95 }, round)}` : '';
  return cell(
    `${sign}${round(labels)}${range}`,
    bound !== 'fewer' && labels > labelsPerClass(group),
  );
}

const round = (labels: number): string => labels.toFixed(labels < 10 ? 1 : 0).replace('.0', '');
