// Why an entry is on the relabel list, in words.

import type { Reason, Relabel } from '../../evaluation/label-quality/index.js';
import { decimal, listed } from '../format.js';
import { type Language, texts } from '../language.js';

const percent = (share: number): string => `${Math.round(100 * share)} %`;

const TEXTS = texts({
  en: {
    judge: {
      model: 'the model, which never saw this grade',
      probe: "other patients' grades",
    },
    suspected: (judge: string, own: string, other: string) =>
      `by ${judge}: ${own} for the given grade, ${other} for the suspected`,
    raters: (grades: string) => `raters differ: ${grades}`,
    compared: (against: number, of: number) =>
      `${against} of ${of} comparisons with images of other grades speak against it`,
    grades: (more: number, less: number) => `called worse with grade ${more} against grade ${less}`,
    tie: (more: number, less: number) => `called equal with grades ${more} and ${less}`,
    model: (p: string) => `the model is ${p} sure of the contrary`,
    outvoted: (p: string) => `the other comparisons make it wrong with ${p}`,
    contradiction: 'answered both ways',
    nearest: (image: string, grade: number) => `${image} (grade ${grade})`,
    columns: ['image', 'grade', 'suspected_grade', 'compare_with', 'why', 'priority', 'nearest'],
  },
  ja: {
    judge: {
      model: 'このグレードを学習に使っていないモデル',
      probe: '他の患者のグレード',
    },
    suspected: (judge, own, other) =>
      `${judge}による判定：付与されたグレードの確率 ${own}、疑われるグレードの確率 ${other}`,
    raters: (grades) => `評価者間で不一致：${grades}`,
    compared: (against, of) =>
      `グレードの異なる画像との比較 ${of} 件中 ${against} 件がグレードと矛盾`,
    grades: (more, less) =>
      `グレード ${more} の画像がグレード ${less} の画像より重症と回答されている`,
    tie: (more, less) => `グレード ${more} と ${less} が同程度と回答されている`,
    model: (p) => `モデルは ${p} の確率で逆と判定`,
    outvoted: (p) => `他の比較回答からは ${p} の確率で誤り`,
    contradiction: '逆向きの回答が両方ある',
    nearest: (image, grade) => `${image}（グレード ${grade}）`,
    columns: ['画像', 'グレード', '疑われるグレード', '比較相手', '理由', '優先度', '類似画像'],
  },
});

/** One reason as a sentence without its full stop. */
export function reasonText(reason: Reason, language: Language): string {
  const t = TEXTS.in(language);
  switch (reason.kind) {
    case 'suspected':
      return t.suspected(
        t.judge[reason.judge],
        percent(reason.probability.grade),
        percent(reason.probability.suspected),
      );
    case 'raters':
      return t.raters(
        listed(
          reason.grades.map(({ rater, grade }) => `${rater} ${grade}`),
          language,
        ),
      );
    case 'compared':
      return t.compared(reason.against, reason.of);
    case 'grades':
      return reason.tie ? t.tie(...reason.grades) : t.grades(...reason.grades);
    case 'contradiction':
      return t.contradiction;
    default:
      return t[reason.kind](percent(reason.probability));
  }
}

/** The lines of relabel.csv, the first with the columns' names. */
export function relabelRows(list: readonly Relabel[], language: Language): string[][] {
  const t = TEXTS.in(language);
  return [
    t.columns,
    ...list.map(({ image, grade, suspected, comparedWith, reasons, priority, nearest }) => [
      image,
      grade === null ? '' : String(grade),
      suspected === null ? '' : String(suspected),
      comparedWith ?? '',
      reasons.map((reason) => reasonText(reason, language)).join('; '),
      decimal(priority, 3),
      nearest.map((near) => t.nearest(near.image, near.grade)).join('; '),
    ]),
  ];
}
