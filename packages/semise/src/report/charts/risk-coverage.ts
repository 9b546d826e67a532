// Errors among the answers that are kept, by how many are kept; the working point and its limit.

import type { EChartsCoreOption } from 'echarts/core';
import type { RiskCoverage } from '../../evaluation/abstention.js';
import { DISTINCT, MUTED } from '../palette.js';
import { axis } from './chart.js';

export interface RiskCoverageLabels {
  kept: string;
  risk: string;
  /** Beside the line of the allowed error. */
  limit: string;
  /** Beside the working point. */
  chosen: string;
}

/**
 * @param limit largest error allowed
 * @param kept share of images kept at the working point; null where there is none
 */
export function riskCoverageChart(
  { points }: RiskCoverage,
  limit: number,
  kept: number | null,
  labels: RiskCoverageLabels,
): EChartsCoreOption {
  const line = (data: unknown, color: string) => ({
    silent: true,
    symbol: 'none',
    label: {
      color: MUTED,
      fontSize: 12,
      position: 'insideStartTop',
      formatter: '{b}',
      // The curve may run through it.
      textBorderColor: '#fff',
      textBorderWidth: 4,
    },
    lineStyle: { color, type: 'dashed' },
    data,
  });
  return {
    grid: { left: 60, right: 18, top: 20, bottom: 48 },
    xAxis: axis(labels.kept, { nameGap: 30, min: 0, max: 1 }),
    yAxis: axis(labels.risk, {
      nameGap: 44,
      min: 0,
      max: (value: { max: number }) =>
        Math.min(1, Math.ceil(10 * Math.max(1.1 * value.max, 1.3 * limit)) / 10),
    }),
    series: [
      {
        type: 'line',
        silent: true,
        symbol: 'none',
        step: 'end',
        color: DISTINCT[0],
        lineStyle: { width: 2.5 },
        data: points.map(({ kept, risk }) => [kept, risk]),
        markLine: line([{ yAxis: limit, name: labels.limit }], DISTINCT[1]),
      },
      ...(kept === null
        ? []
        : [
            {
              type: 'line',
              data: [],
              silent: true,
              markLine: line([{ xAxis: kept, name: labels.chosen }], DISTINCT[2]),
            },
          ]),
    ],
  };
}
