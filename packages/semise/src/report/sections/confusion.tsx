// Which grades are taken for which: the confusion matrix, and the rows by grade.

import type { VNode } from 'preact';
import type { Evaluated } from '../evaluated.js';
import { count, decimal } from '../format.js';
import { texts } from '../language.js';
import { Figure, Figures, Section, Table } from '../layout.js';
import { useSplitNames } from '../split-names.js';

const useTexts = texts({
  en: {
    title: 'Confusion and per-grade results',
    lead: "Rows are the expert's grade, columns the model's. Each cell: images, and their share of the row; the darker, the larger the share. The framed diagonal is agreement.",
    matrix: (name: string, split: string) => `Confusion matrix: ${name} (${split})`,
    byGrade: (name: string, split: string) => `By grade: ${name} (${split})`,
    caption: 'Precision, recall and F1',
    head: ['Grade', 'Images', 'Precision', 'Recall', 'F1'],
    label: 'Confusion matrix: rows expert, columns model',
    corner: 'expert \\ model',
  },
  ja: {
    title: '混同行列とグレード別成績',
    lead: '行は専門医のグレード、列はモデルのグレードです。各セルは画像枚数と行内の割合で、割合が大きいほど濃く表示します。枠で囲んだ対角線が一致した画像です。',
    matrix: (name, split) => `混同行列：${name}（${split}）`,
    byGrade: (name, split) => `グレード別：${name}（${split}）`,
    caption: '適合率、再現率、F1 値',
    head: ['グレード', '画像数', '適合率', '再現率', 'F1 値'],
    label: '混同行列（行：専門医、列：モデル）',
    corner: '専門医 \\ モデル',
  },
});

export function ConfusionSection({ all }: { all: Evaluated[] }): VNode {
  const t = useTexts();
  const splits = useSplitNames();
  return (
    <Section id="confusion" title={t.title} lead={t.lead}>
      <Figures>
        {all.map((one) => (
          <>
            <Figure title={t.matrix(one.run.name, splits[one.split])}>
              <Matrix {...one} />
            </Figure>
            <Figure title={t.byGrade(one.run.name, splits[one.split])}>
              <Table
                caption={t.caption}
                head={t.head}
                rows={one.metrics.perClass.map(({ grade, n, precision, recall, f1 }) => [
                  grade,
                  count(n),
                  decimal(precision),
                  decimal(recall),
                  decimal(f1),
                ])}
              />
            </Figure>
          </>
        ))}
      </Figures>
    </Section>
  );
}

export function Matrix({ metrics: { confusion } }: Pick<Evaluated, 'metrics'>): VNode {
  const t = useTexts();
  return (
    <table class="matrix" aria-label={t.label}>
      <thead>
        <tr>
          <th scope="col">{t.corner}</th>
          {confusion.map((_, k) => (
            <th scope="col">{k}</th>
          ))}
        </tr>
      </thead>
      <tbody>
        {confusion.map((row, y) => {
          const images = row.reduce((sum, n) => sum + n, 0);
          return (
            <tr>
              <th scope="row">{y}</th>
              {row.map((n, k) => (
                <Cell n={n} share={images === 0 ? 0 : n / images} agreed={k === y} />
              ))}
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}

function Cell({ n, share, agreed }: { n: number; share: number; agreed: boolean }): VNode {
  // Never so dark that the figures on it could not be read.
  const style = `background:rgba(0,92,150,${(share * 0.55).toFixed(3)})`;
  return (
    <td class={agreed ? 'agreed' : undefined} style={style}>
      {count(n)}
      <small>{`${Math.round(share * 100)} %`}</small>
    </td>
  );
}
