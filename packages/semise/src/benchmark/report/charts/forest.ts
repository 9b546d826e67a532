// A forest plot: paired differences with their intervals, a line at no difference.

import type { CustomSeriesRenderItemAPI } from 'echarts';
import type { EChartsCoreOption } from 'echarts/core';
import type { Estimate } from '../../../evaluation/evaluate.js';
import { axis } from '../../../report/charts/chart.js';
import { ESTIMATE, estimateData, estimateMark } from '../../../report/charts/estimate-mark.js';
import { DISTINCT, INK, MUTED } from '../../../report/palette.js';

export interface ForestRow {
  readonly name: string;
  readonly difference: Estimate;
}

const ROW = 30;

export const forestHeight = (rows: readonly ForestRow[]): number => rows.length * ROW + 70;

export function forest(rows: readonly ForestRow[], name: string): EChartsCoreOption {
  return {
    grid: { left: 210, right: 24, top: 10, bottom: 56 },
    xAxis: axis(name, { nameGap: 30, scale: true, boundaryGap: ['4%', '4%'] }),
    yAxis: {
      type: 'category',
      inverse: true,
      data: rows.map((row) => row.name),
      axisTick: { show: false },
      axisLine: { show: false },
      axisLabel: { fontSize: 13, color: INK },
    },
    series: [
      {
        type: 'custom',
        silent: true,
        encode: ESTIMATE,
        data: rows.flatMap(({ difference }, r) => estimateData(difference, r)),
        renderItem: (_: unknown, api: CustomSeriesRenderItemAPI) => {
          const tells = Number(api.value(1)) > 0 || Number(api.value(2)) < 0;
          return estimateMark(api, tells ? DISTINCT[0] : MUTED);
        },
      },
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
