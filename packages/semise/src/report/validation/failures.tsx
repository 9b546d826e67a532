// Where the model fails: which grades are taken for which, and the worst errors as pictures.

import type { VNode } from 'preact';
import { count, decimal } from '../format.js';
import { texts } from '../language.js';
import { Figure, Figures, Section, Table } from '../layout.js';
import { Matrix } from '../sections/confusion.js';
import { ExampleImage } from '../sections/severity.js';
import type { ValidationReport } from './report-data.js';

const useTexts = texts({
  en: {
    confusion: 'Confusion',
    confusionLead:
      "Rows are the expert's grade, columns the model's. Each cell: images, and their share of the row. The framed diagonal is agreement.",
    external: 'External',
    internal: 'Internal test',
    caption: 'By grade, external',
    head: ['Grade', 'Images', 'Precision', 'Recall', 'F1'],
    failures: 'Worst errors',
    failuresLead:
      'External images that the model missed by most grades, then those it was surest of; one of each subject. Look for what they have in common.',
    list: 'worst errors, worst first',
    none: 'Every external image is graded right.',
  },
  ja: {
    confusion: '混同行列',
    confusionLead:
      '行は専門医のグレード、列はモデルのグレードです。各セルは画像数と、その行に占める割合です。枠で囲んだ対角が一致を示します。',
    external: '外部',
    internal: '内部テスト',
    caption: 'グレード別（外部）',
    head: ['グレード', '画像数', '適合率', '再現率', 'F1'],
    failures: '大きな誤り',
    failuresLead:
      'グレードの差が最も大きい外部画像を、差が同じならモデルの確信が強い順に示します（対象者 1 名につき 1 枚）。共通する特徴がないかご確認ください。',
    list: '大きな誤り（誤差の大きい順）',
    none: '外部画像のグレードはすべて一致しました。',
  },
});

export function ConfusionSection({ validation: { external, internal } }: ValidationReport): VNode {
  const t = useTexts();
  return (
    <Section id="confusion" title={t.confusion} lead={t.confusionLead}>
      <Figures>
        <Figure title={t.external}>
          <Matrix metrics={external} />
        </Figure>
        {internal && (
          <Figure title={t.internal}>
            <Matrix metrics={internal} />
          </Figure>
        )}
      </Figures>
      <Table
        caption={t.caption}
        head={t.head}
        rows={external.perClass.map(({ grade, n, precision, recall, f1 }) => [
          grade,
          count(n),
          decimal(precision),
          decimal(recall),
          decimal(f1),
        ])}
      />
    </Section>
  );
}

export function FailuresSection({ failures }: ValidationReport): VNode {
  const t = useTexts();
  return (
    <Section id="failures" title={t.failures} lead={failures.length > 0 ? t.failuresLead : t.none}>
      {failures.length > 0 && (
        <ol class="examples" aria-label={t.list}>
          {failures.map((example) => (
            <ExampleImage {...example} />
          ))}
        </ol>
      )}
    </Section>
  );
}
