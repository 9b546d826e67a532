// Runs side by side: each metric with its 95 % interval, one panel a metric.

import type { EChartsCoreOption } from 'echarts/core';
import type { Metrics } from '../../evaluation/evaluate.js';
import type { MetricName } from '../../evaluation/measure.js';
import type { Language } from '../language.js';
import { useMetricLabels } from '../metric-labels.js';
import { DISTINCT } from '../palette.js';
import { axis } from './chart.js';
import { estimateRows, rowAxis } from './whiskers.js';

export interface IntervalChart {
  option: EChartsCoreOption;
  width: number;
  height: number;
}

const WIDTH = 1080;
const NAMES = 180;
const GAP = 44;
const ROW = 34;

export function intervals(
  runs: readonly { name: string; metrics: Metrics }[],
  metrics: readonly MetricName[],
  language: Language,
): IntervalChart {
  const labels = useMetricLabels.in(language);
  const panel = (WIDTH - NAMES - GAP * metrics.length) / metrics.length;
  const height = runs.length * ROW + 60;
  const names = runs.map(({ name }) => (name.length > 24 ? `${name.slice(0, 23)}…` : name));
  const option = {
    grid: metrics.map((_, m) => ({
      left: NAMES + m * (panel + GAP),
      width: panel,
      top: 10,
      bottom: 50,
    })),
    xAxis: metrics.map((metric, m) =>
      axis(labels[metric].label, {
        gridIndex: m,
        nameGap: 26,
        scale: true,
        splitNumber: 3,
        boundaryGap: ['6%', '6%'],
      }),
    ),
    yAxis: metrics.map((_, m) => rowAxis(names, m)),
    series: metrics.map((metric, m) => ({
      ...estimateRows(
        runs.map((run) => run.metrics[metric]),
        (r) => ({ color: DISTINCT[r % DISTINCT.length] }),
      ),
      xAxisIndex: m,
      yAxisIndex: m,
    })),
  };
  return { option, width: WIDTH, height };
}
