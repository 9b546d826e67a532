// What the model does where it is not sure: sets of grades with a stated coverage, and images sent to a human.

import type { VNode } from 'preact';
import { keptNeeded } from '../../evaluation/abstention.js';
import type { Assessment, SetQuality } from '../../evaluation/assess.js';
import { subjectsNeeded } from '../../evaluation/conformal/sets.js';
import type { Estimate } from '../../evaluation/evaluate.js';
import type { Uncertainty } from '../../evaluation/uncertainty.js';
import { Chart } from '../charts/chart.js';
import { riskCoverageChart } from '../charts/risk-coverage.js';
import { count, decimal, interval } from '../format.js';
import { texts, useLanguage } from '../language.js';
import { Figure, Figures, Section, Table } from '../layout.js';
import type { RunReport } from '../report-data.js';

const useTexts = texts({
  en: {
    title: 'Uncertainty: sets of grades, and what goes to a human',
    lead: 'Fitted on the validation split, measured here on test. Both promises are for subjects like those of the validation split; at another site they must be made anew (semise calibrate).',
    sets: (coverage: string) =>
      `Sets of possible grades, meant to hold the expert's grade in ${coverage} of cases`,
    setsNote:
      'Split conformal sets: neighbouring grades, the predicted one always among them. The promise is about a random image of a new subject. “Each grade”: the promise holds among the images of every single grade, which costs larger sets.',
    kind: 'Promise for',
    all: 'all images together',
    byGrade: 'each grade',
    coverage: 'Coverage seen',
    size: 'Grades a set',
    one: 'One grade alone',
    grade: (k: number) => `Grade ${k}`,
    noSets: (which: string, needed: number, coverage: string, subjects: string) =>
      `No sets for ${which}: ${coverage} takes at least ${needed} validation subjects${which === 'each grade' ? ' with every grade' : ''}, and there are ${subjects} in all.`,
    curve: (name: string) => `Errors among the answers kept: ${name} (test)`,
    curveLabel: (area: string, all: string) =>
      `Risk-coverage curve: share of wrong answers by the share of images kept, surest first; area ${area}, all kept ${all}`,
    kept: 'share of images kept, surest first',
    risk: 'share of these graded wrong',
    riskOff: (n: number) => `share more than ${n} grade(s) off`,
    limit: 'allowed',
    chosen: 'working point',
    area: (area: string, best: string, all: string) =>
      `Area under the curve ${area}; if the model knew exactly where it is wrong it would be ${best}, if it knew nothing ${all}.`,
    goal: (error: string, confidence: string, wrong: string) =>
      `Goal: as few images as possible to a human, so that with ${confidence} confidence fewer than ${error} of the kept answers are ${wrong}.`,
    wrong: 'wrong',
    off: (n: number) => `more than ${n} grade(s) off`,
    point: (threshold: string, kept: string, subjects: string, errors: string) =>
      `Working point: an answer is kept where the model gives at least ${threshold} to being right. On validation that kept ${kept} of ${subjects} subjects (one image each), ${errors} of them wrong.`,
    keepsAll: (subjects: string, errors: string) =>
      `Working point: every answer is kept, and no image goes to a human. On validation ${errors} of all ${subjects} answers (one image a subject) were wrong, few enough to show it.`,
    none: 'No working point: on validation even the surest answers did not show so few errors. Every image goes to a human.',
    fewSubjects: (needed: number, subjects: string) =>
      `No working point: it takes at least ${needed} validation subjects, and there are ${subjects}. Every image goes to a human.`,
    measured: 'The working point on test',
    shares: 'Shares of images, with 95 % intervals by subjects',
    referred: 'sent to a human',
    errorKept: 'wrong among those kept',
    errorAll: 'wrong if all were kept',
    noTest: 'There is no graded test image to measure this on.',
  },
  ja: {
    title: '不確実性：グレードの候補集合と専門医への回付',
    lead: '検証データで定め、テストデータで測定しています。いずれの保証も、検証データと同様の対象者に限り有効です。他の施設では、改めて較正が必要です（semise calibrate）。',
    sets: (coverage) => `専門医のグレードを ${coverage} の確率で含むように定めたグレードの候補集合`,
    setsNote:
      'スプリット型のコンフォーマル予測による、連続したグレードの集合です。予測グレードは必ず含まれます。保証の対象は、新しい対象者から無作為に選んだ 1 枚の画像です。「グレード別」では、どのグレードの画像についても保証が成り立ちますが、集合は大きくなります。',
    kind: '保証の対象',
    all: '全画像',
    byGrade: 'グレード別',
    coverage: '実測の被覆率',
    size: '集合の平均グレード数',
    one: '単一グレードの割合',
    grade: (k) => `グレード ${k}`,
    noSets: (which, needed, coverage, subjects) =>
      `「${which}」の候補集合はありません。${coverage} の保証には検証データの対象者が${which === 'グレード別' ? '各グレードについて' : ''} ${needed} 名以上必要ですが、全体で ${subjects} 名です。`,
    curve: (name) => `モデルが回答した画像での誤り：${name}（テスト）`,
    curveLabel: (area, all) =>
      `リスク・カバレッジ曲線。確信度の高い順に残した画像の割合と、その誤り率。曲線下面積 ${area}、全画像での誤り率 ${all}`,
    kept: 'モデルが回答する画像の割合（確信度の高い順）',
    risk: 'その中の誤り率',
    riskOff: (n) => `${n} グレードを超えて外れた割合`,
    limit: '許容値',
    chosen: '動作点',
    area: (area, best, all) =>
      `曲線下面積は ${area} です。誤りの箇所を完全に把握できた場合は ${best}、まったく把握できない場合は ${all} となります。`,
    goal: (error, confidence, wrong) =>
      `目標：モデルが回答する画像の${wrong}割合が、信頼度 ${confidence} で ${error} 未満となる範囲で、専門医への回付を最小にします。`,
    wrong: '誤りの',
    off: (n) => `${n} グレードを超えて外れる`,
    point: (threshold, kept, subjects, errors) =>
      `動作点：モデルが示す「正しい確率」が ${threshold} 以上の場合に回答を採用します。検証データでは対象者 ${subjects} 名（各 1 枚）のうち ${kept} 名が採用され、うち ${errors} 名が誤りでした。`,
    keepsAll: (subjects, errors) =>
      `動作点：すべての回答を採用し、専門医への回付はありません。検証データの対象者 ${subjects} 名（各 1 枚）の回答を全て採用しても誤りは ${errors} 名で、許容値未満であることが示されました。`,
    none: '動作点はありません。検証データでは、最も確信度の高い回答でも、誤りが許容値未満であることを示せませんでした。すべての画像を専門医に回付します。',
    fewSubjects: (needed, subjects) =>
      `動作点はありません。検証データの対象者が ${needed} 名以上必要ですが、${subjects} 名です。すべての画像を専門医に回付します。`,
    measured: 'テストデータでの動作点',
    shares: '画像の割合（対象者単位の 95% 信頼区間）',
    referred: '専門医への回付',
    errorKept: '採用した回答の誤り率',
    errorAll: 'すべて採用した場合の誤り率',
    noTest: 'グレード付きのテスト画像がないため、測定していません。',
  },
});

