// A score against what was given: labels a class, or comparisons. A line a method, intervals as bars.

import type { EChartsCoreOption } from 'echarts/core';
import type { Estimate } from '../../../evaluation/evaluate.js';
import { axis } from '../../../report/charts/chart.js';
import { whiskers } from '../../../report/charts/whiskers.js';
import { DISTINCT, SYMBOLS } from '../../../report/palette.js';

export interface ScoreCurve {
  readonly name: string;
  readonly points: readonly { readonly x: number; readonly score: Estimate }[];
}

/** @param x.log the axis by doublings; all x must then be above 0 */
export function scoreCurves(
  curves: readonly ScoreCurve[],
  { x, y }: { x: { name: string; log: boolean }; y: string },
): EChartsCoreOption {
  const place = (value: number) => (x.log ? Math.log2(value) : value);
  return {
    legend: { top: 0, left: 'center', itemGap: 20, textStyle: { fontSize: 13 } },
    grid: { left: 62, right: 20, top: 64, bottom: 52 },
    xAxis: axis(x.name, {
      nameGap: 30,
      scale: true,
      splitLine: { show: false },
      ...(x.log
        ? {
            boundaryGap: ['3%', '3%'],
            minInterval: 1,
            axisLabel: { fontSize: 13, formatter: (power: number) => `${Math.round(2 ** power)}` },
          }
        : { min: 0 }),
    }),
    yAxis: axis(y, { nameGap: 44, scale: true }),
    series: curves.flatMap(({ name, points }, i) => {
      const known = points.filter(({ score }) => score.value !== null);
      const color = DISTINCT[i % DISTINCT.length];
      return [
        {
          type: 'line',
          silent: true,
          name,
          color,
          symbol: SYMBOLS[i % SYMBOLS.length],
          symbolSize: 9,
          lineStyle: {
            width: name === 'semise' ? 3 : 1.5,
            type: i < DISTINCT.length ? 'solid' : 'dashed',
          },
          data: known.map(({ x: at, score }) => [place(at), score.value]),
        },
        whiskers(
          known.flatMap(({ x: at, score }) => (score.ci95 ? [[place(at), ...score.ci95]] : [])),
          color,
        ),
      ];
    }),
  };
}
