// The report: one HTML file that opens anywhere, offline, and keeps its meaning on paper.

import { Fragment, type VNode } from 'preact';
import { Contents, Document, documentText } from './document.js';
import { evaluated } from './evaluated.js';
import type { ReportData } from './report-data.js';
import { AllMetrics } from './sections/all-metrics.js';
import { ConfusionSection } from './sections/confusion.js';
import { DataSection } from './sections/data.js';
import { Headline } from './sections/headline.js';
import { Leakage } from './sections/leakage.js';
import { LimitsSection } from './sections/limits.js';
import { ConfigurationSection, RepeatSection } from './sections/repeat.js';
import { EmbeddingSection, ExampleSection, ScoreSection } from './sections/severity.js';
import { TrainingSection } from './sections/training.js';

/**
 * The report as one self-contained HTML document: no script, nothing fetched, every text escaped.
 * The same data give the same document.
 */
export function renderReport(data: ReportData): string {
  return documentText(<Page {...data} />);
}

const CONTENTS: [string, string][] = [
  ['results', 'Results'],
  ['score', 'Severity score'],
  ['confusion', 'Confusion'],
  ['examples', 'Examples'],
  ['embedding', 'Embedding'],
  ['training', 'Training'],
  ['metrics', 'All metrics'],
  ['data', 'Data'],
  ['limits', 'Limits of use'],
  ['repeat', 'How to repeat'],
  ['configuration', 'Configuration'],
];

function Page({ title, created, runs, limits = [] }: ReportData): VNode {
  const all = runs.map(evaluated).filter((one) => one !== null);
  const leaking = runs.find(({ data }) => data.subjects.inMoreThanOne > 0) ?? runs[0];
  const grades = Math.max(
    1,
    ...all.map((one) => one.grades),
    ...runs.flatMap(({ embedding }) => embedding.map(({ grade }) => (grade ?? 0) + 1)),
  );
  return (
    <Document title={title} pictures>
      <header>
        <h1>{title}</h1>
        <p>
          {runs.map(({ name, method }, i) => (
            <Fragment key={name}>
              {i > 0 && ' · '}
              <strong>{name}</strong>: {method}
            </Fragment>
          ))}
        </p>
        <p>{`Made ${created} by semise. For research only; not a medical device.`}</p>
        <Contents of={CONTENTS} />
      </header>
      <Headline all={all} />
      {leaking && <Leakage subjects={leaking.data.subjects} />}
      <ScoreSection all={all} />
      <ConfusionSection all={all} />
      <ExampleSection runs={runs} />
      <EmbeddingSection runs={runs} grades={grades} />
      <TrainingSection runs={runs} />
      <AllMetrics runs={runs} />
      <DataSection runs={runs} />
      <LimitsSection all={all} more={limits} />
      <RepeatSection runs={runs} />
      <ConfigurationSection runs={runs} />
      <footer>semise, Apache-2.0. Intervals: 95 %, percentile bootstrap over subjects.</footer>
    </Document>
  );
}