export function UncertaintySection({ runs }: { runs: readonly RunReport[] }): VNode | null {
  const t = useTexts();
  const told = runs.flatMap(({ name, uncertainty }) =>
    uncertainty ? [{ name, ...uncertainty }] : [],
  );
  if (told.length === 0) return null;
  return (
    <Section id="uncertainty" title={t.title} lead={t.lead}>
      {told.map(({ name, fitted, test }, i) => (
        <>
          {told.length > 1 && <h3>{name}</h3>}
          <Sets fitted={fitted} test={test} />
          <WorkingPoint fitted={fitted} test={test} name={name} id={`risk-coverage-${i}`} />
          {!test && <p>{t.noTest}</p>}
        </>
      ))}
    </Section>
  );
}

interface Told {
  fitted: Uncertainty;
  test: Assessment | null;
}

const percent = (share: number): string => `${Number((100 * share).toFixed(1))} %`;

function Sets({ fitted: { sets, grades, subjects }, test }: Told): VNode {
  const t = useTexts();
  const cell = useCell();
  const found = (['all', 'byGrade'] as const).flatMap((which) => {
    const quality = test?.sets[which];
    return quality ? [{ which, quality }] : [];
  });
  const held = (share: number | null) => (share === null ? '–' : percent(share));
  const row = (which: 'all' | 'byGrade', quality: SetQuality) => [
    t[which],
    cell(quality.coverage, percent),
    cell(quality.size, (value) => decimal(value, 2)),
    percent(quality.sizes[0] / test!.images),
    ...quality.byGrade.map(held),
  ];
  return (
    <>
      {found.length > 0 && (
        <Table
          caption={t.sets(percent(sets.coverage))}
          head={[
            t.kind,
            t.coverage,
            t.size,
            t.one,
            ...Array.from({ length: grades }, (_, k) => t.grade(k)),
          ]}
          rows={found.map(({ which, quality }) => row(which, quality))}
        />
      )}
      {(['all', 'byGrade'] as const)
        .filter((which) => sets[which] === null)
        .map((which) => (
          <p>
            {t.noSets(
              t[which],
              subjectsNeeded(sets.coverage),
              percent(sets.coverage),
              count(subjects),
            )}
          </p>
        ))}
      <p class="note">{t.setsNote}</p>
    </>
  );
}

