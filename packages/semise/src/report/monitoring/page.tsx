// monitoring.html: whether what comes in is still what the model was tested on.

import type { VNode } from 'preact';
import type { HistoryEntry } from '../../evaluation/monitoring/entry.js';
import { FAMILIES } from '../../evaluation/monitoring/observation.js';
import { WATCHED_METRICS } from '../../evaluation/monitoring/performance.js';
import { Chart } from '../charts/chart.js';
import { controlChart } from '../charts/control-chart.js';
import { Contents, Document, documentText } from '../document.js';
import { colon, count, decimal, interval, listed, signed } from '../format.js';
import { InLanguage, type Language, useLanguage } from '../language.js';
import { Figure, Figures, ImageName, Section, Table } from '../layout.js';
import type { MonitoringExample, MonitoringPage } from './data.js';
import { useMonitoringTexts } from './words.js';

/** Features shown of the newest batch; history.jsonl has all. */
const FEATURES = 12;
/** Batches drawn in a chart, the newest; the table has all. */
const DRAWN = 52;
/** Cells of the grid of brightness on a side. */
const SIDE = 8;

type Drifted = HistoryEntry & { drift: NonNullable<HistoryEntry['drift']> };
const hasDrift = (entry: HistoryEntry): entry is Drifted => entry.drift !== null;

/** @returns one self-contained HTML document: no script, nothing fetched, every text escaped */
export function renderMonitoring(data: MonitoringPage, language: Language = 'en'): string {
  return documentText(
    <InLanguage value={language}>
      <Page {...data} />
    </InLanguage>,
  );
}

function Page({ run, reference, falseAlarms, minSubjects, history, examples }: MonitoringPage) {
  const t = useMonitoringTexts();
  const language = useLanguage();
  const newest = history.at(-1)!;
  const batches = history.filter(hasDrift);
  const percent = (share: number) => String(Number((100 * share).toPrecision(3)));
  return (
    <Document title={t.title(run)} language={language} pictures>
      <header>
        <h1>{t.title(run)}</h1>
        <p>{t.made(newest.date.slice(0, 10))}</p>
        <Contents of={Object.entries(t.contents)} />
      </header>
      <p class={newest.verdict === 'alarm' ? 'check warning' : 'check'}>
        {newest.verdict === 'alarm'
          ? t.verdict.alarm(
              newest.name,
              newest.reasons.map((r) => t.reasons[r]).join(language === 'ja' ? '、' : '; '),
            )
          : t.verdict.quiet(newest.name)}
      </p>
      <Time batches={batches} />
      {batches.length > 0 && <Moved {...batches.at(-1)!} />}
      <Examples examples={examples} feature={newest.drift?.features[0].name ?? ''} />
      <Performance history={history} minSubjects={minSubjects} />
      <Section id="batches" title={t.batches}>
        <Table
          caption={t.batches}
          head={[t.batch, t.judged, t.result, t.images, t.subjects, t.drift, t.trend]}
          words={3}
          rows={history
            .map((entry) => [
              entry.name,
              entry.date.slice(0, 10),
              entry.verdict === 'alarm'
                ? t.alarm(
                    listed(
                      entry.reasons.map((r) => t.short[r]),
                      language,
                    ),
                  )
                : t.quiet,
              entry.drift ? count(entry.drift.images) : '–',
              entry.drift ? count(entry.drift.subjects) : '–',
              decimal(entry.drift?.score, 2),
              decimal(entry.trend, 2),
            ])
            .reverse()}
        />
      </Section>
      <Section id="meaning" title={t.meaning}>
        <ul class="limits">
          {t
            .points(percent(falseAlarms), percent(falseAlarms / 2), minSubjects)
            .concat(
              t.referenceOf(
                reference.images,
                reference.subjects,
                reference.source,
                reference.created.slice(0, 10),
              ),
              t.watched(listed(reference.metadata, language)),
            )
            .map((point) => (
              <li key={point}>{point}</li>
            ))}
        </ul>
      </Section>
      <footer>semise, Apache-2.0.</footer>
    </Document>
  );
}

function Time({ batches }: { batches: readonly Drifted[] }): VNode {
  const t = useMonitoringTexts();
  const language = useLanguage();
  const drawn = batches.slice(-DRAWN);
  const names = drawn.map(({ name }) => name);
  const words = { axis: t.axis, limit: t.limit };
  const label = (title: string, values: readonly number[]) =>
    `${title}${colon(language)}${values.map((value, i) => `${names[i]} ${decimal(value, 2)}`).join(', ')}`;
  const score = drawn.map(({ drift }) => drift.score);
  return (
    <Section id="time" title={t.time} lead={t.timeLead}>
      <Figure title={t.overall}>
        <div class="wide">
          <Chart
            id="overall"
            label={label(t.overall, score)}
            option={controlChart(
              names,
              [
                { name: t.batchLine, values: score },
                { name: t.trendLine, values: drawn.map(({ trend }) => trend ?? 0) },
              ],
              words,
            )}
            width={1080}
            height={340}
          />
        </div>
      </Figure>
      <Figures>
        {FAMILIES.map((family) => {
          const values = drawn.map(
            ({ drift }) => drift.families.find((one) => one.family === family)?.score ?? 0,
          );
          return (
            <Figure key={family} title={t.families[family]}>
              <Chart
                id={`family-${family}`}
                label={label(t.families[family], values)}
                option={controlChart(names, [{ name: family, values }], words)}
                height={250}
              />
            </Figure>
          );
        })}
      </Figures>
    </Section>
  );
}

