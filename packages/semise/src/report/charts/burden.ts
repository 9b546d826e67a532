// Lesion burden of every image against its severity score, or its grade where there is no score.

import type { EChartsCoreOption } from 'echarts/core';
import type { SegmentedImage } from '../../evaluation/segmentation/index.js';
import { type Language, texts } from '../language.js';
import { gradeColour, MUTED } from '../palette.js';
import { axis } from './chart.js';

const TEXTS = texts({
  en: {
    score: 'severity score (colour: grade)',
    grade: 'grade by the expert',
    burden: 'lesion burden, % of the image',
  },
  ja: {
    score: '重症度スコア（色：グレード）',
    grade: '専門医のグレード',
    burden: '病変の占める割合（画像の %）',
  },
});

export function burdenChart(
  images: readonly SegmentedImage[],
  scored: boolean,
  language: Language,
): EChartsCoreOption {
  const t = TEXTS.in(language);
  const grades = Math.max(2, ...images.map((i) => (i.grade ?? 0) + 1));
  const place = (i: SegmentedImage) => (scored ? i.score : i.grade);
  return {
    grid: { left: 60, right: 18, top: 16, bottom: 48 },
    xAxis: axis(scored ? t.score : t.grade, {
      nameGap: 30,
      scale: true,
      splitLine: { show: false },
    }),
    yAxis: axis(t.burden, { nameGap: 44 }),
    series: [
      {
        type: 'scatter',
        silent: true,
        symbolSize: 6,
        data: images
          .filter((i) => place(i) !== null)
          .map((i) => ({
            value: [place(i), 100 * i.burden],
            itemStyle: {
              color: i.grade === null ? MUTED : gradeColour(i.grade, grades),
              opacity: 0.75,
            },
          })),
      },
    ],
  };
}
