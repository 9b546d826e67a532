// Reliability of two sets in one diagram: what was said against how often it came true.

import type { CustomSeriesRenderItemAPI } from 'echarts';
import type { EChartsCoreOption } from 'echarts/core';
import type { ReliabilityBin } from '../../evaluation/calibration/index.js';
import { axis } from '../charts/chart.js';
import { DISTINCT, MUTED, SYMBOLS } from '../palette.js';

export interface ReliabilityLabels {
  readonly said: string;
  readonly observed: string;
}

/** Points with Wilson's intervals, joined; the diagonal is perfect. */
export function reliabilityChart(
  sets: readonly { readonly name: string; readonly bins: readonly ReliabilityBin[] }[],
  { said, observed }: ReliabilityLabels,
): EChartsCoreOption {
  return {
    legend: {
      top: 0,
      left: 'center',
      textStyle: { fontSize: 13 },
      itemGap: 26,
      data: sets.map((s) => s.name),
    },
    grid: { left: 60, right: 18, top: 40, bottom: 48 },
    xAxis: axis(said, { nameGap: 30, min: 0, max: 1 }),
    yAxis: axis(observed, { nameGap: 40, min: 0, max: 1 }),
    series: [
      {
        type: 'line',
        silent: true,
        symbol: 'none',
        lineStyle: { color: MUTED, type: 'dashed', width: 1.5 },
        data: [
          [0, 0],
          [1, 1],
        ],
      },
      ...sets.flatMap(({ name, bins }, s) => [
        {
          type: 'line',
          silent: true,
          name,
          color: DISTINCT[s],
          symbol: SYMBOLS[s],
          symbolSize: 9,
          lineStyle: { width: 2 },
          data: bins.map((bin) => [bin.predicted, bin.observed]),
        },
        {
          type: 'custom',
          silent: true,
          encode: { x: 0, y: [1, 2] },
          data: bins.map((bin) => [bin.predicted, ...bin.ci95]),
          renderItem: (_: unknown, api: CustomSeriesRenderItemAPI) => {
            const [x, low] = api.coord([api.value(0), api.value(1)]);
            const [, high] = api.coord([api.value(0), api.value(2)]);
            return {
              type: 'line',
              shape: { x1: x, y1: low, x2: x, y2: high },
              style: { stroke: DISTINCT[s], lineWidth: 1.5, opacity: 0.6 },
            };
          },
        },
      ]),
    ],
  };
}