function Moved({ name, drift, missing }: Drifted): VNode {
  const t = useMonitoringTexts();
  const language = useLanguage();
  const shown = (value: string | number | null) =>
    typeof value === 'number' ? decimal(value, Math.abs(value) >= 100 ? 1 : 3) : (value ?? '–');
  const places = drift.features.find((feature) => feature.name === 'places');
  return (
    <Section id="moved" title={t.moved(name)} lead={t.movedLead}>
      <Table
        caption={t.moved(name)}
        head={[t.feature, t.family, t.reference, t.batch, t.over, t.p, t.psi]}
        words={2}
        rows={drift.features
          .slice(0, FEATURES)
          .map(({ name: feature, family, reference, batch, score, p, psi }) => [
            t.names[feature] ?? feature,
            t.families[family].split(/[:：]/)[0],
            shown(reference),
            shown(batch),
            score > 1 ? <b>{decimal(score, 2)}</b> : decimal(score, 2),
            decimal(p, 4),
            psi ? `${decimal(psi.psi, 2)} (${decimal(psi.expected, 2)})` : '–',
          ])}
      />
      {missing.length > 0 && <p>{t.missing(listed(missing, language))}</p>}
      {places && places.score > 1 && <Places values={drift.places} />}
    </Section>
  );
}

function Places({ values }: { values: readonly number[] }): VNode {
  const t = useMonitoringTexts();
  const most = Math.max(...values.map(Math.abs));
  const rows = Array.from({ length: SIDE }, (_, r) => values.slice(SIDE * r, SIDE * (r + 1)));
  return (
    <div class="table">
      <p class="caption">{t.places}</p>
      <table class="matrix">
        <thead>
          <tr>
            <td />
            {rows.map((_, c) => (
              <th key={c} scope="col">
                {t.column(c + 1)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row, r) => (
            <tr key={r}>
              <th scope="row">{t.row(r + 1)}</th>
              {row.map((value, c) => {
                const strength = most > 0 ? Math.abs(value) / most : 0;
                const hue = value > 0 ? '213, 94, 0' : '0, 114, 178';
                return (
                  <td key={c} style={`background: rgba(${hue}, ${(0.75 * strength).toFixed(2)})`}>
                    {decimal(100 * value, 1)}
                  </td>
                );
              })}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

// Only an image that travels in the page is shown: nothing may be fetched from elsewhere.
const EMBEDDED = /^data:image\/(png|jpeg|webp|gif);base64,[A-Za-z0-9+/=]+$/;

function Examples(props: { examples: readonly MonitoringExample[]; feature: string }): VNode {
  const { examples, feature } = props;
  const t = useMonitoringTexts();
  const name = t.names[feature] ?? feature;
  if (examples.length === 0)
    return (
      <Section id="examples" title={t.examples}>
        <p>{t.noExamples}</p>
      </Section>
    );
  return (
    <Section id="examples" title={t.examples} lead={t.examplesLead(name)}>
      {(['batch', 'reference'] as const).map((from) => (
        <div key={from}>
          <h3>{from === 'batch' ? t.ofBatch : t.ofReference}</h3>
          <ol class="examples">
            {examples
              .filter((example) => example.from === from)
              .map(({ image, thumbnail, value }) => (
                <li key={image}>
                  {EMBEDDED.test(thumbnail) ? (
                    <img src={thumbnail} alt={image} />
                  ) : (
                    <span class="missing">{t.noPreview}</span>
                  )}
                  {value !== null && <b>{typeof value === 'number' ? decimal(value, 3) : value}</b>}
                  <ImageName image={image} />
                </li>
              ))}
          </ol>
        </div>
      ))}
    </Section>
  );
}

function Performance(props: { history: readonly HistoryEntry[]; minSubjects: number }): VNode {
  const t = useMonitoringTexts();
  const language = useLanguage();
  const judged = props.history.filter(({ performance }) => performance !== null);
  return (
    <Section id="performance" title={t.performance} lead={t.performanceLead}>
      {judged.length === 0 ? (
        <p>{t.noGrades(props.minSubjects)}</p>
      ) : (
        <Table
          caption={t.performance}
          head={[t.batch, t.graded, 'macro-F1', 'MAE', 'QWK', t.pWorse]}
          rows={judged
            .map(({ name, performance }) => [
              name,
              count(performance!.images),
              ...WATCHED_METRICS.map((metric) => {
                const { batch, difference } = performance!.metrics[metric];
                return (
                  <>
                    {decimal(batch)}
                    <small>{`${signed(difference.value)} (${interval(difference.ci95, language, signed)})`}</small>
                  </>
                );
              }),
              decimal(performance!.p, 3),
            ])
            .reverse()}
        />
      )}
    </Section>
  );
}
