// An estimate in a forest plot: its interval as a line, its value as a mark.

import type { CustomSeriesRenderItemAPI } from 'echarts';
import type { Estimate } from '../../evaluation/bootstrap.js';

/** What a custom series encodes of {@link estimateData}. */
export const ESTIMATE = { x: [0, 1, 2], y: 3 };

/** [value, low, high, row, ...more]; none where there is no value. */
export const estimateData = (
  { value, ci95 }: Estimate,
  row: number,
  ...more: number[]
): number[][] =>
  value === null ? [] : [[value, ci95?.[0] ?? value, ci95?.[1] ?? value, row, ...more]];

/** @param diamond instead of a dot: a finding, for those who do not see the colour, too */
export function estimateMark(api: CustomSeriesRenderItemAPI, color: string, diamond = false) {
  const at = (column: number) => api.coord([api.value(column), api.value(3)]);
  const [x, y] = at(0);
  const points = [
    [x - 8, y],
    [x, y - 8],
    [x + 8, y],
    [x, y + 8],
  ];
  const style = { fill: color };
  return {
    type: 'group',
    children: [
      {
        type: 'line',
        shape: { x1: at(1)[0], y1: y, x2: at(2)[0], y2: y },
        style: { stroke: color, lineWidth: 3 },
      },
      diamond
        ? { type: 'polygon', shape: { points }, style }
        : { type: 'circle', shape: { cx: x, cy: y, r: 5.5 }, style },
    ],
  };
}
