// Accepted or not, by which limits, and whether those were set first.

import type { VNode } from 'preact';
import { figureKey } from '../../evaluation/acceptance/figures.js';
import { type Limit, subgroupName } from '../../evaluation/acceptance/limits.js';
import type { LimitVerdict, Reason } from '../../evaluation/acceptance/verdict.js';
import { count, decimal, interval } from '../format.js';
import { texts, useLanguage } from '../language.js';
import { Section, Table } from '../layout.js';
import { useFigureLabels } from './figure-labels.js';
import type { Precedence, Validation } from './report-data.js';

const useTexts = texts({
  en: {
    title: 'Verdict',
    lead: 'A limit is kept where the whole 95 % interval keeps it: a lower limit is compared with the lower end of the interval, an upper limit with the upper end. All limits must be kept. What cannot be measured is not accepted.',
    pass: 'Accepted',
    fail: 'Not accepted',
    none: 'No verdict',
    passed: (n: number) => `All ${n} limits are kept.`,
    failed: (n: number, of: number) => `${n} of ${of} limits are not kept.`,
    noLimits: 'No acceptance limits were given. The figures below describe, they do not decide.',
    caption: 'The acceptance limits, and what was found',
    head: ['Limit', 'For', 'Asked for', 'Kept?', 'Found', 'Images (subjects)'],
    all: 'all images',
    asked: (limit: Limit) =>
      limit.lower === undefined ? `at most ${limit.upper}` : `at least ${limit.lower}`,
    yes: '✓ kept',
    no: '✗ not kept',
    reasons: (one: LimitVerdict, fewest: number): Record<Reason, string> => ({
      kept: '',
      beyond: 'the value itself misses the limit',
      unsure: 'the value keeps the limit, its interval does not: too few subjects to be sure',
      'few subjects': `${one.subjects} subjects; a verdict needs ${fewest}`,
      undefined: 'not defined for these images',
      'no interval': 'not defined in most bootstrap draws',
    }),
    stamped: (p: Precedence): Record<Precedence['stamped'], string> => ({
      first: `The limits were stamped on ${day(p.date)}, before these images were first opened with this model.`,
      after: `The limits were stamped on ${day(p.date)}, AFTER these images had been opened with this model (first on ${day(p.firstOpened)}). They may have been chosen to fit.`,
      never: p.firstOpened
        ? `The limits were never stamped, and these images had been opened before (first on ${day(p.firstOpened)}). They may have been chosen to fit.`
        : 'The limits were never stamped: nothing shows that they were set before the test. Use semise accept.',
      unknown:
        "The run's list of validations was changed by hand: nobody can tell any more whether the limits were set first.",
    }),
    again: (n: number) => ` ${count(n)} of these images had been opened before.`,
    fileOnly:
      " The run's list of validations does not hold this stamp; the date is the file's own word.",
  },
  ja: {
    title: '判定',
    lead: '95% 信頼区間の全体が基準を満たすときに限り「達成」とします。下限の基準は区間の下端と、上限の基準は区間の上端と比較します。すべての基準の達成が合格の条件です。算出できない指標は不合格とします。',
    pass: '合格',
    fail: '不合格',
    none: '判定なし',
    passed: (n) => `${n} 件の基準をすべて達成しました。`,
    failed: (n, of) => `${of} 件の基準のうち ${n} 件が未達成です。`,
    noLimits:
      '受入基準が指定されていません。以下の数値は記述であり、合否を決めるものではありません。',
    caption: '受入基準と結果',
    head: ['指標', '対象', '基準', '達成', '結果', '画像数（対象者数）'],
    all: '全画像',
    asked: (limit) => (limit.lower === undefined ? `${limit.upper} 以下` : `${limit.lower} 以上`),
    yes: '✓ 達成',
    no: '✗ 未達成',
    reasons: (one, fewest) => ({
      kept: '',
      beyond: '値そのものが基準に届かない',
      unsure: '値は基準を満たすが区間が満たさない（確実と言うには対象者数が不足）',
      'few subjects': `対象者 ${one.subjects} 名。判定には ${fewest} 名が必要`,
      undefined: 'この画像群では定義できない',
      'no interval': 'ブートストラップ標本の過半数で定義できない',
    }),
    stamped: (p) => ({
      first: `受入基準は、このモデルでこれらの画像が初めて開かれるより前（${day(p.date)}）に確定されました。`,
      after: `受入基準は、このモデルでこれらの画像が開かれた後（初回 ${day(p.firstOpened)}）の ${day(p.date)} に確定されました。結果に合わせて基準が選ばれた可能性があります。`,
      never: p.firstOpened
        ? `受入基準は確定の記録（スタンプ）がなく、これらの画像は以前にも開かれています（初回 ${day(p.firstOpened)}）。結果に合わせて基準が選ばれた可能性があります。`
        : '受入基準には確定の記録（スタンプ）がありません。試験前に定められたことを示すものがありません（semise accept をお使いください）。',
      unknown:
        '検証記録（validations.jsonl）が改変されているため、基準が先に定められたかどうかは分かりません。',
    }),
    again: (n) => `これらの画像のうち ${count(n)} 枚は以前にも開かれています。`,
    fileOnly: '検証記録にはこの確定記録が残っておらず、日付はファイルの記載のみに基づきます。',
  },
});

