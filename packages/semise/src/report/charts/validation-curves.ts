// Scores on the validation split while training went on.

import type { EChartsCoreOption } from 'echarts/core';
import { type Language, texts } from '../language.js';
import { useMetricLabels } from '../metric-labels.js';
import { DISTINCT, SYMBOLS } from '../palette.js';
import type { RunReport } from '../report-data.js';
import { axis } from './chart.js';

const TEXTS = texts({
  en: { step: 'step', score: 'validation score' },
  ja: { step: 'ステップ', score: '検証データでの成績' },
});

const SHOWN = ['macroF1', 'qwk', 'spearman'] as const;

export function validationCurves(
  validation: RunReport['validation'],
  language: Language,
): EChartsCoreOption {
  const t = TEXTS.in(language);
  const labels = useMetricLabels.in(language);
  const lowest = Math.min(0, ...validation.flatMap((v) => SHOWN.map((metric) => v[metric] ?? 0)));
  return {
    legend: { top: 0, left: 'center', textStyle: { fontSize: 13 }, itemGap: 26 },
    grid: { left: 56, right: 18, top: 40, bottom: 48 },
    xAxis: axis(t.step, {
      nameGap: 30,
      min: 0,
      max: validation.at(-1)?.step,
      splitLine: { show: false },
    }),
    yAxis: axis(t.score, { nameGap: 38, min: Math.floor(lowest * 5) / 5, max: 1 }),
    series: SHOWN.map((metric, m) => ({
      type: 'line',
      silent: true,
      name: labels[metric].label,
      data: validation.map((v) => [v.step, v[metric]]),
      symbol: SYMBOLS[m],
      symbolSize: 7,
      color: DISTINCT[m],
      lineStyle: { width: 2 },
    })),
  };
}
