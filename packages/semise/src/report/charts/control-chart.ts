// A control chart: a score a batch, over its limit, so that all batches compare whatever their size.

import type { EChartsCoreOption } from 'echarts/core';
import { DISTINCT, MUTED, SYMBOLS } from '../palette.js';
import { axis } from './chart.js';

export interface ControlLine {
  readonly name: string;
  /** Over the limit: above 1 is an alarm. */
  readonly values: readonly number[];
}

/** Shown up to here: beyond, how far off is of no matter. */
const TOP = 4;

/** @param words of the axis and of the limit */
export function controlChart(
  batches: readonly string[],
  lines: readonly ControlLine[],
  words: { readonly axis: string; readonly limit: string },
): EChartsCoreOption {
  const highest = Math.max(...lines.flatMap(({ values }) => values));
  return {
    ...(lines.length > 1 && {
      legend: { top: 0, left: 'center', textStyle: { fontSize: 13 }, itemGap: 26 },
    }),
    grid: { left: 56, right: 60, top: lines.length > 1 ? 40 : 16, bottom: 64 },
    xAxis: {
      type: 'category',
      data: batches,
      axisTick: { show: false },
      axisLine: { lineStyle: { color: MUTED } },
      axisLabel: {
        color: MUTED,
        fontSize: 12,
        rotate: batches.length > 6 ? 35 : 0,
        width: 110,
        overflow: 'truncate',
      },
    },
    yAxis: axis(words.axis, { nameGap: 36, min: 0, max: highest > 1.5 ? TOP : 2 }),
    series: lines.map(({ name, values }, i) => ({
      type: 'line',
      silent: true,
      name,
      data: values.map((value) => ({
        value: Math.max(0, Math.min(TOP, value)),
        // A filled mark is an alarm, an empty one is none.
        itemStyle: { color: value > 1 ? DISTINCT[i] : '#fff', borderColor: DISTINCT[i] },
      })),
      symbol: SYMBOLS[i],
      symbolSize: 9,
      itemStyle: { borderWidth: 2 },
      color: DISTINCT[i],
      lineStyle: { width: 2 },
      ...(i === 0 && {
        markLine: {
          silent: true,
          symbol: 'none',
          lineStyle: { color: '#c0392b', type: 'dashed', width: 1.5 },
          label: { color: '#c0392b', fontSize: 12, formatter: words.limit },
          data: [{ yAxis: 1 }],
        },
      }),
    })),
  };
}
