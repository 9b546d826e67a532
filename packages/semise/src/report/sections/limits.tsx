// What the figures do not say, and what the model must not be used for.

import type { VNode } from 'preact';
import type { Evaluated } from '../evaluated.js';
import { count, counted, listed } from '../format.js';
import { type Text, textIn, texts, useLanguage } from '../language.js';
import { Section } from '../layout.js';
import { useSplitNames } from '../split-names.js';

/** Graded images below which a grade's own figures are little more than anecdotes. */
const FEW = 20;

const useTexts = texts({
  en: {
    title: 'Limits of use',
    research: 'For research only. Not a medical device:',
    notFor: 'not for diagnosis, triage or any decision about a patient.',
    score:
      'The severity score orders images; larger is worse. It has no unit, equal steps are not equal harm, and scores of two runs are not on one scale.',
    intervals:
      'Intervals tell how figures vary with the choice of subjects. They know nothing of another site, device, population or grader: test on images of your own before you rely on it. Below 20 subjects it was not checked that they hold what they say; of an AUROC or a pair accuracy above 0.99 they are too narrow.',
    few: (split: string, grades: string) =>
      `Few images in the ${split} split: ${grades}. What is said of them rests on very little.`,
    grade: (grade: number, images: number) => `grade ${grade} (${counted(images, 'image')})`,
    unchecked: 'The probabilities were not checked for calibration here.',
    checked:
      'Calibration, sets of grades and the working point hold for subjects like those of the validation split. Another site, device or share of severe cases voids them: calibrate anew there.',
    truth: 'The grades are taken as the truth; where experts disagree, so may the model.',
  },
  ja: {
    title: '使用上の制限',
    research: '研究専用です。医療機器ではありません。',
    notFor: '診断、トリアージ、その他患者に関するいかなる判断にも使用しないでください。',
    score:
      '重症度スコアは画像を順序付けるもので、値が大きいほど重症です。単位はなく、同じ差が同じ程度の悪化を意味するわけではありません。また、別々に学習したモデルのスコアを同じ尺度で比べることはできません。',
    intervals:
      '信頼区間は、対象者の選ばれ方による成績のばらつきを示すものです。他の施設、装置、患者集団、評価者での成績は分かりません。使用を検討する前に、必ず自施設の画像で検証してください。対象者が 20 名未満の場合、区間の被覆率は確認していません。AUROC やペア正解率が 0.99 を超える場合、区間は実際より狭くなります。',
    few: (split, grades) =>
      `${split}データの画像が少ないグレード：${grades}。これらのグレードの成績は、ごくわずかな画像に基づいています。`,
    grade: (grade, images) => `グレード ${grade}（${count(images)} 枚）`,
    unchecked: '確率の較正（キャリブレーション）は、ここでは確認していません。',
    checked:
      '確率の較正、グレードの候補集合、動作点は、検証データと同様の対象者に限り有効です。施設、装置、重症例の割合が異なる場合は成り立たないため、その施設で改めて較正してください。',
    truth:
      '専門医のグレードを正解として扱っています。専門医の間で判定が分かれる画像では、モデルの判定も分かれることがあります。',
  },
});

interface LimitsProps {
  all: Evaluated[];
  /** Whether calibration was measured. */
  calibrated: boolean;
  more: readonly Text[];
}

export function LimitsSection({ all, calibrated, more }: LimitsProps): VNode {
  const t = useTexts();
  const language = useLanguage();
  const splits = useSplitNames();
  const small = ({ metrics, split }: Evaluated): string[] => {
    const few = metrics.perClass.filter(({ n }) => n < FEW);
    const named = listed(
      few.map(({ grade, n }) => t.grade(grade, n)),
      language,
    );
    return few.length === 0 ? [] : [t.few(splits[split], named)];
  };
  return (
    <Section id="limits" title={t.title}>
      <ul class="limits">
        <li>
          <strong>{t.research}</strong> {t.notFor}
        </li>
        <li>{t.score}</li>
        <li>{t.intervals}</li>
        {[...new Set(all.flatMap(small))].map((line) => (
          <li>{line}</li>
        ))}
        <li>{calibrated ? t.checked : t.unchecked}</li>
        <li>{t.truth}</li>
        {more.map((line) => (
          <li>{textIn(line, language)}</li>
        ))}
      </ul>
    </Section>
  );
}
