// One chart: ECharts draws it on the server as SVG, which is put into the page as it is.

import { BoxplotChart, CustomChart, LineChart, ScatterChart } from 'echarts/charts';
import { GridComponent, LegendComponent, MarkLineComponent } from 'echarts/components';
import { type EChartsCoreOption, init, use } from 'echarts/core';
import { SVGRenderer } from 'echarts/renderers';
import type { VNode } from 'preact';
import { INK, MUTED, RULE } from '../palette.js';

use([
  BoxplotChart,
  CustomChart,
  LineChart,
  ScatterChart,
  GridComponent,
  LegendComponent,
  MarkLineComponent,
  SVGRenderer,
]);

export interface ChartProps {
  /** Unique in the page. */
  id: string;
  /** What the chart shows, for those who cannot see it. */
  label: string;
  option: EChartsCoreOption;
  width?: number;
  height?: number;
}

/** A static chart that scales with the page. */
export function Chart({ id, label, option, width = 540, height = 340 }: ChartProps): VNode {
  const svg = draw(option, width, height, id);
  return (
    <div
      class="chart"
      role="img"
      aria-label={label}
      style={`min-width:${Math.min(width, 310)}px`}
      // ECharts escapes every text it draws.
      dangerouslySetInnerHTML={{ __html: svg }}
    />
  );
}

/** An axis in the report's style. */
export function axis(name: string, more: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    type: 'value',
    name,
    nameLocation: 'middle',
    nameTextStyle: { color: MUTED, fontSize: 14 },
    axisLabel: { color: MUTED, fontSize: 13 },
    axisLine: { show: true, onZero: false, lineStyle: { color: MUTED } },
    axisTick: { show: false },
    splitLine: { lineStyle: { color: RULE } },
    ...more,
  };
}

function draw(option: EChartsCoreOption, width: number, height: number, id: string): string {
  const chart = init(null, null, { renderer: 'svg', ssr: true, width, height });
  try {
    chart.setOption({
      animation: false,
      textStyle: { fontFamily: 'inherit', color: INK },
      ...option,
    });
    return still(chart.renderToSVGString(), id);
  } finally {
    chart.dispose();
  }
}

// ECharts' SVG carries hover styles, names that count up with every chart drawn, and a fixed size.
// Texts in it are escaped, so that no quote of theirs ends up in these matches.
function still(svg: string, id: string): string {
  return svg
    .replace(/<style ?>.*?<\/style>/gs, '')
    .replace(
      / (?:class|ecmeta_\w+|xmlns(?::xlink)?|version|baseProfile|pointer-events)="[^"]*"/g,
      '',
    )
    .replace(/^<svg width="[^"]*" height="[^"]*"/, '<svg aria-hidden="true"')
    .replace(/(id="|url\(#|href="#)zr\d+-/g, `$1${id}-`);
}
