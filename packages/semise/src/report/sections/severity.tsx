// The severity score: against the grade, on the map of embeddings, and on the images themselves.

import type { VNode } from 'preact';
import { Chart } from '../charts/chart.js';
import { embeddingChart } from '../charts/embedding-map.js';
import { scoreByGrade } from '../charts/score-by-grade.js';
import type { Evaluated } from '../evaluated.js';
import { decimal, listed } from '../format.js';
import { texts, useLanguage } from '../language.js';
import { Figure, Figures, ImageName, Section } from '../layout.js';
import type { Example, RunReport } from '../report-data.js';
import { useSplitNames } from '../split-names.js';

const useTexts = texts({
  en: {
    score: 'Severity score against grade',
    scoreLead:
      "Every point is an image. Boxes hold the middle half of a grade's images, the bar is the median, whiskers reach from 5 to 95 %. A good score rises from grade to grade with little overlap.",
    of: (name: string, split: string) => `${name} (${split})`,
    boxes: (medians: string) =>
      `Box plot of the severity score by expert grade: medians ${medians}`,
    median: (grade: number, score: string) => `grade ${grade}: ${score}`,
    embedding: 'Embedding map',
    embeddingLead:
      'What the encoder sees, from its two widest directions (principal components). Two of many dimensions: near points may be far apart in the others.',
    noEmbedding: 'No embeddings were kept.',
    scatter: (n: number) => `Scatter plot of ${n} image embeddings, coloured by grade`,
    examples: 'Examples by severity score',
    examplesLead:
      'Images evenly spaced over the order of the score, mildest first. A frame marks those where model and expert differ.',
    noExamples: 'No examples were kept.',
    mildToSevere: (name: string) => `${name}: examples from mild to severe`,
    alt: (image: string, score: string) => `${image}, severity score ${score}`,
    noPreview: 'no preview',
    model: (grade: number) => `model ${grade}`,
    both: (expert: number, model: number) => `expert ${expert}, model ${model}`,
  },
  ja: {
    score: '重症度スコアとグレード',
    scoreLead:
      '点は 1 枚の画像です。箱は各グレードの中央 50%、線は中央値、ひげは 5～95% の範囲を示します。良いスコアはグレードとともに上昇し、重なりが少なくなります。',
    of: (name, split) => `${name}（${split}）`,
    boxes: (medians) => `専門医のグレード別の重症度スコアの箱ひげ図。中央値：${medians}`,
    median: (grade, score) => `グレード ${grade}：${score}`,
    embedding: '特徴空間の分布',
    embeddingLead:
      'エンコーダーが捉えた画像の特徴を、最もばらつきの大きい 2 方向（主成分）から見た図です。多次元のうちの 2 次元なので、近くに見える点が他の次元では離れていることがあります。',
    noEmbedding: '特徴ベクトルは保存されていません。',
    scatter: (n) => `画像 ${n} 枚の特徴ベクトルの散布図（グレードで色分け）`,
    examples: '重症度スコア順の画像例',
    examplesLead:
      'スコアの順位で等間隔に選んだ画像を軽症側から並べています。枠付きは、モデルと専門医の判定が異なる画像です。',
    noExamples: '画像例は保存されていません。',
    mildToSevere: (name) => `${name}：軽症から重症への画像例`,
    alt: (image, score) => `${image}、重症度スコア ${score}`,
    noPreview: '表示不可',
    model: (grade) => `モデル ${grade}`,
    both: (expert, model) => `専門医 ${expert}、モデル ${model}`,
  },
});

export function ScoreSection({ all }: { all: Evaluated[] }): VNode {
  const t = useTexts();
  const language = useLanguage();
  const splits = useSplitNames();
  return (
    <Section id="score" title={t.score} lead={t.scoreLead}>
      <Figures>
        {all.map((one, i) => (
          <Figure title={t.of(one.run.name, splits[one.split])}>
            <Chart
              id={`score-${i}`}
              label={t.boxes(
                listed(
                  medians(one).map((median, grade) => t.median(grade, median)),
                  language,
                ),
              )}
              option={scoreByGrade(one.predictions, one.grades, language)}
            />
          </Figure>
        ))}
      </Figures>
    </Section>
  );
}

/** By grade. */
function medians({ predictions, grades }: Evaluated): string[] {
  return Array.from({ length: grades }, (_, grade) => {
    const scores = predictions.filter((p) => p.grade === grade).map((p) => p.score);
    scores.sort((a, b) => a - b);
    return decimal(scores[scores.length >> 1]);
  });
}

export function EmbeddingSection({ runs, grades }: { runs: RunReport[]; grades: number }): VNode {
  const t = useTexts();
  const language = useLanguage();
  return (
    <Section id="embedding" title={t.embedding} lead={t.embeddingLead}>
      <Figures>
        {runs.map((run, i) => (
          <Figure title={run.name}>
            {run.embedding.length === 0 ? (
              <p>{t.noEmbedding}</p>
            ) : (
              <Chart
                id={`embedding-${i}`}
                label={t.scatter(run.embedding.length)}
                option={embeddingChart(run.embedding, grades, language)}
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
  const t = useTexts();
  return (
    <Section id="examples" title={t.examples} lead={t.examplesLead}>
      {runs.map(({ name, examples }) => (
        <>
          {runs.length > 1 && <h3>{name}</h3>}
          {examples.length === 0 ? (
            <p>{t.noExamples}</p>
          ) : (
            <ol class="examples" aria-label={t.mildToSevere(name)}>
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
export const isEmbedded = (source: string): boolean => EMBEDDED.test(source);
const EMBEDDED = /^data:image\/(png|jpeg|webp|gif);base64,[A-Za-z0-9+/=]+$/;

export function ExampleImage({ image, grade, predicted, score, thumbnail }: Example): VNode {
  const t = useTexts();
  const differs = grade !== null && grade !== predicted;
  return (
    <li class={differs ? 'differs' : undefined}>
      {isEmbedded(thumbnail) ? (
        <img src={thumbnail} alt={t.alt(image, decimal(score, 2))} />
      ) : (
        <span class="missing">{t.noPreview}</span>
      )}
      <b>{decimal(score, 2)}</b>
      <span>{grade === null ? t.model(predicted) : t.both(grade, predicted)}</span>
      <ImageName image={image} />
    </li>
  );
}
