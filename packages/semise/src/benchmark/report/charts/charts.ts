// Which charts the rows give.

import type { ChartProps } from '../../../report/charts/chart.js';
import { meanOverSeeds } from '../../statistics/seeds.js';
import { bySeed, labelsPerClass } from '../groups.js';
import { againstRivals, budgetName, plain, plainBudgets, type Results } from '../results.js';
import { seriesOf } from '../sections/comparisons.js';
import { curvesOf } from '../sections/label-efficiency.js';
import { type ScoreCurve, scoreCurves } from './curves.js';
import { forest, forestHeight } from './forest.js';

export interface TitledChart extends ChartProps {
  /** Section that it belongs to. */
  readonly section: string;
  readonly title: string;
}

export function chartsOf(results: Results): TitledChart[] {
  return [
    ...results.datasets.flatMap((dataset) => forests(results, dataset)),
    ...results.datasets.flatMap((dataset) => efficiency(results, dataset)),
    ...comparisons(results),
  ];
}

function forests(results: Results, dataset: string): TitledChart[] {
  return plainBudgets(results, dataset).flatMap((budget): TitledChart[] => {
    const ours = results.find(plain(dataset, budget, results.split), 'semise');
    const against = ours ? againstRivals(results, ours) : [];
    if (against.length === 0) return [];
    const rows = against.map(({ rival, paired }) => ({ name: rival.method, ...paired }));
    const title = `${dataset}, ${budgetName(budget)}: semise less each rival`;
    return [
      {
        section: 'headline',
        title,
        id: `forest-${dataset}-${budget}`,
        label: `Differences in macro-F1 with intervals over seeds, ${title}`,
        option: forest(rows, 'difference in macro-F1'),
        height: forestHeight(rows),
      },
    ];
  });
}

function efficiency(results: Results, dataset: string): TitledChart[] {
  const curves = curvesOf(results, dataset).map(
    ({ method, groups }): ScoreCurve => ({
      name: method,
      points: groups.map((group) => ({
        x: labelsPerClass(group),
        score: meanOverSeeds(bySeed(group, 'macroF1')),
      })),
    }),
  );
  if (curves.length === 0) return [];
  return [
    {
      section: 'label-efficiency',
      title: `${dataset}: macro-F1 against labels`,
      id: `labels-${dataset}`,
      label: `Macro-F1 of each method against labels a class on ${dataset}`,
      option: scoreCurves(curves, {
        x: { name: 'graded training images a class', log: true },
        y: 'macro-F1',
      }),
    },
  ];
}

function comparisons(results: Results): TitledChart[] {
  const places = new Map<string, { title: string; curves: ScoreCurve[] }>();
  for (const groups of seriesOf(results)) {
    const { dataset, budget } = groups[0].condition;
    const right = groups.filter(({ condition }) => condition.wrong === 0);
    if (right.length < 2) continue;
    const key = `${dataset}-${budget}`;
    const title = `${dataset}, ${budgetName(budget)}: macro-F1 against comparisons`;
    const place = places.get(key) ?? { title, curves: [] };
    place.curves.push({
      name: groups[0].method,
      points: right.map((group) => ({
        x: group.condition.comparisons,
        score: meanOverSeeds(bySeed(group, 'macroF1')),
      })),
    });
    places.set(key, place);
  }
  return [...places].map(([key, { title, curves }]) => ({
    section: 'comparisons',
    title,
    id: `comparisons-${key}`,
    label: title,
    option: scoreCurves(curves, {
      x: { name: 'comparisons, all answered rightly', log: false },
      y: 'macro-F1',
    }),
  }));
}
