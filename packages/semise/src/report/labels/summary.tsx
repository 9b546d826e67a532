// The figures of label quality: estimated wrong grades, and comparisons that do not fit.

import type { VNode } from 'preact';
import type { ComparisonCheck, GradeCheck } from '../../evaluation/label-quality/index.js';
import type { Share } from '../../evaluation/label-quality/share.js';
import { count, decimal, interval } from '../format.js';
import { type Language, texts, useLanguage } from '../language.js';
import { Table } from '../layout.js';

const useTexts = texts({
  en: {
    grades: 'Grades judged by what did not see them',
    head: ['Judge', 'Grades', 'Same as the judge’s', 'Estimated wrong', 'Named'],
    weak: 'A judge that shares fewer than two grades in three is too weak to count wrong grades by: read the list from its top, and not the estimate.',
    judge: {
      model: 'the model, on grades that training did not see',
      probe: 'a regression on its embeddings, on grades that training saw',
    },
    comparisons: 'Comparisons',
    what: ['', 'Number', 'Share'],
    answers: 'Answers',
    pairs: 'Pairs of images',
    repeated: 'Asked again: the same answer',
    contradictions: 'Pairs answered both ways',
    cyclic: 'Answers that lie on a circle (A worse than B worse than C worse than A)',
    againstGrades: 'Answers against the grades',
    againstModel: 'Answers of which the model is sure of the contrary',
    outvoted: 'Answers outvoted by the others',
    raters: 'Consistency of raters, shares with 95 % intervals by Wilson',
    raterHead: [
      'Rater',
      'Answers',
      'Same when asked again',
      'As others on the pair',
      'On no circle',
      'As the grades',
      'As the model',
    ],
    unnamed: 'not said',
  },
  ja: {
    grades: 'グレードの判定（当該グレードを見ていない判定器による）',
    head: ['判定器', 'グレード数', '判定器と一致', '誤りの推定数', '指摘数'],
    weak: '一致が 3 分の 2 に満たない判定器は、誤りの数の推定には弱すぎます。推定数ではなく、リストの上位から確認してください。',
    judge: {
      model: 'モデル（学習に使っていないグレード）',
      probe: '特徴量上の回帰（学習に使ったグレード）',
    },
    comparisons: '比較回答',
    what: ['', '件数', '割合'],
    answers: '回答',
    pairs: '画像の組',
    repeated: '再質問：同じ回答',
    contradictions: '逆向きの回答がある組',
    cyclic: '循環に含まれる回答（A は B より、B は C より、C は A より重症）',
    againstGrades: 'グレードと矛盾する回答',
    againstModel: 'モデルが逆と強く判定する回答',
    outvoted: '他の回答に反する回答',
    raters: '評価者の一貫性（割合と Wilson 法による 95% 信頼区間）',
    raterHead: [
      '評価者',
      '回答数',
      '再質問で同じ',
      '他の評価者と同じ',
      '循環なし',
      'グレードと一致',
      'モデルと一致',
    ],
    unnamed: '記載なし',
  },
});

/** Share of grades that a judge must share for its estimate to mean much. */
const STRONG = 2 / 3;

export function GradeFigures({ check }: { check: GradeCheck }): VNode | null {
  const t = useTexts();
  if (check.judgements.length === 0) return null;
  return (
    <>
      <Table
        caption={t.grades}
        head={t.head}
        rows={check.judgements.map(({ judge, images, agree, wrong, suspects }) => [
          t.judge[judge],
          count(images),
          `${decimal((100 * agree) / images, 0)} %`,
          `${count(Math.round(wrong))} (${decimal((100 * wrong) / images, 0)} %)`,
          count(suspects.length),
        ])}
      />
      {check.judgements.some(({ agree, images }) => agree / images < STRONG) && (
        <p class="check warning">{t.weak}</p>
      )}
    </>
  );
}

export function ComparisonFigures({ check }: { check: ComparisonCheck }): VNode {
  const t = useTexts();
  const of = (n: number) => [count(n), `${decimal((100 * n) / check.answers, 1)} %`];
  const { repeated } = check;
  return (
    <Table
      caption={t.comparisons}
      head={t.what}
      rows={[
        [t.answers, count(check.answers), ''],
        [t.pairs, count(check.pairs), ''],
        [
          t.repeated,
          count(repeated.of),
          repeated.value === null ? '–' : `${decimal(100 * repeated.value, 1)} %`,
        ],
        [t.contradictions, count(check.contradictions.length), ''],
        [t.cyclic, ...of(check.cyclic.answers)],
        [t.againstGrades, ...of(check.againstGrades.length)],
        [t.againstModel, ...of(check.againstModel.length)],
        [t.outvoted, ...of(check.outvoted.length)],
      ]}
    />
  );
}

export function RaterFigures({ check }: { check: ComparisonCheck }): VNode | null {
  const t = useTexts();
  const language = useLanguage();
  if (check.raters.length < 2 && check.raters[0]?.rater === '') return null;
  return (
    <Table
      caption={t.raters}
      head={t.raterHead}
      rows={check.raters.map((rater) => [
        rater.rater || t.unnamed,
        count(rater.answers),
        ...[rater.repeats, rater.others, rater.acyclic, rater.grades, rater.model].map((share) =>
          shown(share, language),
        ),
      ])}
    />
  );
}

function shown(share: Share, language: Language) {
  if (share.value === null) return '–';
  const percent = (value: number) => `${decimal(100 * value, 0)} %`;
  return (
    <>
      {percent(share.value)}
      <small>{`${interval(share.ci95, language, percent)}, n = ${count(share.of)}`}</small>
    </>
  );
}
