// The reliability diagram: what the model said, and how often it was right, of one set or more.

import type { EChartsCoreOption } from 'echarts/core';
import type { ReliabilityBin } from '../../evaluation/calibration/reliability.js';
import { DISTINCT, MUTED, SYMBOLS } from '../palette.js';
import { axis } from './chart.js';
import { whiskers } from './whiskers.js';

export interface ReliabilityCurve {
  name: string;
  bins: readonly ReliabilityBin[];
  dotted?: boolean;
}

/** @param labels names of the axes and of the diagonal */
export function reliability(
  curves: readonly ReliabilityCurve[],
  labels: { said: string; right: string; diagonal: string },
): EChartsCoreOption {
  const least = Math.min(...curves.flatMap(({ bins }) => bins.map(({ predicted }) => predicted)));
  const min = Math.max(0, Math.floor(10 * least) / 10);
  return {
    legend: {
      top: 0,
      left: 'center',
      itemGap: 22,
      data: [...curves.map(({ name }) => name), labels.diagonal],
    },
    grid: { left: 60, right: 18, top: 40, bottom: 48 },
    xAxis: axis(labels.said, { nameGap: 30, min, max: 1 }),
    yAxis: axis(labels.right, { nameGap: 44, min: 0, max: 1 }),
    series: [
      {
        type: 'line',
        name: labels.diagonal,
        silent: true,
        symbol: 'none',
        lineStyle: { color: MUTED, type: 'dashed', width: 1.5 },
        itemStyle: { color: MUTED },
        data: [
          [min, min],
          [1, 1],
        ],
      },
      ...curves.flatMap(({ name, bins, dotted }, c) => {
        const color = DISTINCT[c];
        return [
          whiskers(
            bins.map(({ predicted, ci95 }) => [predicted, ...ci95]),
            color,
            0.55,
          ),
          {
            type: 'line',
            name,
            silent: true,
            color,
            symbol: SYMBOLS[c],
            symbolSize: 9,
            lineStyle: { width: 1.5, type: dotted ? 'dotted' : 'solid' },
            data: bins.map(({ predicted, observed }) => [predicted, observed]),
            z: 3 + c,
          },
        ];
      }),
    ],
  };
}
