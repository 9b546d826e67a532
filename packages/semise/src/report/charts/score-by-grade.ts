// The severity score of every graded image against its grade: boxes, and the images themselves.

import type { EChartsCoreOption } from 'echarts/core';
import type { Prediction } from '../../evaluation/prediction.js';
import { quantile } from '../../evaluation/quantile.js';
import { type Language, texts } from '../language.js';
import { gradeColour, INK } from '../palette.js';
import { axis } from './chart.js';

const TEXTS = texts({
  en: { grade: 'grade by the expert', score: 'severity score (larger = worse)' },
  ja: { grade: '専門医のグレード', score: '重症度スコア（大きいほど重症）' },
});

/** Images drawn as points for each grade; evenly spaced over the score where there are more. */
const POINTS = 300;

/** @param grades K, the number of grades */
export function scoreByGrade(
  predictions: readonly Prediction[],
  grades: number,
  language: Language,
): EChartsCoreOption {
  const t = TEXTS.in(language);
  const scores = Array.from({ length: grades }, (_, grade) =>
    Float64Array.from(
      predictions.filter((p) => p.grade === grade),
      (p) => p.score,
    ).sort(),
  );
  return {
    grid: { left: 60, right: 18, top: 16, bottom: 48 },
    xAxis: [
      axis(t.grade, {
        nameGap: 30,
        type: 'category',
        data: scores.map((_, grade) => String(grade)),
        splitLine: { show: false },
      }),
      { type: 'value', show: false, min: -0.5, max: grades - 0.5 },
    ],
    yAxis: axis(t.score, { nameGap: 44, scale: true }),
    series: [
      {
        type: 'scatter',
        silent: true,
        xAxisIndex: 1,
        symbolSize: 5,
        data: scores.flatMap((sorted, grade) =>
          spread(sorted).map((score, i) => ({
            value: [grade + jitter(i), score],
            itemStyle: { color: gradeColour(grade, grades), opacity: 0.7 },
          })),
        ),
      },
      {
        type: 'boxplot',
        silent: true,
        itemStyle: { color: 'rgba(255,255,255,0.35)', borderColor: INK, borderWidth: 1.5 },
        boxWidth: [24, 70],
        data: scores.map((sorted) =>
          sorted.length === 0
            ? ['-', '-', '-', '-', '-']
            : [0.05, 0.25, 0.5, 0.75, 0.95].map((share) => quantile(sorted, share)),
        ),
      },
    ],
  };
}

/** Even and the same each time: multiples of the golden ratio, in -0.3..0.3. */
function jitter(i: number): number {
  return (((i * 0.6180339887498949) % 1) - 0.5) * 0.6;
}

function spread(sorted: Float64Array): number[] {
  if (sorted.length <= POINTS) return [...sorted];
  return Array.from({ length: POINTS }, (_, i) => quantile(sorted, i / (POINTS - 1)));
}
