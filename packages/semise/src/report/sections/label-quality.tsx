// Label quality in the report of a run: how many grades are doubtful, and the first of them.

import type { VNode } from 'preact';
import { count } from '../format.js';
import { RelabelCards } from '../labels/cards.js';
import { ComparisonFigures, GradeFigures } from '../labels/summary.js';
import { texts } from '../language.js';
import { Section } from '../layout.js';
import type { RunReport } from '../report-data.js';

const useTexts = texts({
  en: {
    title: 'Label quality',
    lead: 'Grades that look wrong to what did not see them, and comparisons that do not fit. A suspicion is no verdict: where the model is weak it names many right grades. A figure of the test split is as good as that split’s grades.',
    first: (shown: number, all: number) =>
      `The ${count(shown)} most worthwhile of ${count(all)} entries to look at again; semise labels writes them all.`,
    none: 'No grade stands out.',
  },
  ja: {
    title: 'ラベルの品質',
    lead: 'そのグレードを見ていない判定器からみて誤りが疑われるグレードと、整合しない比較回答です。疑いは判定ではありません。モデルが弱い場合は正しいグレードも多く指摘されます。テストデータの指標の信頼性は、そのグレードの正確さに左右されます。',
    first: (shown, all) =>
      `再確認が必要な ${count(all)} 件のうち優先度の高い ${count(shown)} 件。全件は semise labels で出力できます。`,
    none: '疑わしいグレードは見つかりませんでした。',
  },
});

export function LabelQuality({ runs }: { runs: readonly RunReport[] }): VNode | null {
  const t = useTexts();
  const known = runs.flatMap(({ name, labels }) => (labels ? [{ name, labels }] : []));
  if (known.length === 0) return null;
  return (
    <Section id="labels" title={t.title} lead={t.lead}>
      {known.map(({ name, labels }) => (
        <>
          {runs.length > 1 && <h3>{name}</h3>}
          <GradeFigures check={labels.grades} />
          {labels.comparisons && <ComparisonFigures check={labels.comparisons} />}
          <p class="caption">
            {labels.relabel.length === 0 ? t.none : t.first(labels.relabel.length, labels.listed)}
          </p>
          {labels.relabel.length > 0 && (
            <RelabelCards list={labels.relabel} thumbnails={labels.thumbnails} />
          )}
        </>
      ))}
    </Section>
  );
}
