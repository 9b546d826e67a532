// Every metric of every run, on validation and test.

import type { VNode } from 'preact';
import type { Metrics } from '../../evaluation/evaluate.js';
import { METRICS, type MetricName } from '../../evaluation/measure.js';
import { count, counted, decimal, interval } from '../format.js';
import { texts, useLanguage } from '../language.js';
import { Section, Table } from '../layout.js';
import { useMetricLabels } from '../metric-labels.js';
import type { RunReport } from '../report-data.js';
import { useSplitNames } from '../split-names.js';

const useTexts = texts({
  en: {
    title: 'All metrics',
    lead: 'Settings are to be chosen on validation; only test is a fair estimate, and only if nothing was chosen by it. Macro means are over the grades present. A dash is a metric that these images do not define.',
    caption: (name: string) => `${name}: metrics with 95 % intervals`,
    metric: 'Metric',
    meaning: 'Meaning',
    size: (images: number, subjects: number) =>
      `${counted(images, 'image')}, ${counted(subjects, 'subject')}`,
  },
  ja: {
    title: '全評価指標',
    lead: '設定は検証データで選ぶものであり、公正な推定値となるのはテストデータの成績だけです（テストデータで何も選択していない場合に限ります）。マクロ平均は、データに存在するグレードの平均です。「–」は、このデータでは定義できない指標です。',
    caption: (name) => `${name}：評価指標と 95% 信頼区間`,
    metric: '指標',
    meaning: '意味',
    size: (images, subjects) => `画像 ${count(images)} 枚、対象者 ${count(subjects)} 名`,
  },
});

export function AllMetrics({ runs }: { runs: RunReport[] }): VNode {
  const t = useTexts();
  const labels = useMetricLabels();
  const names = useSplitNames();
  return (
    <Section id="metrics" title={t.title} lead={t.lead}>
      {runs.map(({ name, metrics }) => {
        const splits = (['test', 'validation'] as const).filter((split) => metrics[split]);
        return (
          <Table
            caption={t.caption(name)}
            words={2}
            head={[
              t.metric,
              t.meaning,
              ...splits.map((split) => (
                <>
                  {names[split]}{' '}
                  <small>{t.size(metrics[split]!.n, metrics[split]!.subjects)}</small>
                </>
              )),
            ]}
            rows={METRICS.map((metric) => [
              labels[metric].label,
              <span class="note">{labels[metric].meaning}</span>,
              ...splits.map((split) => <Value metrics={metrics[split]!} metric={metric} />),
            ])}
          />
        );
      })}
    </Section>
  );
}

function Value({ metrics, metric }: { metrics: Metrics; metric: MetricName }): VNode {
  const language = useLanguage();
  const { value, ci95 } = metrics[metric];
  return (
    <>
      {decimal(value)} {ci95 && <small>{interval(ci95, language)}</small>}
    </>
  );
}
