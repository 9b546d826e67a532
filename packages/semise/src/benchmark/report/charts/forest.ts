// A forest plot: paired differences with their intervals, a line at no difference. Coloured where they
// are told from it; one seed has no interval.

import type { EChartsCoreOption } from 'echarts/core';
import type { Estimate } from '../../../evaluation/evaluate.js';
import { axis } from '../../../report/charts/chart.js';
import { estimateRows, rowAxis } from '../../../report/charts/whiskers.js';
import { DISTINCT, INK, MUTED } from '../../../report/palette.js';

export interface ForestRow {
  readonly name: string;
  readonly difference: Estimate;
  /** True where it is told from no difference. */
  readonly told: boolean;
}

const ROW = 30;

export const forestHeight = (rows: readonly ForestRow[]): number => rows.length * ROW + 70;

export function forest(rows: readonly ForestRow[], name: string): EChartsCoreOption {
  return {
    grid: { left: 210, right: 24, top: 10, bottom: 56 },
    xAxis: axis(name, { nameGap: 30, scale: true, boundaryGap: ['4%', '4%'] }),
    yAxis: rowAxis(rows.map((row) => row.name)),
    series: [
      estimateRows(
        rows.map(({ difference }) => difference),
        (r) => ({ color: rows[r].told ? DISTINCT[0] : MUTED }),
      ),
      // The line at no difference, kept in view.
      {
        type: 'line',
        silent: true,
        data: [],
        markLine: {
          silent: true,
          symbol: 'none',
          label: { show: false },
          lineStyle: { color: INK, type: 'dashed' },
          data: [{ xAxis: 0 }],
        },
      },
      { type: 'scatter', silent: true, symbolSize: 0, data: [[0, 0]] },
    ],
  };
}
