// The page of `semise labels`: what to look at again, and how far graders agree.

import type { VNode } from 'preact';
import type { Agreement } from '../../evaluation/agreement/index.js';
import type { ComparisonCheck, GradeCheck, Relabel } from '../../evaluation/label-quality/index.js';
import { Contents, Document, documentText } from '../document.js';
import { count, decimal, inBrackets, listed } from '../format.js';
import { type Language, texts, useLanguage } from '../language.js';
import { Section, Table } from '../layout.js';
import { AgreementSection, useAgreementTitle } from './agreement.js';
import { RelabelCards, type Thumbnails } from './cards.js';
import { ComparisonFigures, GradeFigures, RaterFigures } from './summary.js';

/** `labels.json`. */
export interface LabelCheck {
  /** The files it is about. */
  sources: Record<'run' | 'data' | 'comparisons' | 'ratings', string | null>;
  /** Null where no image was graded twice. */
  agreement: Agreement | null;
  /** Null without a run. */
  grades: GradeCheck | null;
  /** Null without comparisons. */
  comparisons: ComparisonCheck | null;
  relabel: Relabel[];
}

/** Entries of the relabel list that are shown; relabel.csv has all. */
export const CARDS = 48;
/** Lines of a table that are shown; labels.json has all. */
const LINES = 40;

/**
 * One self-contained HTML document: no script, nothing fetched, every text escaped.
 * @param created when it was made, as it shall be read
 */
export function renderLabels(
  check: LabelCheck,
  thumbnails: Thumbnails,
  created: string,
  language: Language = 'en',
): string {
  return documentText(
    <Document title={useTexts.in(language).title} language={language} pictures>
      <Page check={check} thumbnails={thumbnails} created={created} />
    </Document>,
  );
}

const useTexts = texts({
  en: {
    title: 'Label quality',
    made: (created: string) =>
      `Made ${created} by semise. For research only; not a medical device.`,
    again: (n: number) =>
      n === 0
        ? 'Nothing stands out.'
        : `${count(n)} ${n === 1 ? 'entry' : 'entries'} to look at again, in relabel.csv.`,
    relabel: 'To look at again',
    relabelLead: (shown: number, all: number) =>
      `The ${count(shown)} most worthwhile of ${count(all)}. Priority is the number of grades that an entry is probably off, summed over its reasons. A suspicion is no verdict: a person decides, best without seeing the grade first.`,
    grades: 'Suspected grades',
    gradesLead:
      'Confident learning counts images that look, more than usual, like another grade. The estimate takes every clear disagreement for a wrong grade: where the model is weak or grades are hard to tell apart, it is too high. A grade that training saw is judged by other patients’ grades, but the encoder has learned from it and hides part of such errors.',
    joint: 'Images by given grade (rows) and the grade they look like (columns), estimated',
    given: 'Given',
    grade: (k: number) => `grade ${k}`,
    none: 'No grade could be judged: too few are graded, or the model gives no probabilities.',
    comparisons: 'Comparisons',
    comparisonsLead:
      'An answer on a circle or against another is wrong, or the other is. An answer against the grades doubts one of three: itself or one of the grades. The model has learned from these answers if it was trained with them; what it contradicts even so is the more doubtful.',
    contradictions: 'Answered both ways',
    contradictionHead: ['Images', 'First worse, by', 'Second worse, by'],
    cycles: 'Shortest circles, each image worse than the next and the last worse than the first',
    cycleHead: ['Images', 'Lines of the file'],
    doubts: {
      againstGrades: 'Against the grades',
      againstModel: 'Against a model that is sure',
      outvoted: 'Outvoted by the other answers',
    },
    doubtHead: ['Line', 'Called worse', 'Called milder', 'Rater', ''],
    first: (shown: number, all: number) =>
      all > shown ? `, the first ${count(shown)} of ${count(all)}` : ` (${count(all)})`,
    footer: 'semise, Apache-2.0. All lists in full: labels.json.',
    unnamed: 'not said',
  },
  ja: {
    title: 'ラベルの品質',
    made: (created) =>
      `作成日時 ${created}（semise により作成）。研究用であり、医療機器ではありません。`,
    again: (n) =>
      n === 0
        ? '問題のある項目は見つかりませんでした。'
        : `再確認が必要な項目は ${count(n)} 件です（relabel.csv）。`,
    relabel: '再確認リスト',
    relabelLead: (shown, all) =>
      `全 ${count(all)} 件のうち優先度の高い ${count(shown)} 件。優先度は、その項目のグレードが何段階ずれていると見込まれるかを理由ごとに合計したものです。疑いは判定ではありません。最終判断は、できれば元のグレードを伏せて、専門家が行ってください。`,
    grades: '誤りが疑われるグレード',
    gradesLead:
      '確信学習（confident learning）は、通常より明らかに別のグレードに見える画像を数えます。明確な不一致をすべて誤りとみなすため、モデルが弱い場合やグレードの境界が曖昧な場合は過大な推定になります。学習に使われたグレードは他の患者のグレードから判定しますが、特徴抽出器がそのグレードを学習しているため、誤りの一部は見えなくなります。',
    joint: '付与されたグレード（行）と画像から見えるグレード（列）別の推定枚数',
    given: '付与',
    grade: (k) => `グレード ${k}`,
    none: '判定できるグレードがありませんでした（グレード数が少ない、またはモデルが確率を出力しない）。',
    comparisons: '比較回答',
    comparisonsLead:
      '循環や逆向きの回答があれば、少なくとも一方は誤りです。グレードと矛盾する回答では、回答自体か、いずれかのグレードが疑われます。これらの回答で学習したモデルがなお逆と判定する回答は、より疑わしいものです。',
    contradictions: '逆向きの回答がある組',
    contradictionHead: ['画像', '前者が重症とした評価者', '後者が重症とした評価者'],
    cycles: '最短の循環（各画像は次より重症、最後は最初より重症とされている）',
    cycleHead: ['画像', 'ファイルの行'],
    doubts: {
      againstGrades: 'グレードと矛盾する回答',
      againstModel: 'モデルが逆と強く判定する回答',
      outvoted: '他の回答に反する回答',
    },
    doubtHead: ['行', '重症とされた画像', '軽症とされた画像', '評価者', ''],
    first: (shown, all) =>
      all > shown ? `（全 ${count(all)} 件中、先頭の ${count(shown)} 件）` : `（${count(all)} 件）`,
    footer: 'semise, Apache-2.0. 全件は labels.json を参照してください。',
    unnamed: '記載なし',
  },
});

