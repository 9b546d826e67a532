// Every figure on the external set beside the run's own test split, and the difference.

import type { VNode } from 'preact';
import { FIGURE_ERRORS, figureOf } from '../../evaluation/acceptance/figures.js';
import type { Estimate } from '../../evaluation/evaluate.js';
import { count, decimal, interval, signed } from '../format.js';
import { texts, useLanguage } from '../language.js';
import { Section, Table } from '../layout.js';
import { useFigureLabels } from './figure-labels.js';
import type { Validation } from './report-data.js';

const useTexts = texts({
  en: {
    title: 'External against internal',
    lead: "Internal is the run's own test split. The difference is external less internal, its interval out of those of both; bold where it leaves out 0. “At the external mix” is the internal test with each grade counted as often as in the external set: where it is near the external figure, the mix of grades explains the difference. With so many rows, about one in twenty stands in bold by chance.",
    caption: 'Figures with 95 % intervals (↑ higher is better, ↓ lower is better)',
    head: ['Figure', 'External', 'Internal', 'Internal, at the external mix', 'Difference'],
    size: (n: number, subjects: number) => `${count(n)} images, ${count(subjects)} subjects`,
    noTest: 'The run has no graded test split, so there is nothing to compare with.',
    noMix:
      'The internal test lacks a grade that the external set has, so it cannot be given its mix.',
  },
  ja: {
    title: '外部データと内部テストの比較',
    lead: '「内部」は学習時のテスト分割です。差は外部－内部で、区間は両者の区間から求めます（0 を含まない場合は太字）。「外部の構成比」の列は、内部テストの各グレードを外部データと同じ割合で数えた値です。これが外部の値に近ければ、差はグレード構成の違いで説明できます。行数が多いため、約 20 行に 1 行は偶然でも太字になります。',
    caption: '各指標と 95% 信頼区間（↑ 高いほど良い、↓ 低いほど良い）',
    head: ['指標', '外部', '内部', '内部（外部の構成比）', '差'],
    size: (n, subjects) => `画像 ${count(n)} 枚、対象者 ${count(subjects)} 名`,
    noTest: 'グレード付きのテスト分割がないため、比較対象がありません。',
    noMix: '外部データにあるグレードが内部テストに含まれないため、構成比を合わせられません。',
  },
});

export function FiguresSection({ validation }: { validation: Validation }): VNode {
  const t = useTexts();
  const labelOf = useFigureLabels();
  const { figures, external, internal, gradeMix } = validation;
  const [name, outside, inside, mixed, difference] = t.head;
  const sized = (head: string, of: { n: number; subjects: number }) => (
    <>
      {head} <small>{t.size(of.n, of.subjects)}</small>
    </>
  );
  return (
    <Section id="figures" title={t.title} lead={internal ? t.lead : t.noTest}>
      <Table
        caption={t.caption}
        head={[
          name,
          sized(outside, external),
          internal ? sized(inside, internal) : inside,
          mixed,
          difference,
        ]}
        rows={figures.map((row) => {
          const { label, meaning } = labelOf(row.figure);
          const arrow = FIGURE_ERRORS.has(figureOf(row.figure).metric) ? '↓' : '↑';
          return [
            <>
              {`${label} ${arrow}`}
              <small class="meaning">{meaning}</small>
            </>,
            <Value {...row.external} />,
            row.internal && <Value {...row.internal} />,
            row.internalAtExternalMix && <Value {...row.internalAtExternalMix} />,
            row.difference && <Difference {...row.difference} />,
          ];
        })}
      />
      {internal && gradeMix?.weights === null && <p>{t.noMix}</p>}
    </Section>
  );
}

function Value({ value, ci95 }: Estimate): VNode {
  const language = useLanguage();
  return (
    <>
      {decimal(value)} {ci95 && <small>{interval(ci95, language)}</small>}
    </>
  );
}

/** In bold where the interval leaves out 0. */
export function Difference({ value, ci95 }: Estimate): VNode {
  const language = useLanguage();
  const clear = ci95 !== null && (ci95[0] > 0 || ci95[1] < 0);
  return (
    <>
      {clear ? <strong>{signed(value)}</strong> : signed(value)}{' '}
      {ci95 && <small>{interval(ci95, language, signed)}</small>}
    </>
  );
}
