// The report of a segmentation: one HTML file that opens anywhere, offline.

import type { VNode } from 'preact';
import type { Estimate } from '../../evaluation/evaluate.js';
import type {
  SegmentationMetrics,
  SegmentationScores,
} from '../../evaluation/segmentation/index.js';
import { burdenChart } from '../charts/burden.js';
import { Chart } from '../charts/chart.js';
import { lossCurves } from '../charts/loss-curves.js';
import { Contents, Document, documentText } from '../document.js';
import { counted, decimal, interval } from '../format.js';
import { Figure, Figures, Section, Table } from '../layout.js';
import type { OverlayExample, SegmentationReport } from './report-data.js';

/** The same data give the same document; no script, nothing fetched, every text escaped. */
export function renderSegmentationReport(report: SegmentationReport): string {
  return documentText(<Page {...report} />);
}

const CONTENTS: [string, string][] = [
  ['results', 'Results'],
  ['overlays', 'Overlays'],
  ['groups', 'By grade and size'],
  ['burden', 'Burden and severity'],
  ['training', 'Training'],
  ['data', 'Data'],
  ['limits', 'Limits of use'],
  ['repeat', 'How to repeat'],
];

function Page(report: SegmentationReport): VNode {
  const { metrics, split } = report;
  return (
    <Document title="Lesion segmentation" pictures>
      <header>
        <h1>Lesion segmentation</h1>
        <p>{`Made ${report.created} by semise. For research only; not a medical device.`}</p>
        <Contents of={CONTENTS} />
      </header>
      {metrics ? (
        <Results metrics={metrics} split={split} />
      ) : (
        <Section id="results" title="Results">
          <p>Nothing was evaluated: neither the validation nor the test split has a mask.</p>
        </Section>
      )}
      <Overlays examples={report.examples} />
      {metrics && <Groups metrics={metrics} />}
      {metrics && <Burden metrics={metrics} report={report} />}
      <Training {...report} />
      <Data {...report} />
      <Limits />
      <Repeat {...report} />
      <footer>semise, Apache-2.0. Intervals: 95 %, percentile bootstrap over subjects.</footer>
    </Document>
  );
}

const MEANINGS: [keyof SegmentationScores, string, string][] = [
  ['diceLesion', 'Dice, images with a lesion', 'overlap of predicted and true lesion, 0 to 1'],
  ['dice', 'Dice, all images', 'an empty mask found empty counts 1'],
  ['iou', 'IoU, all images', 'common share of the area that either covers'],
  ['hausdorff95', '95 % Hausdorff', 'distance within which 95 % of both outlines lie'],
  ['surfaceDistance', 'Average surface distance', 'mean distance of the two outlines'],
  ['lesionSensitivity', 'Lesions found', 'share of true lesions of which a pixel is found'],
  ['falsePositives', 'False lesions an image', 'predicted lesions that touch no true one'],
];
const inUnits = (name: string, unit: string) =>
  ['hausdorff95', 'surfaceDistance'].includes(name) ? `, ${unit}` : '';

function Results({ metrics, split }: { metrics: SegmentationMetrics; split: string }): VNode {
  const { n, subjects, unit, oneEmpty, bothEmpty } = metrics;
  return (
    <Section
      id="results"
      title="Results"
      lead={`On ${counted(n, 'image')} with a mask, of ${counted(subjects, 'subject')}, in the ${split} split, at the images' own size. In ${bothEmpty} both masks are empty; in ${oneEmpty} one of them is, and no distance is defined. Intervals hold the middle 95 % of bootstrap draws of whole subjects.`}
    >
      <dl class="tiles">
        {MEANINGS.map(([name, label, meaning]) => (
          <div class="tile">
            <dt>{label + inUnits(name, unit)}</dt>
            <dd class="value">{decimal(metrics[name].value)}</dd>
            <dd class="interval">{interval(metrics[name].ci95, 'en')}</dd>
            <dd class="meaning">{meaning}</dd>
          </div>
        ))}
      </dl>
      {metrics.classes.length > 0 && (
        <Table
          caption="Each class by itself"
          head={['Class', 'Dice', 'IoU']}
          rows={metrics.classes.map((c) => [`${c.class}`, figure(c.dice), figure(c.iou)])}
        />
      )}
    </Section>
  );
}

const figure = (estimate: Estimate): VNode => (
  <>
    <strong>{decimal(estimate.value)}</strong>
    <small>{interval(estimate.ci95, 'en')}</small>
  </>
);

const GROUPS: [OverlayExample['group'], string][] = [
  ['best', 'Best'],
  ['median', 'Median'],
  ['worst', 'Worst'],
  ['no lesion', 'Without a lesion'],
];
// Only an image that travels in the page is shown: nothing may be fetched from elsewhere.
const EMBEDDED = /^data:image\/(png|jpeg|webp);base64,[A-Za-z0-9+/=]+$/;

