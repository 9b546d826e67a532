// What a run knows of its calibration, its sets of grades and its working point.

import type { Estimate } from '../../evaluation/bootstrap.js';
import { count, counted, decimal, inBrackets, interval } from '../format.js';
import type { Language } from '../language.js';
import type { RunReport } from '../report-data.js';
import { fact } from './fact.js';

const percent = (share: number): string => `${Number((100 * share).toFixed(1))} %`;

/** `0.512 (0.430 to 0.600)`. */
function estimate({ value, ci95 }: Estimate, language: Language, write = decimal): string {
  if (value === null) return '–';
  const one = (v: number) => write(v);
  const range = ci95 && interval(ci95, language, one);
  return one(value) + (range ? inBrackets(range, language) : '');
}

/** Fitted, and measured on test. */
function measured({ uncertainty }: RunReport) {
  return uncertainty?.test ? { fitted: uncertainty.fitted, test: uncertainty.test } : null;
}

export const UNCERTAINTY_FACTS = {
  calibrationMethod: fact(({ uncertainty }) => uncertainty?.fitted ?? null, {
    en: ({ images, subjects, probabilities: { calibrator } }) =>
      `Calibration of the probabilities on ${counted(images, 'graded validation image')} of ${counted(subjects, 'subject')}: ${
        {
          none: 'none was taken',
          temperature: 'temperature scaling',
          isotonic: 'isotonic curves',
        }[calibrator.method]
      }, chosen by cross-validation over subjects.`,
    ja: ({ images, subjects, probabilities: { calibrator } }) =>
      `検証データのグレード付き画像 ${count(images)} 枚（対象者 ${count(subjects)} 名）による確率の較正：${
        { none: '較正なし', temperature: '温度スケーリング', isotonic: '単調回帰' }[
          calibrator.method
        ]
      }（対象者単位の交差検証により選択）。`,
  }),
  workingPoint: fact(({ uncertainty }) => uncertainty?.fitted ?? null, {
    en: ({ sets, referral }) =>
      `${(sets.all ?? sets.byGrade) ? `Sets of possible grades, meant to hold the grade in ${percent(sets.coverage)} of cases (split conformal). ` : ''}${
        referral.threshold === null
          ? 'No threshold: every image is to go to a human.'
          : referral.threshold === 0
            ? 'Threshold: none, every answer is kept'
            : `Threshold: an answer is kept where the model gives at least ${decimal(referral.threshold, 2)} to being right`
      }${referral.threshold === null ? '' : `, so that fewer than ${percent(referral.maxError)} of the kept are wrong with ${percent(referral.confidence)} confidence.`}`,
    ja: ({ sets, referral }) =>
      `${(sets.all ?? sets.byGrade) ? `グレードを ${percent(sets.coverage)} の確率で含む候補集合（スプリット型のコンフォーマル予測）。` : ''}${
        referral.threshold === null
          ? '閾値なし：すべての画像を専門医に回付。'
          : referral.threshold === 0
            ? '閾値なし：すべての回答を採用'
            : `閾値：モデルが示す「正しい確率」が ${decimal(referral.threshold, 2)} 以上の回答を採用`
      }${referral.threshold === null ? '' : `（採用した回答の誤りが信頼度 ${percent(referral.confidence)} で ${percent(referral.maxError)} 未満）。`}`,
  }),
  calibrationResults: fact(
    (run, language) => {
      const found = measured(run);
      if (!found) return null;
      const { raw, calibrated } = found.test.probabilities;
      return {
        images: found.test.images,
        rps: [raw, calibrated].map(({ rps }) => estimate(rps, language)),
        error: [raw, calibrated].map(({ eceDebiased }) => estimate(eceDebiased, language)),
      };
    },
    {
      en: ({ images, rps, error }) =>
        `Probabilities on ${counted(images, 'test image')}: RPS ${rps[0]}, calibrated ${rps[1]}; calibration error (debiased) ${error[0]}, calibrated ${error[1]}.`,
      ja: ({ images, rps, error }) =>
        `テストデータ ${count(images)} 枚での確率：RPS ${rps[0]}、較正後 ${rps[1]}。較正誤差（偏り補正後）${error[0]}、較正後 ${error[1]}。`,
    },
  ),
  promises: fact(
    (run, language) => {
      const found = measured(run);
      if (!found) return null;
      const { sets, referral } = found.test;
      const share = (of: Estimate) => estimate(of, language, (v) => percent(v as number));
      return {
        coverage: sets.all && share(sets.all.coverage),
        stated: percent(found.fitted.sets.coverage),
        referred: share(referral.referred),
        kept: share(referral.errorKept),
        all: share(referral.errorAll),
      };
    },
    {
      en: ({ coverage, stated, referred, kept, all }) =>
        `On test ${coverage ? `the sets held the grade in ${coverage} of cases (stated ${stated}); ` : ''}${referred} of images were sent to a human; wrong among those kept ${kept}, if all were kept ${all}.`,
      ja: ({ coverage, stated, referred, kept, all }) =>
        `テストデータでは、${coverage ? `候補集合の被覆率 ${coverage}、目標 ${stated}。` : ''}専門医への回付 ${referred}。採用した回答の誤り率 ${kept}、すべて採用した場合 ${all}。`,
    },
  ),
};
