// Every metric of every run, on validation and test.

import type { VNode } from 'preact';
import type { Metrics } from '../../evaluation/evaluate.js';
import { METRICS, type MetricName } from '../../evaluation/measure.js';
import { decimal, interval } from '../format.js';
import { Section, Table } from '../layout.js';
import { METRIC_LABELS } from '../metric-labels.js';
import type { RunReport } from '../report-data.js';

export function AllMetrics({ runs }: { runs: RunReport[] }): VNode {
  return (
    <Section
      id="metrics"
      title="All metrics"
      lead="The model was chosen on validation; only test is a fair estimate. Macro means are over the grades present. A dash is a metric that these images do not define."
    >
      {runs.map(({ name, metrics }) => {
        const splits = (['test', 'validation'] as const).filter((split) => metrics[split]);
        return (
          <Table
            caption={`${name}: metrics with 95 % intervals`}
            words={2}
            head={['Metric', 'Meaning', ...splits.map((split) => size(split, metrics[split]!))]}
            rows={METRICS.map((metric) => [
              METRIC_LABELS[metric].label,
              <span class="note">{METRIC_LABELS[metric].meaning}</span>,
              ...splits.map((split) => <Value metrics={metrics[split]!} metric={metric} />),
            ])}
          />
        );
      })}
    </Section>
  );
}

function Value({ metrics, metric }: { metrics: Metrics; metric: MetricName }): VNode {
  const { value, ci95 } = metrics[metric];
  return (
    <>
      {decimal(value)} {ci95 && <small>{interval(ci95)}</small>}
    </>
  );
}

function size(split: string, { n, subjects }: Metrics): VNode {
  return (
    <>
      {split} <small>{`${n} images, ${subjects} subjects`}</small>
    </>
  );
}
