// What the reader came for: how well the severity model does, and how sure that is.

import type { VNode } from 'preact';
import { type Estimate, pairedDifferences } from '../../evaluation/evaluate.js';
import { ERRORS, type MetricName } from '../../evaluation/measure.js';
import { Chart } from '../charts/chart.js';
import { intervals } from '../charts/intervals.js';
import type { Evaluated } from '../evaluated.js';
import { counted, decimal, interval, signed } from '../format.js';
import { Section, Table } from '../layout.js';
import { METRIC_LABELS } from '../metric-labels.js';

const SHOWN: MetricName[] = ['macroF1', 'maee', 'qwk', 'spearman', 'auroc', 'accuracy'];
const DRAWN: MetricName[] = ['macroF1', 'qwk', 'spearman'];

export function Headline({ all }: { all: Evaluated[] }): VNode {
  return (
    <Section
      id="results"
      title="Results"
      lead={
        all.length > 0 &&
        `On ${evaluatedOn(all)}. Intervals hold the middle 95 % of bootstrap draws of whole subjects.`
      }
    >
      {all.length === 0 && <p>Nothing was evaluated: neither the validation nor the test split.</p>}
      {all.length === 1 && <Tiles {...all[0]} />}
      {all.length > 1 && <Comparison all={all} />}
    </Section>
  );
}

function evaluatedOn(all: Evaluated[]): string {
  const sizes = new Set(
    all.map(
      ({ metrics, split }) =>
        `${counted(metrics.n, 'graded image')} of ${counted(metrics.subjects, 'subject')} in the ${split} split`,
    ),
  );
  return [...sizes].join('; ');
}

function Tiles({ metrics }: Evaluated): VNode {
  return (
    <dl class="tiles">
      {SHOWN.slice(0, 4).map((metric) => (
        <div class="tile">
          <dt>{METRIC_LABELS[metric].label}</dt>
          <dd class="value">{decimal(metrics[metric].value)}</dd>
          <dd class="interval">{interval(metrics[metric].ci95)}</dd>
          <dd class="meaning">{METRIC_LABELS[metric].meaning}</dd>
        </div>
      ))}
    </dl>
  );
}

function Comparison({ all }: { all: Evaluated[] }): VNode {
  const runs = all.map(({ run, metrics }) => ({ name: run.name, metrics }));
  const chart = intervals(runs, DRAWN);
  const [first, ...others] = all;
  const arrow = (metric: MetricName) => (ERRORS.has(metric) ? '↓' : '↑');
  return (
    <>
      <Table
        caption="Every run with its 95 % intervals (↑ higher is better, ↓ lower is better)"
        head={['Run', 'Method', ...SHOWN.map((m) => `${METRIC_LABELS[m].label} ${arrow(m)}`)]}
        words={2}
        rows={all.map(({ run, metrics }) => [
          run.name,
          run.method,
          ...SHOWN.map((metric) => (
            <>
              <strong>{decimal(metrics[metric].value)}</strong>
              <small>{interval(metrics[metric].ci95)}</small>
            </>
          )),
        ])}
      />
      <div class="scroll wide">
        <Chart
          id="intervals"
          label={`Macro-F1, QWK and Spearman's rho of ${all.length} runs with 95 % intervals, as in the table above`}
          {...chart}
        />
      </div>
      <Table
        caption={`${first.run.name} minus each other run, on the same subjects; bold where the 95 % interval leaves out 0`}
        head={['Difference', ...SHOWN.map((m) => `${METRIC_LABELS[m].label} ${arrow(m)}`)]}
        rows={others.map((other) => [`minus ${other.run.name}`, ...differences(first, other)])}
      />
    </>
  );
}

function differences(first: Evaluated, other: Evaluated): (VNode | string)[] {
  if (!sameImages(first, other)) return SHOWN.map(() => 'other images');
  const paired = pairedDifferences(first.predictions, other.predictions, {
    grades: first.grades,
    seed: first.run.seed,
  });
  return SHOWN.map((metric) => <Difference {...paired[metric]} />);
}

function Difference({ value, ci95 }: Estimate): VNode {
  const clear = ci95 !== null && (ci95[0] > 0 || ci95[1] < 0);
  return (
    <>
      {clear ? <strong>{signed(value)}</strong> : signed(value)}
      <small>{interval(ci95, signed)}</small>
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