interface PageProps {
  check: LabelCheck;
  thumbnails: Thumbnails;
  created: string;
}

function Page({ check, thumbnails, created }: PageProps): VNode {
  const t = useTexts();
  const agreementTitle = useAgreementTitle();
  const { agreement, grades, comparisons, relabel, sources } = check;
  const files = Object.values(sources).filter((file) => file !== null);
  const contents: [string, string][] = [
    ...(relabel.length > 0 ? [['relabel', t.relabel] as [string, string]] : []),
    ...(grades ? [['grades', t.grades] as [string, string]] : []),
    ...(agreement ? [['agreement', agreementTitle] as [string, string]] : []),
    ...(comparisons ? [['comparisons', t.comparisons] as [string, string]] : []),
  ];
  return (
    <>
      <header>
        <h1>{t.title}</h1>
        <p>{files.join(' · ')}</p>
        <p>{t.made(created)}</p>
        <Contents of={contents} />
      </header>
      <p class="check">{t.again(relabel.length)}</p>
      {relabel.length > 0 && (
        <Section
          id="relabel"
          title={t.relabel}
          lead={t.relabelLead(Math.min(CARDS, relabel.length), relabel.length)}
        >
          <RelabelCards list={relabel.slice(0, CARDS)} thumbnails={thumbnails} />
        </Section>
      )}
      {grades && <Grades check={grades} />}
      {agreement && <AgreementSection agreement={agreement} />}
      {comparisons && <Comparisons check={comparisons} />}
      <footer>{t.footer}</footer>
    </>
  );
}

function Grades({ check }: { check: GradeCheck }): VNode {
  const t = useTexts();
  return (
    <Section id="grades" title={t.grades} lead={t.gradesLead}>
      {check.judgements.length === 0 ? <p>{t.none}</p> : <GradeFigures check={check} />}
      {check.judgements.map(({ joint, judge }) => (
        <Table
          key={judge}
          caption={t.joint}
          head={[t.given, ...joint.map((_, k) => t.grade(k))]}
          rows={joint.map((row, k) => [t.grade(k), ...row.map((n) => decimal(n, 1))])}
        />
      ))}
    </Section>
  );
}

function Comparisons({ check }: { check: ComparisonCheck }): VNode {
  const t = useTexts();
  const language = useLanguage();
  const who = (asked: { rater: string; line: number }[]) =>
    listed(
      asked.map(({ rater, line }) => (rater || t.unnamed) + inBrackets(`${line}`, language)),
      language,
    );
  const percent = (p: number) => `${decimal(100 * p, 0)} %`;
  const doubts = [
    ['againstGrades', check.againstGrades.map((d) => [d, d.grades.join(' / ')] as const)],
    ['againstModel', check.againstModel.map((d) => [d, percent(d.probability)] as const)],
    ['outvoted', check.outvoted.map((d) => [d, percent(d.probability)] as const)],
  ] as const;
  const captioned = (caption: string, all: number) => caption + t.first(Math.min(LINES, all), all);
  return (
    <Section id="comparisons" title={t.comparisons} lead={t.comparisonsLead}>
      <ComparisonFigures check={check} />
      <RaterFigures check={check} />
      {check.contradictions.length > 0 && (
        <Table
          caption={captioned(t.contradictions, check.contradictions.length)}
          head={t.contradictionHead}
          words={3}
          rows={check.contradictions
            .slice(0, LINES)
            .map(({ a, b, aWorse, bWorse }) => [`${a}, ${b}`, who(aWorse), who(bWorse)])}
        />
      )}
      {check.cycles.length > 0 && (
        <Table
          caption={captioned(t.cycles, check.cycles.length)}
          head={t.cycleHead}
          words={2}
          rows={check.cycles
            .slice(0, LINES)
            .map(({ images, lines }) => [images.join(' > '), lines.join(', ')])}
        />
      )}
      {doubts.map(([kind, of]) =>
        of.length === 0 ? null : (
          <Table
            key={kind}
            caption={captioned(t.doubts[kind], of.length)}
            head={t.doubtHead}
            words={4}
            rows={of
              .slice(0, LINES)
              .map(([doubt, figure]) => [
                doubt.line,
                doubt.moreSevere,
                doubt.lessSevere,
                doubt.rater || t.unnamed,
                figure,
              ])}
          />
        ),
      )}
    </Section>
  );
}
