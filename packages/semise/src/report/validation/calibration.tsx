// Whether probabilities mean outside what they meant inside.

import type { VNode } from 'preact';
import { reliabilityBins } from '../../evaluation/calibration/index.js';
import type { Estimate } from '../../evaluation/evaluate.js';
import type { Prediction } from '../../evaluation/prediction.js';
import { Chart } from '../charts/chart.js';
import { reliability } from '../charts/reliability.js';
import { decimal, interval } from '../format.js';
import { texts, useLanguage } from '../language.js';
import { Figure, Figures, Section, Table } from '../layout.js';
import { Difference } from './figures.js';
import type { ValidationReport } from './report-data.js';

const useTexts = texts({
  en: {
    title: 'Calibration',
    lead: 'Images in ten bins by the probability of their predicted grade, against the share that is right, with 95 % intervals of that share (images taken as independent). On the dashed line probabilities mean what they say; below it the model is too sure of itself.',
    chart: 'Reliability of the predicted grade',
    label: 'Reliability diagram of the external set and the internal test',
    said: 'probability of the predicted grade',
    right: 'share that is right',
    diagonal: 'perfect',
    external: 'external',
    internal: 'internal test',
    caption: 'Errors of the probabilities; lower is better',
    head: ['', 'External', 'Internal', 'Difference'],
    ece: 'Calibration error (ECE)',
    eceDebiased: 'The same, freed of chance (debiased)',
    brier: 'Brier score',
    rps: 'RPS',
    none: 'The model gives no probabilities.',
  },
  ja: {
    title: '確率の較正',
    lead: '予測グレードの確率で画像を 10 区分し、実際に正解だった割合と比較しています（縦線はその割合の 95% 信頼区間。画像は独立とみなしています）。破線上であれば確率は額面どおり、破線より下ならモデルは自信過剰です。',
    chart: '予測グレードの信頼度曲線',
    label: '外部データと内部テストの信頼度曲線',
    said: '予測グレードの確率',
    right: '正解の割合',
    diagonal: '理想',
    external: '外部',
    internal: '内部テスト',
    caption: '確率の誤差（低いほど良い）',
    head: ['', '外部', '内部', '差'],
    ece: '較正誤差（ECE）',
    eceDebiased: '同（偶然による偏りを補正）',
    brier: 'ブライアスコア',
    rps: 'RPS',
    none: 'このモデルは確率を出力しません。',
  },
});

const binsOf = (predictions: readonly Prediction[]) => {
  const graded = predictions.filter((p) => p.grade !== null);
  return reliabilityBins(
    graded.map((p) => p.probabilities[p.predicted]),
    graded.map((p) => p.predicted === p.grade),
  );
};

export function CalibrationSection({
  validation: { figures },
  predictions,
  internal: test,
}: ValidationReport): VNode {
  const t = useTexts();
  const language = useLanguage();
  if (!predictions[0]?.probabilities.length) {
    return (
      <Section id="calibration" title={t.title}>
        <p>{t.none}</p>
      </Section>
    );
  }
  const sets = [
    { name: t.external, bins: binsOf(predictions) },
    ...(test.length > 0 ? [{ name: t.internal, bins: binsOf(test) }] : []),
  ];
  const value = (estimate: Estimate | null | undefined) =>
    estimate && (
      <>
        {decimal(estimate.value)} <small>{interval(estimate.ci95, language)}</small>
      </>
    );
  const row = (figure: 'ece' | 'eceDebiased' | 'brier' | 'rps') => {
    const found = figures.find((f) => f.figure === figure);
    return [
      t[figure],
      value(found?.external),
      value(found?.internal),
      found?.difference && <Difference {...found.difference} />,
    ];
  };
  return (
    <Section id="calibration" title={t.title} lead={t.lead}>
      <Figures>
        <Figure title={t.chart}>
          <Chart id="reliability" label={t.label} option={reliability(sets, t)} height={380} />
        </Figure>
        <div>
          <Table
            caption={t.caption}
            head={t.head}
            rows={[row('ece'), row('eceDebiased'), row('brier'), row('rps')]}
          />
        </div>
      </Figures>
    </Section>
  );
}
