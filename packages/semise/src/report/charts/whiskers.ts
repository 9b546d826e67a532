// Estimates in charts: a line as long as the interval.

import type { CustomSeriesRenderItemAPI } from 'echarts';
import type { Estimate } from '../../evaluation/bootstrap.js';
import { INK } from '../palette.js';

/** The names of rows of estimates. @param panel of several side by side: the first alone shows them */
export const rowAxis = (names: readonly string[], panel = 0) => ({
  gridIndex: panel,
  type: 'category',
  inverse: true,
  data: names,
  axisTick: { show: false },
  axisLine: { show: false },
  axisLabel: { show: panel === 0, fontSize: 13, color: INK },
});

/**
 * A series of estimates, one a row of {@link rowAxis}, each a point on its interval.
 * @param look of a row; a diamond is seen without its colour, too
 */
export const estimateRows = (
  estimates: readonly Estimate[],
  look: (row: number) => { color: string; diamond?: boolean },
) => ({
  type: 'custom',
  silent: true,
  encode: { x: [0, 1, 2], y: 3 },
  data: estimates.flatMap(({ value, ci95 }, row) =>
    value === null ? [] : [[value, ci95?.[0] ?? value, ci95?.[1] ?? value, row]],
  ),
  renderItem: (_: unknown, api: CustomSeriesRenderItemAPI) => {
    const [[x, y], [x1], [x2]] = [0, 1, 2].map((i) => api.coord([api.value(i), api.value(3)]));
    const { color, diamond } = look(Number(api.value(3)));
    const corners = [
      [x - 8, y],
      [x, y - 8],
      [x + 8, y],
      [x, y + 8],
    ];
    return {
      type: 'group',
      children: [
        {
          type: 'line',
          shape: { x1, y1: y, x2, y2: y },
          style: { stroke: color, lineWidth: 3 },
        },
        {
          ...(diamond
            ? { type: 'polygon', shape: { points: corners } }
            : { type: 'circle', shape: { cx: x, cy: y, r: 5.5 } }),
          style: { fill: color },
        },
      ],
    };
  },
});

/** A series of upright intervals. */
export const whiskers = (
  bars: readonly [x: number, low: number, high: number][],
  color: string,
  opacity = 0.6,
) => ({
  type: 'custom',
  silent: true,
  encode: { x: 0, y: [1, 2] },
  data: bars,
  renderItem: (_: unknown, api: CustomSeriesRenderItemAPI) => {
    const [[x1, y1], [x2, y2]] = [1, 2].map((i) => api.coord([api.value(0), api.value(i)]));
    return {
      type: 'line',
      shape: { x1, y1, x2, y2 },
      style: { stroke: color, lineWidth: 1.5, opacity },
    };
  },
});
