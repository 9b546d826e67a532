// Loss terms over the steps of training: as they were, faint, and smoothed.

import type { EChartsCoreOption } from 'echarts/core';
import { type Language, texts } from '../language.js';
import { DISTINCT, MUTED } from '../palette.js';
import type { RunReport } from '../report-data.js';
import { axis } from './chart.js';

const TEXTS = texts({
  en: { step: 'step', loss: 'loss' },
  ja: { step: 'ステップ', loss: '損失' },
});

/** Points a curve keeps; more cannot be told apart. */
const POINTS = 240;
/** Points to either side that a smoothed point is the mean of. */
const REACH = 8;

export function lossCurves(history: RunReport['history'], language: Language): EChartsCoreOption {
  const t = TEXTS.in(language);
  const terms = [...new Set(history.flatMap(({ losses }) => Object.keys(losses)))];
  const starts = history.filter(({ phase }, i) => i > 0 && phase !== history[i - 1].phase);
  const phases = {
    silent: true,
    symbol: 'none',
    lineStyle: { color: MUTED, type: 'dashed' },
    label: { color: MUTED, fontSize: 12, position: 'insideEndTop', formatter: '{b}' },
    data: starts.map(({ step, phase }) => ({ xAxis: step, name: phase })),
  };
  return {
    legend: { data: terms, top: 0, left: 'center', icon: 'rect', itemHeight: 3, itemGap: 26 },
    grid: { left: 56, right: 18, top: 40, bottom: 48 },
    xAxis: axis(t.step, {
      nameGap: 30,
      min: 0,
      max: history.at(-1)?.step,
      splitLine: { show: false },
    }),
    yAxis: axis(t.loss, { nameGap: 40, scale: true }),
    series: terms.flatMap((term, t) => {
      const points = thinned(
        history.filter(({ losses }) => Number.isFinite(losses[term])),
        (record) => [record.step, record.losses[term]],
      );
      const line = { type: 'line', silent: true, showSymbol: points.length < 2 };
      const color = DISTINCT[t % DISTINCT.length];
      return [
        {
          ...line,
          name: term,
          data: smoothed(points),
          lineStyle: { width: 2 },
          color,
          z: 3,
          ...(t === 0 ? { markLine: phases } : {}),
        },
        { ...line, data: points, lineStyle: { width: 1, opacity: 0.25 }, color },
      ];
    }),
  };
}

/** Each point the mean of its neighbourhood. */
function smoothed(points: readonly [number, number][]): [number, number][] {
  return points.map(([step], i) => {
    const around = points.slice(Math.max(0, i - REACH), i + REACH + 1);
    return [step, around.reduce((sum, [, loss]) => sum + loss, 0) / around.length];
  });
}

/** Neighbouring points averaged until few enough are left. */
function thinned<T>(items: readonly T[], point: (item: T) => [number, number]): [number, number][] {
  const size = Math.ceil(items.length / POINTS);
  const bins: [number, number][] = [];
  for (let at = 0; at < items.length; at += size) {
    const bin = items.slice(at, at + size).map(point);
    const mean = (of: 0 | 1) => bin.reduce((sum, p) => sum + p[of], 0) / bin.length;
    bins.push([mean(0), mean(1)]);
  }
  return bins;
}
