// The severity score: against the grade, on the map of embeddings, and on the images themselves.

import type { VNode } from 'preact';
import { Chart } from '../charts/chart.js';
import { embeddingChart } from '../charts/embedding-map.js';
import { scoreByGrade } from '../charts/score-by-grade.js';
import type { Evaluated } from '../evaluated.js';
import { decimal } from '../format.js';
import { Figure, Figures, Section } from '../layout.js';
import type { Example, RunReport } from '../report-data.js';

export function ScoreSection({ all }: { all: Evaluated[] }): VNode {
  return (
    <Section
      id="score"
      title="Severity score against grade"
      lead="Every point is an image. Boxes hold the middle half of a grade's images, the bar is the median, whiskers reach from 5 to 95 %. A good score rises from grade to grade with little overlap."
    >
      <Figures>
        {all.map((one, i) => (
          <Figure title={`${one.run.name} (${one.split})`}>
            <Chart
              id={`score-${i}`}
              label={`Box plot of the severity score by expert grade: medians ${medians(one)}`}
              option={scoreByGrade(one.predictions, one.grades)}
            />
          </Figure>
        ))}
      </Figures>
    </Section>
  );
}

function medians({ predictions, grades }: Evaluated): string {
  return Array.from({ length: grades }, (_, grade) => {
    const scores = predictions.filter((p) => p.grade === grade).map((p) => p.score);
    scores.sort((a, b) => a - b);
    return `grade ${grade}: ${decimal(scores[scores.length >> 1])}`;
  }).join(', ');
}

export function EmbeddingSection({ runs, grades }: { runs: RunReport[]; grades: number }): VNode {
  return (
    <Section
      id="embedding"
      title="Embedding map"
      lead="What the encoder sees, from its two widest directions (principal components). Two of many dimensions: near points may be far apart in the others."
    >
      <Figures>
        {runs.map((run, i) => (
          <Figure title={run.name}>
            {run.embedding.length === 0 ? (
              <p>No embeddings were kept.</p>
            ) : (
              <Chart
                id={`embedding-${i}`}
                label={`Scatter plot of ${run.embedding.length} image embeddings, coloured by grade`}
                option={embeddingChart(run.embedding, grades)}
                height={400}
              />
            )}
          </Figure>
        ))}
      </Figures>
    </Section>
  );
}

export function ExampleSection({ runs }: { runs: RunReport[] }): VNode {
  return (
    <Section
      id="examples"
      title="Examples by severity score"
      lead="Images evenly spaced over the order of the score, mildest first. A frame marks those where model and expert differ."
    >
      {runs.map(({ name, examples }) => (
        <>
          {runs.length > 1 && <h3>{name}</h3>}
          {examples.length === 0 ? (
            <p>No examples were kept.</p>
          ) : (
            <ol class="examples" aria-label={`${name}: examples from mild to severe`}>
              {examples.map((example) => (
                <ExampleImage {...example} />
              ))}
            </ol>
          )}
        </>
      ))}
    </Section>
  );
}

// Only an image that travels in the page is shown: nothing may be fetched from elsewhere.
const EMBEDDED = /^data:image\/(png|jpeg|webp|gif);base64,[A-Za-z0-9+/=]+$/;

export function ExampleImage({ image, grade, predicted, score, thumbnail }: Example): VNode {
  const differs = grade !== null && grade !== predicted;
  return (
    <li class={differs ? 'differs' : undefined}>
      {EMBEDDED.test(thumbnail) ? (
        <img src={thumbnail} alt={`${image}, severity score ${decimal(score, 2)}`} />
      ) : (
        <span class="missing">no preview</span>
      )}
      <b>{decimal(score, 2)}</b>
      <span>{grade === null ? `model ${predicted}` : `expert ${grade}, model ${predicted}`}</span>
      <small title={image}>{image}</small>
    </li>
  );
}
