// Scores on the validation split while training went on.

import type { EChartsCoreOption } from 'echarts/core';
import { METRIC_LABELS } from '../metric-labels.js';
import { DISTINCT, SYMBOLS } from '../palette.js';
import type { RunReport } from '../report-data.js';
import { axis } from './chart.js';

const SHOWN = ['macroF1', 'qwk', 'spearman'] as const;

export function validationCurves(validation: RunReport['validation']): EChartsCoreOption {
  const lowest = Math.min(0, ...validation.flatMap((v) => SHOWN.map((metric) => v[metric] ?? 0)));
  return {
    legend: { top: 0, left: 'center', textStyle: { fontSize: 13 }, itemGap: 26 },
    grid: { left: 56, right: 18, top: 40, bottom: 48 },
    xAxis: axis('step', {
      nameGap: 30,
      min: 0,
      max: validation.at(-1)?.step,
      splitLine: { show: false },
    }),
    yAxis: axis('validation score', { nameGap: 38, min: Math.floor(lowest * 5) / 5, max: 1 }),
    series: SHOWN.map((metric, m) => ({
      type: 'line',
      silent: true,
      name: METRIC_LABELS[metric].label,
      data: validation.map((v) => [v.step, v[metric]]),
      symbol: SYMBOLS[m],
      symbolSize: 7,
      color: DISTINCT[m],
      lineStyle: { width: 2 },
    })),
  };
}
