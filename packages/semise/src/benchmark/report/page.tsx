// The report as one HTML file: the Markdown's content, and charts.

import type { VNode } from 'preact';
import { Chart } from '../../report/charts/chart.js';
import { Contents, Document, documentText } from '../../report/document.js';
import { Figure, Figures, Section, Table } from '../../report/layout.js';
import { STYLE as REPORT_STYLE } from '../../report/style.js';
import { chartsOf, type TitledChart } from './charts/charts.js';
import type { BenchmarkDocument, TextCell } from './document.js';
import type { Results } from './results.js';

/** Self-contained: no script, nothing fetched, every text escaped. The same rows, the same page. */
export function renderBenchmarkPage(document: BenchmarkDocument, results: Results): string {
  const charts = chartsOf(results);
  return documentText(<Page {...document} charts={charts} />);
}

const written = ({ text, strong }: TextCell) => (strong ? <strong>{text}</strong> : text);

/** What stands between backticks is code. */
const prose = (text: string) =>
  text.split('`').map((part, i) => (i % 2 === 1 ? <code>{part}</code> : part));

/** Names of methods stay on one line; wide tables scroll. */
const STYLE = `${REPORT_STYLE}tbody th { white-space: nowrap; }\n`;

function Page({
  title,
  text,
  sections,
  charts,
}: BenchmarkDocument & { charts: readonly TitledChart[] }): VNode {
  return (
    <Document title={title} style={STYLE}>
      <header>
        <h1>{title}</h1>
        {text.map((paragraph) => (
          <p>{prose(paragraph)}</p>
        ))}
        <Contents of={sections.map(({ id, title }) => [id, title] as const)} />
      </header>
      {sections.map((section) => (
        <Section key={section.id} id={section.id} title={section.title}>
          {section.text.map((paragraph) => (
            <p class="lead">{prose(paragraph)}</p>
          ))}
          <Charts of={charts.filter((chart) => chart.section === section.id)} />
          {section.tables.map((table) => (
            <Table
              caption={table.caption}
              head={[...table.head]}
              rows={table.rows.map((row) => row.map(written))}
            />
          ))}
        </Section>
      ))}
      <footer>semise, Apache-2.0. For research only; not a medical device.</footer>
    </Document>
  );
}

function Charts({ of }: { of: readonly TitledChart[] }): VNode | null {
  if (of.length === 0) return null;
  return (
    <Figures>
      {of.map(({ title, section: _, ...chart }) => (
        <Figure key={chart.id} title={title}>
          <Chart {...chart} />
        </Figure>
      ))}
    </Figures>
  );
}
