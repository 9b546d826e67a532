// The page of an external validation: one HTML file that opens anywhere, offline, and keeps its meaning on paper.

import type { VNode } from 'preact';
import { Contents, Document, documentText } from '../document.js';
import { type Language, texts, useLanguage } from '../language.js';
import { Section } from '../layout.js';
import { STYLE } from '../style.js';
import { CalibrationSection } from './calibration.js';
import { DriftSection } from './drift.js';
import { ConfusionSection, FailuresSection } from './failures.js';
import { FiguresSection } from './figures.js';
import { GradeMixSection, PeopleSection, SeenSection } from './people.js';
import type { Validation, ValidationReport } from './report-data.js';
import { Verdict } from './verdict.js';

/**
 * The page as one self-contained HTML document: no script, nothing fetched, every text escaped. The same
 * report gives the same document.
 * @param language of its texts; English unless told
 */
export function renderValidation(report: ValidationReport, language: Language = 'en'): string {
  const { title } = useTexts.in(language);
  return documentText(
    <Document title={title} language={language} style={STYLE + OWN_STYLE} pictures>
      <Page {...report} />
    </Document>,
  );
}

const OWN_STYLE = `
.verdict { margin: 14px 0; padding: 12px 16px; border: 2px solid var(--rule); border-radius: 4px; font-size: 1.05rem; }
.verdict strong { font-size: 1.5rem; margin-right: 10px; }
.verdict.pass { border-color: #009e73; }
.verdict.fail { border-color: #c0392b; background: #fdeeec; }
td small.meaning, th small.meaning, th small.plain { white-space: normal; }
.kept strong { white-space: nowrap; }
.kept small { white-space: normal; }
@media print { .caption { break-after: avoid; } .lead { break-inside: avoid; } .verdict { font-size: 11pt; } .verdict strong { font-size: 15pt; } }
`;

const CONTENTS: { id: string; title: Record<Language, string> }[] = [
  { id: 'verdict', title: { en: 'Verdict', ja: '判定' } },
  { id: 'figures', title: { en: 'External against internal', ja: '外部と内部の比較' } },
  { id: 'calibration', title: { en: 'Calibration', ja: '確率の較正' } },
  { id: 'confusion', title: { en: 'Confusion', ja: '混同行列' } },
  { id: 'failures', title: { en: 'Worst errors', ja: '大きな誤り' } },
  { id: 'people', title: { en: 'Subjects', ja: '対象者' } },
  { id: 'mix', title: { en: 'Mix of grades', ja: 'グレード構成' } },
  { id: 'drift', title: { en: 'Input drift', ja: '入力のドリフト' } },
  { id: 'seen', title: { en: 'Is it external?', ja: '外部データの確認' } },
  { id: 'limits', title: { en: 'Limits of use', ja: '使用上の制限' } },
  { id: 'repeat', title: { en: 'Record', ja: '記録' } },
];