function Overlays({ examples }: { examples: readonly OverlayExample[] }): VNode {
  return (
    <Section
      id="overlays"
      title="Overlays"
      lead="Orange: lesions as predicted. Blue: the expert's outline. Cases by Dice; under each its Dice, the share of the image that is predicted as lesion, and the severity score where there is one."
    >
      {examples.length === 0 && <p>No image with a mask in this split.</p>}
      {GROUPS.map(([group, title]) => {
        const cases = examples.filter((example) => example.group === group);
        if (cases.length === 0) return null;
        return (
          <>
            <h3>{title}</h3>
            <ol class="examples" aria-label={`${title}: overlays`}>
              {cases.map(({ image, grade, dice, score, burden, picture }) => (
                <li>
                  {EMBEDDED.test(picture) ? (
                    <img src={picture} alt={`${image}: predicted and true lesions`} />
                  ) : (
                    <span class="missing">no preview</span>
                  )}
                  <b>
                    {group === 'no lesion'
                      ? `${decimal(100 * burden, 1)} % predicted`
                      : `Dice ${decimal(dice, 2)}`}
                  </b>
                  <span>
                    {[
                      grade === null ? null : `grade ${grade}`,
                      `burden ${decimal(100 * burden, 1)} %`,
                      score === null ? null : `score ${decimal(score, 2)}`,
                    ]
                      .filter(Boolean)
                      .join(', ')}
                  </span>
                  <small title={image}>{image}</small>
                </li>
              ))}
            </ol>
          </>
        );
      })}
    </Section>
  );
}

const COLUMNS = [
  'diceLesion',
  'dice',
  'hausdorff95',
  'lesionSensitivity',
  'falsePositives',
] as const;

function Groups({ metrics }: { metrics: SegmentationMetrics }): VNode {
  const label = (name: string) => {
    const [, text] = MEANINGS.find(([metric]) => metric === name)!;
    return text + inUnits(name, metrics.unit);
  };
  return (
    <Section
      id="groups"
      title="By grade and by size of lesion"
      lead="Small lesions cover less than 0.1 % of the image, medium ones less than 1 %."
    >
      {metrics.byGrade.length > 0 && (
        <Table
          caption="Images by the expert's grade"
          head={['Grade', 'Images', ...COLUMNS.map(label)]}
          rows={metrics.byGrade.map((row) => [
            `${row.grade}`,
            row.n,
            ...COLUMNS.map((name) => figure(row[name])),
          ])}
        />
      )}
      <Table
        caption="True lesions by size"
        head={['Size', 'Lesions', 'Found']}
        rows={metrics.bySize.map((row) => [row.size, row.lesions, figure(row.sensitivity)])}
      />
    </Section>
  );
}

function Burden({
  metrics,
  report,
}: {
  metrics: SegmentationMetrics;
  report: SegmentationReport;
}): VNode {
  const { withScore, withGrade, withTrueBurden } = metrics.burden;
  const scored = report.burdens.some((i) => i.score !== null);
  const rows: [string, Estimate][] = [
    ['severity score of the model it started from', withScore],
    ["expert's grade", withGrade],
    ["burden of the expert's mask", withTrueBurden],
  ];
  return (
    <Section
      id="burden"
      title="Lesion burden and severity"
      lead="Lesion burden is the share of the image predicted as lesion. Where it and the severity score rise together, two readings of the same image agree; an image far from the others deserves a look."
    >
      <Table
        caption={`Spearman's rho of lesion burden, over all images of the ${report.split} split`}
        head={['With the', 'rho']}
        rows={rows.filter(([, e]) => e.value !== null).map(([name, e]) => [name, figure(e)])}
      />
      <Figures>
        <Figure title={scored ? 'Burden against severity score' : 'Burden against grade'}>
          <Chart
            id="burden-chart"
            label="Scatter plot of lesion burden"
            option={burdenChart(report.burdens, scored)}
          />
        </Figure>
      </Figures>
    </Section>
  );
}

function Training({ history, validation }: SegmentationReport): VNode {
  return (
    <Section
      id="training"
      title="Training"
      lead="Each loss term as it was (faint) and smoothed. Terms have their own scales: compare a term with itself only."
    >
      <Figures>
        <Figure title="Losses">
          {history.length === 0 ? (
            <p>No losses were kept.</p>
          ) : (
            <Chart id="loss" label="Loss terms over the steps" option={lossCurves(history)} />
          )}
        </Figure>
      </Figures>
      {validation.length > 0 && (
        <Table
          caption="Dice on validation images with a lesion during training, at the working size"
          head={['Step', 'Dice']}
          rows={validation.map(({ step, dice }) => [`${step}`, decimal(dice)])}
        />
      )}
    </Section>
  );
}

function Data({ data }: SegmentationReport): VNode {
  return (
    <Section id="data" title="Data" lead="No subject is in two splits.">
      <Table
        caption="Images and masks by split"
        head={['Split', 'Images', 'Subjects', 'Masks with a lesion', 'Empty masks', 'Masks used']}
        rows={data.map((d) => [d.split, d.images, d.subjects, d.lesionMasks, d.emptyMasks, d.seen])}
      />
    </Section>
  );
}

function Limits(): VNode {
  return (
    <Section id="limits" title="Limits of use">
      <ul class="limits">
        <li>
          <strong>For research only. Not a medical device:</strong> not for diagnosis, triage,
          measurement or any decision about a patient.
        </li>
        <li>
          The masks are taken as the truth. Where two experts would outline a lesion differently, so
          may the model, and no Dice tells which of them is right.
        </li>
        <li>
          Intervals tell how figures vary with the choice of subjects. They know nothing of another
          site, device or population: test on images of your own before you rely on it.
        </li>
        <li>
          Lesions smaller than half of the smallest twentieth seen in training are dropped as
          specks.
        </li>
      </ul>
    </Section>
  );
}

function Repeat({ command, config, environment }: SegmentationReport): VNode {
  return (
    <Section id="repeat" title="How to repeat">
      <pre>{command}</pre>
      <p>{environment}</p>
      <pre>{JSON.stringify(config, null, 1)}</pre>
    </Section>
  );
}
