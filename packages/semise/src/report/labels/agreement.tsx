// How far raters agree: the tables of the label page.

import type { VNode } from 'preact';
import type { Agreement } from '../../evaluation/agreement/index.js';
import type { Estimate } from '../../evaluation/evaluate.js';
import { count, decimal, interval } from '../format.js';
import { type Language, texts, useLanguage } from '../language.js';
import { Section, Table } from '../layout.js';

export const useAgreementTitle = texts({ en: 'Agreement of raters', ja: '評価者間の一致度' });

const useTexts = texts({
  en: {
    lead: (a: Agreement) =>
      `${count(a.raters)} rater(s) graded ${count(a.images)} images; two or more of them graded ${count(a.shared)}, of ${count(a.subjects)} subjects, all of them ${count(a.complete)}. 95 % intervals by a bootstrap over subjects.`,
    overall: 'All raters together',
    head: ['', 'Value', '95 % interval', 'What it is'],
    rows: {
      exact: ['Same grade', 'share of all pairs of grades of one image'],
      withinOne: ['Within one grade', 'share of the same pairs'],
      alphaOrdinal: [
        "Krippendorff's alpha, ordinal",
        'agreement beyond chance, by the order of grades; 1 = always, 0 = as chance. From 0.8 reliable, from 0.667 for tentative conclusions (Krippendorff)',
      ],
      alphaInterval: ["Krippendorff's alpha, interval", 'the same, by the distance of grades'],
      alphaNominal: ["Krippendorff's alpha, nominal", 'the same, each disagreement alike'],
      icc21: [
        'ICC(2,1)',
        'share of the variance of a single grade that lies between images; of images that all raters graded',
      ],
      fleissKappa: [
        "Fleiss' kappa",
        'each disagreement alike; where all images have equally many grades',
      ],
      meanKappaQuadratic: ['Mean quadratic kappa', 'over all pairs of raters'],
      meanKappaLinear: ['Mean linear kappa', 'over all pairs of raters'],
    },
    pairs: 'Two raters at a time',
    pairHead: [
      'Raters',
      'Images',
      'Same',
      'Within one',
      'Kappa',
      'Linear kappa',
      'Quadratic kappa',
    ],
    bias: 'Who grades higher: grade less the mean of the others on the same image',
    biasHead: ['Rater', 'Images', 'Difference in grades', '95 % interval'],
    repeats: 'The same rater again: each grade against their next of the image',
    repeatHead: [
      'Rater',
      'Pairs',
      'Same',
      'Within one',
      'Kappa',
      'Linear kappa',
      'Quadratic kappa',
    ],
  },
  ja: {
    lead: (a) =>
      `評価者 ${count(a.raters)} 名、画像 ${count(a.images)} 枚。2 名以上が評価した画像は ${count(a.shared)} 枚（対象者 ${count(a.subjects)} 名）、全員が評価した画像は ${count(a.complete)} 枚。95% 信頼区間は対象者単位のブートストラップ法による。`,
    overall: '評価者全体',
    head: ['', '値', '95% 信頼区間', '意味'],
    rows: {
      exact: ['完全一致率', '同一画像に対するグレードの組のうち一致した割合'],
      withinOne: ['1 段階以内の一致率', '同じ組のうち差が 1 以内の割合'],
      alphaOrdinal: [
        'Krippendorff の α（順序尺度）',
        '偶然を除いた一致度（順序を考慮）。1 = 完全一致、0 = 偶然と同程度。0.8 以上で信頼でき、0.667 以上で暫定的な結論に使える（Krippendorff）',
      ],
      alphaInterval: ['Krippendorff の α（間隔尺度）', '同上、グレード差の大きさを考慮'],
      alphaNominal: ['Krippendorff の α（名義尺度）', '同上、不一致をすべて同等に扱う'],
      icc21: [
        '級内相関係数 ICC(2,1)',
        '1 回の評価の分散のうち画像間の差による割合（全員が評価した画像のみ）',
      ],
      fleissKappa: ['Fleiss の κ', '不一致をすべて同等に扱う（全画像の評価数が等しい場合）'],
      meanKappaQuadratic: ['二次重み付き κ の平均', '評価者の全組み合わせの平均'],
      meanKappaLinear: ['一次重み付き κ の平均', '評価者の全組み合わせの平均'],
    },
    pairs: '2 名ずつの一致度',
    pairHead: ['評価者', '画像', '完全一致', '1 段階以内', 'κ', '一次重み κ', '二次重み κ'],
    bias: '評価の高低：同一画像における他の評価者の平均との差',
    biasHead: ['評価者', '画像', 'グレード差', '95% 信頼区間'],
    repeats: '評価者内の再現性：同じ画像の次回の評価との比較',
    repeatHead: ['評価者', '組', '完全一致', '1 段階以内', 'κ', '一次重み κ', '二次重み κ'],
  },
});

export function AgreementSection({ agreement: a }: { agreement: Agreement }): VNode {
  const t = useTexts();
  const language = useLanguage();
  const figures = (of: Agreement['pairs'][number] | Agreement['repeats'][number]) =>
    [of.exact, of.withinOne, of.kappa, of.kappaLinear, of.kappaQuadratic].map((figure) =>
      shown(figure, language),
    );
  return (
    <Section id="agreement" title={useAgreementTitle()} lead={t.lead(a)}>
      {a.shared > 0 && (
        <Table
          caption={t.overall}
          head={t.head}
          rows={Object.entries(t.rows).map(([figure, [name, meaning]]) => {
            const { value, ci95 } = a.overall[figure as keyof Agreement['overall']];
            return [
              name,
              decimal(value),
              value === null ? '–' : interval(ci95, language),
              <span class="note">{meaning}</span>,
            ];
          })}
        />
      )}
      {a.pairs.length > 0 && (
        <Table
          caption={t.pairs}
          head={t.pairHead}
          rows={a.pairs.map((pair) => [
            pair.raters.join(' – '),
            count(pair.images),
            ...figures(pair),
          ])}
        />
      )}
      {a.bias.length > 0 && (
        <Table
          caption={t.bias}
          head={t.biasHead}
          rows={a.bias.map(({ rater, images, difference }) => [
            rater,
            count(images),
            signedValue(difference),
            interval(difference.ci95, language),
          ])}
        />
      )}
      {a.repeats.length > 0 && (
        <Table
          caption={t.repeats}
          head={t.repeatHead}
          rows={a.repeats.map((repeat) => [repeat.rater, count(repeat.images), ...figures(repeat)])}
        />
      )}
    </Section>
  );
}

const signedValue = ({ value }: Estimate): string =>
  value !== null && value > 0 ? `+${decimal(value, 2)}` : decimal(value, 2);

function shown({ value, ci95 }: Estimate, language: Language) {
  if (value === null) return '–';
  return (
    <>
      {decimal(value, 2)}
      <small>{interval(ci95, language, (v) => decimal(v, 2))}</small>
    </>
  );
}