function WorkingPoint({
  fitted: { referral },
  test,
  name,
  id,
}: Told & { name: string; id: string }): VNode {
  const t = useTexts();
  const cell = useCell();
  const { maxError, confidence, tolerance, threshold, subjects, kept, errors } = referral;
  const needed = keptNeeded(maxError, confidence);
  const referred = test?.referral.referred.value ?? null;
  return (
    <>
      <p>
        {t.goal(
          percent(maxError),
          percent(confidence),
          tolerance === 0 ? t.wrong : t.off(tolerance),
        )}{' '}
        {threshold === 0
          ? t.keepsAll(count(subjects), count(errors))
          : threshold !== null
            ? t.point(decimal(threshold, 2), count(kept), count(subjects), count(errors))
            : subjects < needed
              ? t.fewSubjects(needed, count(subjects))
              : t.none}
      </p>
      {test && (
        <Figures>
          <Figure title={t.curve(name)}>
            <Chart
              id={id}
              label={t.curveLabel(
                decimal(test.riskCoverage.area),
                decimal(test.referral.errorAll.value),
              )}
              option={riskCoverageChart(
                test.riskCoverage,
                maxError,
                threshold === null || referred === null ? null : 1 - referred,
                { ...t, risk: tolerance === 0 ? t.risk : t.riskOff(tolerance) },
              )}
            />
            <p class="note">
              {t.area(
                decimal(test.riskCoverage.area),
                decimal(test.riskCoverage.best),
                decimal(test.referral.errorAll.value),
              )}
            </p>
          </Figure>
          <Figure title={t.measured}>
            <Table
              caption={t.shares}
              head={['', '%']}
              rows={(['referred', 'errorKept', 'errorAll'] as const).map((which) => [
                t[which],
                cell(test.referral[which], percent),
              ])}
            />
          </Figure>
        </Figures>
      )}
    </>
  );
}

/** An estimate with its interval, in the language around. */
function useCell() {
  const language = useLanguage();
  return ({ value, ci95 }: Estimate, write: (value: number) => string) => (
    <>
      {value === null ? '–' : write(value)}{' '}
      {ci95 && <small>{interval(ci95, language, write)}</small>}
    </>
  );
}
