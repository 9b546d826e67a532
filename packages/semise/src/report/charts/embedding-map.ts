// The embedding seen from its two widest directions, every image coloured by its grade.

import type { EChartsCoreOption } from 'echarts/core';
import { type Language, texts } from '../language.js';
import { gradeColour, SYMBOLS, UNGRADED } from '../palette.js';
import type { RunReport } from '../report-data.js';
import { axis } from './chart.js';

const TEXTS = texts({
  en: {
    first: 'first component',
    second: 'second component',
    none: 'no grade',
    grade: (grade: number) => `grade ${grade}`,
  },
  ja: {
    first: '第 1 主成分',
    second: '第 2 主成分',
    none: 'グレードなし',
    grade: (grade) => `グレード ${grade}`,
  },
});

/** Images drawn; evenly spaced over the list where there are more. */
const POINTS = 1500;

/** @param grades K, the number of grades */
export function embeddingChart(
  embedding: RunReport['embedding'],
  grades: number,
  language: Language,
): EChartsCoreOption {
  const t = TEXTS.in(language);
  const step = Math.max(1, embedding.length / POINTS);
  const shown = Array.from(
    { length: Math.floor(embedding.length / step) },
    (_, i) => embedding[Math.floor(i * step)],
  );
  const series = (name: string, grade: number | null, look: Record<string, unknown>) => ({
    type: 'scatter',
    silent: true,
    name,
    data: shown.filter((p) => p.grade === grade).map(({ x, y }) => [round(x), round(y)]),
    ...look,
  });
  const plain = { axisLabel: { show: false }, splitLine: { show: false }, scale: true };
  return {
    legend: {
      top: 0,
      left: 'center',
      textStyle: { fontSize: 13 },
      itemGap: 22,
      itemWidth: 11,
      itemHeight: 11,
    },
    grid: { left: 34, right: 18, top: 40, bottom: 34 },
    xAxis: axis(t.first, { nameGap: 12, ...plain }),
    yAxis: axis(t.second, { nameGap: 12, ...plain }),
    series: [
      ...(shown.some((p) => p.grade === null)
        ? [series(t.none, null, { color: UNGRADED, symbolSize: 4 })]
        : []),
      ...Array.from({ length: grades }, (_, grade) =>
        series(t.grade(grade), grade, {
          color: gradeColour(grade, grades),
          symbol: SYMBOLS[grade % SYMBOLS.length],
          symbolSize: 7,
          itemStyle: { opacity: 0.75 },
        }),
      ),
    ],
  };
}

function round(value: number): number {
  return Number(value.toPrecision(4));
}