/** `2026-11-27 08:12 UTC` */
const day = (date: string | null): string =>
  date === null ? '–' : `${date.slice(0, 16).replace('T', ' ')} UTC`;

export function Verdict({ validation }: { validation: Validation }): VNode {
  const t = useTexts();
  const { acceptance, verdict } = validation;
  const missed = acceptance?.limits.filter(({ pass }) => !pass).length ?? 0;
  return (
    <Section id="verdict" title={t.title} lead={acceptance && t.lead}>
      <p class={`verdict ${verdict ?? 'none'}`}>
        <strong>{t[verdict ?? 'none']}</strong>{' '}
        {acceptance === null
          ? t.noLimits
          : missed === 0
            ? t.passed(acceptance.limits.length)
            : t.failed(missed, acceptance.limits.length)}
      </p>
      {acceptance && <Stamped {...acceptance.precedence} />}
      {acceptance && <Limits limits={acceptance.limits} fewest={acceptance.fewestSubjects} />}
    </Section>
  );
}

function Stamped(precedence: Precedence): VNode {
  const t = useTexts();
  const { stamped, inLog, date, openedBefore } = precedence;
  const good = stamped === 'first';
  return (
    <p class={good ? 'check' : 'check warning'} role={good ? undefined : 'alert'}>
      {`${good ? '✓' : '!'} ${t.stamped(precedence)[stamped]}`}
      {date !== null && !inLog && t.fileOnly}
      {good && openedBefore > 0 && t.again(openedBefore)}
    </p>
  );
}

function Limits({ limits, fewest }: { limits: readonly LimitVerdict[]; fewest: number }): VNode {
  const t = useTexts();
  const language = useLanguage();
  const labelOf = useFigureLabels();
  return (
    <Table
      caption={t.caption}
      words={4}
      head={t.head}
      rows={limits.map((one) => {
        const { limit, value, ci95, n, subjects, pass, reason } = one;
        return [
          <>
            {labelOf(figureKey(limit.metric, limit.grade)).label}
            {limit.note && <small class="plain">{limit.note}</small>}
          </>,
          subgroupName(limit.subgroup) || t.all,
          t.asked(limit),
          <span class="kept">
            <strong>{pass ? t.yes : t.no}</strong>
            <small>{t.reasons(one, fewest)[reason]}</small>
          </span>,
          <>
            {decimal(value)} <small>{interval(ci95 && [...ci95], language)}</small>
          </>,
          `${count(n)} (${count(subjects)})`,
        ];
      })}
    />
  );
}
