// What the reader came for: how well the severity model does, and how sure that is.

import type { VNode } from 'preact';
import { type Estimate, pairedDifferences } from '../../evaluation/evaluate.js';
import { ERRORS, type MetricName } from '../../evaluation/measure.js';
import { Chart } from '../charts/chart.js';
import { intervals } from '../charts/intervals.js';
import type { Evaluated } from '../evaluated.js';
import { count, counted, decimal, interval, signed } from '../format.js';
import { texts, useLanguage } from '../language.js';
import { Section, Table } from '../layout.js';
import { methodIn } from '../method-summaries.js';
import { useMetricLabels } from '../metric-labels.js';
import { useSplitNames } from '../split-names.js';

const SHOWN: MetricName[] = ['macroF1', 'maee', 'qwk', 'spearman', 'auroc', 'accuracy'];
const DRAWN: MetricName[] = ['macroF1', 'qwk', 'spearman'];

const useTexts = texts({
  en: {
    title: 'Results',
    lead: (on: string) => `On ${on}. Intervals are of 95 %, by a bootstrap over subjects.`,
    on: (images: number, subjects: number, split: string) =>
      `${counted(images, 'graded image')} of ${counted(subjects, 'subject')} in the ${split} split`,
    nothing: 'Nothing was evaluated: neither the validation nor the test split.',
    every: 'Every run with its 95 % intervals (↑ higher is better, ↓ lower is better)',
    run: 'Run',
    method: 'Method',
    chart: (runs: number) =>
      `Macro-F1, QWK and Spearman's rho of ${runs} runs with 95 % intervals, as in the table above`,
    minusEach: (first: string) =>
      `${first} minus each other run, on the same subjects; bold where the 95 % interval leaves out 0`,
    difference: 'Difference',
    minus: (other: string) => `minus ${other}`,
    otherImages: 'other images',
  },
  ja: {
    title: '結果',
    lead: (on) =>
      `${on}での成績です。区間は、対象者単位のブートストラップ法による 95% 信頼区間です。`,
    on: (images, subjects, split) =>
      `${split}データのグレード付き画像 ${count(images)} 枚（対象者 ${count(subjects)} 名）`,
    nothing: '検証データ・テストデータのいずれも評価されていません。',
    every: '各モデルの成績と 95% 信頼区間（↑ 高いほど良い、↓ 低いほど良い）',
    run: 'モデル',
    method: '手法',
    chart: (runs) =>
      `${runs} 個のモデルのマクロ F1、QWK、スピアマンの ρ と 95% 信頼区間（上の表と同じ値）`,
    minusEach: (first) =>
      `${first} と他のモデルとの差（同じ対象者での比較）。95% 信頼区間が 0 を含まない差は太字`,
    difference: '差',
    minus: (other) => `${other} との差`,
    otherImages: '対象画像が異なる',
  },
});

export function Headline({ all }: { all: Evaluated[] }): VNode {
  const t = useTexts();
  const splits = useSplitNames();
  const sizes = new Set(
    all.map(({ metrics, split }) => t.on(metrics.n, metrics.subjects, splits[split])),
  );
  return (
    <Section id="results" title={t.title} lead={all.length > 0 && t.lead([...sizes].join('; '))}>
      {all.length === 0 && <p>{t.nothing}</p>}
      {all.length === 1 && <Tiles {...all[0]} />}
      {all.length > 1 && <Comparison all={all} />}
    </Section>
  );
}

function Tiles({ metrics }: Evaluated): VNode {
  const labels = useMetricLabels();
  const language = useLanguage();
  return (
    <dl class="tiles">
      {SHOWN.slice(0, 4).map((metric) => (
        <div class="tile">
          <dt>{labels[metric].label}</dt>
          <dd class="value">{decimal(metrics[metric].value)}</dd>
          <dd class="interval">{interval(metrics[metric].ci95, language)}</dd>
          <dd class="meaning">{labels[metric].meaning}</dd>
        </div>
      ))}
    </dl>
  );
}

function Comparison({ all }: { all: Evaluated[] }): VNode {
  const t = useTexts();
  const labels = useMetricLabels();
  const language = useLanguage();
  const runs = all.map(({ run, metrics }) => ({ name: run.name, metrics }));
  const chart = intervals(runs, DRAWN, language);
  const [first, ...others] = all;
  const arrow = (metric: MetricName) => (ERRORS.has(metric) ? '↓' : '↑');
  return (
    <>
      <Table
        caption={t.every}
        head={[t.run, t.method, ...SHOWN.map((m) => `${labels[m].label} ${arrow(m)}`)]}
        words={2}
        rows={all.map(({ run, metrics }) => [
          run.name,
          methodIn(run.method, language),
          ...SHOWN.map((metric) => (
            <>
              <strong>{decimal(metrics[metric].value)}</strong>
              <small>{interval(metrics[metric].ci95, language)}</small>
            </>
          )),
        ])}
      />
      <div class="scroll wide">
        <Chart id="intervals" label={t.chart(all.length)} {...chart} />
      </div>
      <Table
        caption={t.minusEach(first.run.name)}
        head={[t.difference, ...SHOWN.map((m) => `${labels[m].label} ${arrow(m)}`)]}
        rows={others.map((other) => [
          t.minus(other.run.name),
          ...differences(first, other, t.otherImages),
        ])}
      />
    </>
  );
}

function differences(first: Evaluated, other: Evaluated, otherImages: string): (VNode | string)[] {
  if (!sameImages(first, other)) return SHOWN.map(() => otherImages);
  const paired = pairedDifferences(first.predictions, other.predictions, {
    grades: first.grades,
    seed: first.run.seed,
  });
  return SHOWN.map((metric) => <Difference {...paired[metric]} />);
}

function Difference({ value, ci95 }: Estimate): VNode {
  const language = useLanguage();
  const clear = ci95 !== null && (ci95[0] > 0 || ci95[1] < 0);
  return (
    <>
      {clear ? <strong>{signed(value)}</strong> : signed(value)}
      <small>{interval(ci95, language, signed)}</small>
    </>
  );
}

function sameImages(a: Evaluated, b: Evaluated): boolean {
  const keys = ({ predictions }: Evaluated) =>
    JSON.stringify(
      predictions
        .filter((p) => p.grade !== null)
        .map((p) => JSON.stringify([p.image, p.subject, p.grade]))
        .sort(),
    );
  return a.grades === b.grades && keys(a) === keys(b);
}
