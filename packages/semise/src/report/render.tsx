// The report: one HTML file that opens anywhere, offline, and keeps its meaning on paper.

import { Fragment, type VNode } from 'preact';
import { Contents, Document, documentText } from './document.js';
import { evaluated } from './evaluated.js';
import { colon } from './format.js';
import { type Language, textIn, texts, useLanguage } from './language.js';
import { methodIn } from './method-summaries.js';
import type { ReportData } from './report-data.js';
import { AllMetrics } from './sections/all-metrics.js';
import { CalibrationSection } from './sections/calibration.js';
import {
  ChangeControlSection,
  ClaimSection,
  ModelCardSection,
  TripodSection,
} from './sections/checklists.js';
import { ConfusionSection } from './sections/confusion.js';
import { DataSection } from './sections/data.js';
import { ExplanationSection } from './sections/explanation.js';
import { Headline } from './sections/headline.js';
import { LabelQuality } from './sections/label-quality.js';
import { Leakage } from './sections/leakage.js';
import { LimitsSection } from './sections/limits.js';
import { ConfigurationSection, RepeatSection } from './sections/repeat.js';
import { EmbeddingSection, ExampleSection, ScoreSection } from './sections/severity.js';
import { SubgroupSections } from './sections/subgroups.js';
import { TrainingSection } from './sections/training.js';
import { UncertaintySection } from './sections/uncertainty.js';

/**
 * The report as one self-contained HTML document: no script, nothing fetched, every text escaped.
 * The same data give the same document.
 * @param language of its texts; English unless told
 */
export function renderReport(data: ReportData, language: Language = 'en'): string {
  return documentText(
    <Document title={textIn(data.title, language)} language={language} pictures>
      <Page {...data} />
    </Document>,
  );
}

interface Entry {
  id: string;
  title: Record<Language, string>;
  /** Whether the section is there; always, unless told. */
  shown?: (data: ReportData) => boolean;
}

/** A comparison of several is the report of none of them. */
const ofOneModel = ({ runs }: ReportData): boolean => runs.length === 1;
const calibrated = ({ runs }: ReportData) => runs.some(({ uncertainty }) => uncertainty);

const CONTENTS: Entry[] = [
  { id: 'results', title: { en: 'Results', ja: '結果' } },
  { id: 'score', title: { en: 'Severity score', ja: '重症度スコア' } },
  { id: 'confusion', title: { en: 'Confusion', ja: '混同行列' } },
  {
    id: 'calibration',
    title: { en: 'Calibration', ja: '確率の較正' },
    shown: calibrated,
  },
  { id: 'uncertainty', title: { en: 'Uncertainty', ja: '不確実性' }, shown: calibrated },
  {
    id: 'subgroups',
    title: { en: 'Subgroups', ja: 'サブグループ' },
    shown: ({ runs }) => runs.some(({ subgroups }) => subgroups),
  },
  { id: 'examples', title: { en: 'Examples', ja: '画像例' } },
  {
    id: 'explanation',
    title: { en: 'Why', ja: 'スコアの根拠' },
    shown: ({ runs }) => runs.some(({ explanation = [] }) => explanation.length > 0),
  },
  { id: 'embedding', title: { en: 'Embedding', ja: '特徴空間' } },
  { id: 'training', title: { en: 'Training', ja: '学習経過' } },
  { id: 'metrics', title: { en: 'All metrics', ja: '全評価指標' } },
  { id: 'data', title: { en: 'Data', ja: 'データ' } },
  {
    id: 'labels',
    title: { en: 'Label quality', ja: 'ラベルの品質' },
    shown: ({ runs }) => runs.some(({ labels }) => labels),
  },
  { id: 'limits', title: { en: 'Limits of use', ja: '使用上の制限' } },
  { id: 'repeat', title: { en: 'How to repeat', ja: '再現方法' } },
  { id: 'configuration', title: { en: 'Configuration', ja: '設定' } },
  { id: 'model-card', title: { en: 'Model card', ja: 'モデルカード' }, shown: ofOneModel },
  { id: 'change-control', title: { en: 'Change control', ja: '変更管理計画' }, shown: ofOneModel },
  { id: 'claim', title: { en: 'CLAIM 2024', ja: 'CLAIM 2024' }, shown: ofOneModel },
  { id: 'tripod-ai', title: { en: 'TRIPOD+AI', ja: 'TRIPOD+AI' }, shown: ofOneModel },
];

const useTexts = texts({
  en: {
    made: (created: string) =>
      `Made ${created} by semise. For research only; not a medical device.`,
    footer:
      'semise, Apache-2.0. Intervals: 95 %, bootstrap over subjects (score; percentile for differences between runs).',
  },
  ja: {
    made: (created) =>
      `作成日時 ${created}（semise により作成）。研究用であり、医療機器ではありません。`,
    footer:
      'semise, Apache-2.0。区間は対象者単位のブートストラップ法（スコア法、学習結果間の差はパーセンタイル法）による 95% 信頼区間です。',
  },
});

function Page(data: ReportData): VNode {
  const { title, created, runs, limits = [] } = data;
  const t = useTexts();
  const language = useLanguage();
  const all = runs.map(evaluated).filter((one) => one !== null);
  const leaking = runs.find(({ data }) => data.subjects.inMoreThanOne > 0) ?? runs[0];
  const grades = Math.max(
    1,
    ...all.map((one) => one.grades),
    ...runs.flatMap(({ embedding }) => embedding.map(({ grade }) => (grade ?? 0) + 1)),
  );
  return (
    <>
      <header>
        <h1>{textIn(title, language)}</h1>
        <p>
          {runs.map(({ name, method }, i) => (
            <Fragment key={name}>
              {i > 0 && ' · '}
              <strong>{name}</strong>
              {colon(language)}
              {methodIn(method, language)}
            </Fragment>
          ))}
        </p>
        <p>{t.made(created)}</p>
        <Contents
          of={CONTENTS.filter(({ shown }) => shown?.(data) ?? true).map(({ id, title }) => [
            id,
            title[language],
          ])}
        />
      </header>
      <Headline all={all} />
      {leaking && <Leakage {...leaking.data} />}
      <ScoreSection all={all} />
      <ConfusionSection all={all} />
      <CalibrationSection runs={runs} />
      <UncertaintySection runs={runs} />
      <SubgroupSections runs={runs} />
      <ExampleSection runs={runs} />
      <ExplanationSection runs={runs} />
      <EmbeddingSection runs={runs} grades={grades} />
      <TrainingSection runs={runs} />
      <AllMetrics runs={runs} />
      <DataSection runs={runs} />
      <LabelQuality runs={runs} />
      <LimitsSection
        all={all}
        calibrated={runs.every(({ uncertainty }) => uncertainty?.test)}
        more={limits}
      />
      <RepeatSection runs={runs} />
      <ConfigurationSection runs={runs} />
      {ofOneModel(data) && (
        <>
          <ModelCardSection run={runs[0]} />
          <ChangeControlSection run={runs[0]} />
          <ClaimSection run={runs[0]} />
          <TripodSection run={runs[0]} />
        </>
      )}
      <footer>{t.footer}</footer>
    </>
  );
}
