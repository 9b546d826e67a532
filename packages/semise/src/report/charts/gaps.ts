// A forest plot: each group against the rest, one panel a measure, 0 = no gap.

import type { EChartsCoreOption } from 'echarts/core';
import type { Estimate } from '../../evaluation/bootstrap.js';
import { DISTINCT, INK, MUTED } from '../palette.js';
import { axis } from './chart.js';
import { estimateRows, rowAxis } from './whiskers.js';

export interface GapRow {
  name: string;
  /** An estimate a panel. */
  gaps: Estimate[];
  /** In which panels the gap is a finding. */
  found: boolean[];
}

const WIDTH = 1080;
const NAMES = 230;
const GAP = 44;
const ROW = 30;

/** @param panels what each panel shows */
export function gapChart(
  rows: readonly GapRow[],
  panels: readonly string[],
): { option: EChartsCoreOption; width: number; height: number } {
  const width = (WIDTH - NAMES - GAP * panels.length) / panels.length;
  const names = rows.map(({ name }) => (name.length > 30 ? `${name.slice(0, 29)}…` : name));
  const option = {
    grid: panels.map((_, p) => ({
      left: NAMES + p * (width + GAP),
      width,
      top: 10,
      bottom: 50,
    })),
    xAxis: panels.map((name, p) => {
      const ends = rows.flatMap(({ gaps }) => [gaps[p].value ?? 0, ...(gaps[p].ci95 ?? [])]);
      // 0 in the middle, so that a glance tells which way.
      const far = 1.05 * Math.max(0.01, ...ends.map(Math.abs));
      return axis(name, {
        gridIndex: p,
        nameGap: 28,
        min: -far,
        max: far,
        splitNumber: 4,
        axisLabel: {
          color: MUTED,
          fontSize: 13,
          showMinLabel: false,
          showMaxLabel: false,
          formatter: (value: number) => String(Number(value.toFixed(3))).replace('-', '−'),
        },
      });
    }),
    yAxis: panels.map((_, p) => rowAxis(names, p)),
    series: panels.map((_, p) => ({
      ...estimateRows(
        rows.map(({ gaps }) => gaps[p]),
        (r) => ({ color: DISTINCT[Number(rows[r].found[p])], diamond: rows[r].found[p] }),
      ),
      xAxisIndex: p,
      yAxisIndex: p,
      markLine: {
        silent: true,
        symbol: 'none',
        label: { show: false },
        lineStyle: { color: INK, type: 'solid', width: 1 },
        data: [{ xAxis: 0 }],
      },
    })),
  };
  return { option, width: WIDTH, height: rows.length * ROW + 62 };
}