const useTexts = texts({
  en: {
    title: 'External validation',
    subtitle: (method: string, data: string, site: string | null) =>
      `Model: ${method}. External images: ${data}${site ? `, site ${site}` : ''}.`,
    made: (created: string) =>
      `Made ${created} by semise. For research only; not a medical device.`,
    footer:
      'semise, Apache-2.0. Intervals: 95 %, bootstrap over subjects (score; percentiles for the debiased calibration error).',
    limits: 'Limits of use',
    limitLines: [
      'For research only. Not a medical device: not for diagnosis, triage or any decision about a patient. “Accepted” means that the limits above were kept on these images, nothing more.',
      'The figures hold for subjects, devices and graders like those of this set. Another site needs another validation.',
      'Intervals tell how figures vary with the choice of subjects. They know nothing of wrong grades; the grades are taken as the truth.',
      "A stamp keeps honest people honest. It does not prevent fraud: whoever owns the files can write all of them anew. For proof give the stamped file's hash to a third party before the test.",
    ],
    record: 'Record',
    facts: {
      run: 'Run',
      model: 'Model (SHA-256)',
      trainedOn: 'Trained with',
      data: 'External data',
      fingerprint: 'Their SHA-256',
      limits: 'Acceptance limits',
      hash: 'Their hash',
      skipped: 'Unreadable images',
      seed: 'Seed of the intervals',
    },
  },
  ja: {
    title: '外部検証報告書',
    subtitle: (method, data, site) =>
      `モデル：${method}。外部画像：${data}${site ? `（施設 ${site}）` : ''}。`,
    made: (created) =>
      `作成日時 ${created}（semise により作成）。研究用であり、医療機器ではありません。`,
    footer:
      'semise, Apache-2.0。区間は対象者単位のブートストラップ法による 95% 信頼区間です（スコア法、補正済み較正誤差はパーセンタイル法）。',
    limits: '使用上の制限',
    limitLines: [
      '研究用であり、医療機器ではありません。診断、トリアージ、その他患者に関する判断には使用できません。「合格」は、この画像群で上記の基準を満たしたことのみを意味します。',
      '本結果は、この画像群と同様の対象者・装置・評価者についてのものです。別の施設では、改めて検証が必要です。',
      '信頼区間は対象者の選ばれ方によるばらつきを示すもので、グレード付けの誤りは考慮していません。専門医のグレードを正解として扱っています。',
      '基準の確定記録は不正を防ぐものではありません。ファイルの所有者はすべてを書き直すことができます。証明が必要な場合は、試験前に確定済みファイルのハッシュ値を第三者に預けてください。',
    ],
    record: '記録',
    facts: {
      run: '学習結果フォルダ',
      model: 'モデル（SHA-256）',
      trainedOn: '学習データ',
      data: '外部データ',
      fingerprint: '外部データの SHA-256',
      limits: '受入基準',
      hash: '受入基準のハッシュ値',
      skipped: '読み込めなかった画像',
      seed: '区間計算の乱数シード',
    },
  },
});

function Page(report: ValidationReport): VNode {
  const t = useTexts();
  const language = useLanguage();
  const { validation } = report;
  const { run, data, created } = validation;
  return (
    <>
      <header>
        <h1>{t.title}</h1>
        <p>{t.subtitle(run.method, data.file, data.site)}</p>
        <p>{t.made(created)}</p>
        <Contents of={CONTENTS.map(({ id, title }) => [id, title[language]] as const)} />
      </header>
      <Verdict validation={validation} />
      <FiguresSection validation={validation} />
      <CalibrationSection {...report} />
      <ConfusionSection {...report} />
      <FailuresSection {...report} />
      <PeopleSection validation={validation} />
      <GradeMixSection validation={validation} />
      <DriftSection validation={validation} />
      <SeenSection validation={validation} />
      <Section id="limits" title={t.limits}>
        <ul class="limits">
          {t.limitLines.map((line) => (
            <li>{line}</li>
          ))}
        </ul>
      </Section>
      <Record {...validation} />
      <footer>{t.footer}</footer>
    </>
  );
}

function Record({ run, data, acceptance, seed }: Validation): VNode {
  const t = useTexts();
  const facts: [string, string | number][] = [
    [t.facts.run, run.folder],
    [t.facts.model, run.model],
    [t.facts.trainedOn, run.trainedOn],
    [t.facts.data, data.file],
    [t.facts.fingerprint, data.fingerprint],
    ...(acceptance
      ? ([
          [t.facts.limits, acceptance.file],
          [t.facts.hash, acceptance.hash],
        ] as [string, string][])
      : []),
    [t.facts.skipped, data.skipped.length],
    [t.facts.seed, seed],
  ];
  return (
    <Section id="repeat" title={t.record}>
      <dl class="facts">
        {facts.map(([name, value]) => (
          <>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </>
        ))}
      </dl>
    </Section>
  );
}
