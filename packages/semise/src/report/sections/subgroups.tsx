// Does the model serve some patients worse than others? Findings first, then what they rest on.

import type { ComponentChildren, VNode } from 'preact';
import type { Estimate } from '../../evaluation/bootstrap.js';
import {
  type Association,
  findings,
  type LeftOut,
  type Subgroup,
  type SubgroupReport,
  type TestedGap,
} from '../../evaluation/subgroups/index.js';
import { Chart } from '../charts/chart.js';
import { type GapRow, gapChart } from '../charts/gaps.js';
import { chance, colon, count, counted, decimal, inBrackets, interval, signed } from '../format.js';
import { groupName } from '../group-name.js';
import { texts, useLanguage } from '../language.js';
import { Section, Table } from '../layout.js';
import { useMetricLabels } from '../metric-labels.js';

/** Findings told in words, and rows of a long table; the JSON has all. */
const TOLD = 6;
const SHOWN = 40;

const useTexts = texts({
  en: {
    title: 'Subgroups',
    lead: 'Is the model as good for every group of patients? All gaps are at equal grade: a group with more severe disease is compared with others of the same grades. A gap counts as found where chance would show one anywhere in this section in at most 5 % of studies (permutation of subjects within grades, Holm).',
    found: (n: number, tests: number) =>
      `✗ ${counted(n, 'gap')} found among ${count(tests)} tests.`,
    notFound: (tests: number) => `✓ No gap found among ${count(tests)} tests.`,
    notTested: 'Nothing could be tested: no two groups have enough subjects.',
    absence:
      'That is no proof that there is none: see the intervals for how large a gap could hide.',
    more: (n: number) => `and ${n} more, in the tables`,
    suspected: (n: number) =>
      `${counted(n, 'further gap')} worth a look (Benjamini-Hochberg: at most 5 % of such are false).`,
    rest: 'the rest',
    joined: ' and ',
    semicolon: '; ',
    higher: (by: string) => `scores ${by} standard deviations higher at equal grade`,
    lower: (by: string) => `scores ${by} standard deviations lower at equal grade`,
    worse: (by: string) => `grades are off by ${by} more`,
    better: (by: string) => `grades are off by ${by} less`,
    oddsAbove: (k: number, by: string) =>
      `of images above grade ${k}, the share called so differs by ${by}`,
    oddsBelow: (k: number, by: string) =>
      `of images up to grade ${k}, the share called more severe differs by ${by}`,
    calibration: (by: string) => `calibration error differs by ${by}`,
    against: (other: string) => ` (against ${other})`,
    confounded: (names: string) =>
      `In the training data ${names} went with the grade. The model can have learned that instead of the disease.`,
    reading:
      'A higher score at equal grade is a shortcut of the model, or true: within one grade one group can be sicker. Images of an origin in which the attribute does not go with disease can tell.',
    chart: 'Each group against the rest, with 95 % intervals (orange diamond: found)',
    chartLabel: (rows: string) => `Gaps of each group against the rest, 0 = none. ${rows}`,
    scoreAxis: 'Score at equal grade, SD',
    errorAxis: 'Error at equal grade, grades',
    groups: 'Groups with 95 % intervals (▲ largest error for its grades within the attribute)',
    group: 'Group',
    size: 'Subjects',
    images: (n: number) => counted(n, 'image'),
    overconfidence: 'Too sure by',
    gaps: 'Tests by single attributes',
    pairGaps: 'Tests by pairs of attributes: found, or worth a look',
    noPairs: (tests: number) =>
      `By pairs of attributes: ${counted(tests, 'test')}, none found and none worth a look.`,
    comparedWith: 'against',
    what: 'What',
    difference: 'Difference',
    aspects: {
      score: 'score',
      error: 'error',
      odds: 'rate',
      calibration: 'calibration error',
    },
    above: (k: number) => `called above ${k} where above`,
    below: (k: number) => `called above ${k} where not above`,
    holm: 'p (Holm)',
    bh: 'p (B-H)',
    rates:
      'Equalised odds: share called above a grade, of images above it (true positives) / of the others (false positives)',
    threshold: (k: number) => `above ${k}`,
    associations: 'What went with the grade in the training data: a confounder shows here first',
    attribute: 'Attribute',
    measure: 'Association with the grade',
    cramersV: 'Cramér’s V',
    spearman: 'Spearman ρ',
    notJudged: 'Named, not judged',
    tooSmall: (least: number) => `Fewer than ${least} subjects, or too few to compare with: `,
    subjects: (n: number) => counted(n, 'subject'),
    reasons: {
      oneValue: 'has one value',
      tooManyValues: 'has too many values: names or remarks',
      sameGroups: (as: string) => `divides as ${as} does`,
    },
    leftOut: 'Not looked at: ',
    note: (permutations: string, draws: string) =>
      `Up to ${permutations} permutations, ${draws} bootstrap draws. Intervals are of one gap each, not of all together.`,
  },
  ja: {
    title: 'サブグループ解析',
    lead: 'どの患者群に対しても同じ性能かを調べます。差はすべて「同じグレードどうし」で比較しているため、重症者が多い群でも不利にはなりません。本節全体で偶然に差が検出される確率が 5% 以下となる基準（グレード内での対象者単位の並べ替え検定、Holm 法）を満たした差を「検出」としています。',
    found: (n, tests) => `✗ 検定 ${count(tests)} 件のうち ${count(n)} 件で差が検出されました。`,
    notFound: (tests) => `✓ 検定 ${count(tests)} 件で差は検出されませんでした。`,
    notTested: '検定できる群がありません（十分な対象者数の群が 2 つ以上必要です）。',
    absence:
      'ただし、差がないことの証明ではありません。どの程度の差が隠れうるかは信頼区間をご覧ください。',
    more: (n) => `ほか ${n} 件（表を参照）`,
    suspected: (n) =>
      `ほかに注意すべき差が ${count(n)} 件あります（Benjamini-Hochberg 法：このうち誤りは平均 5% 以下）。`,
    rest: 'その他全体',
    joined: '、',
    semicolon: '、',
    higher: (by) => `同じグレードでのスコアが標準偏差の ${by} 倍高い`,
    lower: (by) => `同じグレードでのスコアが標準偏差の ${by} 倍低い`,
    worse: (by) => `グレードの誤差が ${by} 大きい`,
    better: (by) => `グレードの誤差が ${by} 小さい`,
    oddsAbove: (k, by) => `グレード ${k} を超える画像をそう判定する割合の差が ${by}`,
    oddsBelow: (k, by) => `グレード ${k} 以下の画像をより重症と判定する割合の差が ${by}`,
    calibration: (by) => `較正誤差の差が ${by}`,
    against: (other) => `（比較対象：${other}）`,
    confounded: (names) =>
      `学習データでは ${names} がグレードと関連していました。モデルが病変ではなくこれを手がかりにしている可能性があります。`,
    reading:
      '同じグレードでスコアが高い場合、モデルが近道（ショートカット）を学習したか、同じグレードの中で実際により重症であるかのいずれかです。その属性が疾患と関連しない別の施設などのデータで確かめてください。',
    chart: '各群とその他全体との差、95% 信頼区間（橙色のひし形：検出された差）',
    chartLabel: (rows) => `各群とその他全体との差（0 は差なし）。${rows}`,
    scoreAxis: '同じグレードでのスコアの差（SD）',
    errorAxis: '同じグレードでの誤差の差（グレード）',
    groups: '各群の成績と 95% 信頼区間（▲ は、その属性の中でグレードの割に誤差が最も大きい群）',
    group: '群',
    size: '対象者数',
    images: (n) => `画像 ${count(n)} 枚`,
    overconfidence: '確信の過剰',
    gaps: '単一の属性による検定',
    pairGaps: '2 つの属性の組み合わせによる検定（検出、または要注意のもの）',
    noPairs: (tests) =>
      `2 つの属性の組み合わせ：検定 ${count(tests)} 件、検出および要注意のものはありません。`,
    comparedWith: '比較対象',
    what: '項目',
    difference: '差',
    aspects: {
      score: 'スコア',
      error: '誤差',
      odds: '判定割合',
      calibration: '較正誤差',
    },
    above: (k) => `${k} を超える画像を ${k} 超と判定`,
    below: (k) => `${k} 以下の画像を ${k} 超と判定`,
    holm: 'p 値（Holm）',
    bh: 'p 値（B-H）',
    rates:
      '均等化オッズ：あるグレードを超えると判定した割合。実際に超える画像（真陽性）/ それ以外の画像（偽陽性）',
    threshold: (k) => `${k} 超`,
    associations: '学習データでグレードと関連していた属性（交絡はまずここに現れます）',
    attribute: '属性',
    measure: 'グレードとの関連',
    cramersV: 'Cramér の V',
    spearman: 'Spearman の ρ',
    notJudged: '名称のみ（評価対象外）',
    tooSmall: (least) => `対象者が ${least} 名未満、または比較対象が不足：`,
    subjects: (n) => `${count(n)} 名`,
    reasons: {
      oneValue: '値が 1 種類のみ',
      tooManyValues: '値の種類が多すぎる（氏名や備考など）',
      sameGroups: (as) => `${as} と同じ分け方`,
    },
    leftOut: '対象外の属性：',
    note: (permutations, draws) =>
      `並べ替え最大 ${permutations} 回、ブートストラップ ${draws} 回。信頼区間は個々の差についてのものです。`,
  },
});

type Words = ReturnType<typeof useTexts>;

/** @param all whether the groups of pairs of attributes are listed, too */
export function SubgroupSections({
  runs,
  all = false,
}: {
  runs: readonly { name: string; subgroups?: SubgroupReport }[];
  all?: boolean;
}): VNode | null {
  const t = useTexts();
  const with_ = runs.flatMap(({ name, subgroups }) => (subgroups ? [{ name, subgroups }] : []));
  if (with_.length === 0) return null;
  return (
    <Section id="subgroups" title={t.title} lead={t.lead}>
      {with_.map(({ name, subgroups }, i) => (
        <>
          {with_.length > 1 && <h3>{name}</h3>}
          <Result report={subgroups} id={`subgroups-${i}`} all={all} />
        </>
      ))}
    </Section>
  );
}

interface ResultProps {
  report: SubgroupReport;
  /** Unique in the page. */
  id: string;
  all: boolean;
}

function Result({ report, id, all }: ResultProps): VNode {
  const t = useTexts();
  const single = report.divisions.filter(({ attributes }) => attributes.length === 1);
  const { found } = findings(report);
  const rows = single.flatMap(({ attributes, groups }) =>
    groups.flatMap(({ values, judged }): GapRow[] =>
      judged
        ? [
            {
              name: groupName(attributes, values),
              gaps: [judged.againstRest.score, judged.againstRest.error],
              found: (['score', 'error'] as const).map((aspect) =>
                found.some(
                  (gap) =>
                    gap.aspect === aspect &&
                    gap.attributes.join() === attributes.join() &&
                    // Of two groups one test speaks for both.
                    (groups.length === 2 ||
                      (gap.against === null && gap.group.join() === values.join())),
                ),
              ),
            },
          ]
        : [],
    ),
  );
  return (
    <>
      <Verdict report={report} />
      {rows.length > 0 && (
        <>
          <h3>{t.chart}</h3>
          <div class="scroll wide">
            <Chart
              id={id}
              label={t.chartLabel(
                rows
                  .map(
                    ({ name, gaps }) => `${name}: ${gaps.map((g) => signed(g.value)).join(', ')}`,
                  )
                  .join('; '),
              )}
              {...gapChart(rows, [t.scoreAxis, t.errorAxis])}
            />
          </div>
        </>
      )}
      <Groups report={report} pairs={false} />
      <Tests report={report} />
      <Rates report={report} />
      <Associations of={report.associations} />
      {all && <Groups report={report} pairs />}
      <NotJudged report={report} />
      <p class="caption">{t.note(count(report.permutations), count(report.draws))}</p>
    </>
  );
}

function Verdict({ report }: { report: SubgroupReport }): VNode {
  const t = useTexts();
  const language = useLanguage();
  const { found, suspected } = findings(report);
  const tests = report.tests.length;
  const confounded = report.associations.filter(({ holm }) => holm !== null && holm <= 0.05);
  // The same gap shows by pairs, too: single attributes speak first.
  const told = found.toSorted((a, b) => a.attributes.length - b.attributes.length);
  return (
    <>
      <div class={found.length > 0 ? 'check warning' : 'check'}>
        <strong>
          {tests === 0
            ? t.notTested
            : found.length > 0
              ? t.found(found.length, tests)
              : t.notFound(tests)}
        </strong>{' '}
        {tests > 0 && found.length === 0 && t.absence}
        {told.length > 0 && (
          <ul>
            {told.slice(0, TOLD).map((gap) => (
              <li>
                <strong>{groupName(gap.attributes, gap.group)}</strong>
                {colon(language)}
                {sentence(gap, t)}
                {t.against(gap.against ? groupName(gap.attributes, gap.against) : t.rest)}
              </li>
            ))}
            {told.length > TOLD && <li>{t.more(told.length - TOLD)}</li>}
          </ul>
        )}
        {suspected.length > 0 && <p>{t.suspected(suspected.length)}</p>}
      </div>
      {confounded.length > 0 && (
        <p class="check warning">
          {t.confounded(confounded.map(({ attribute }) => attribute).join(t.joined))}
        </p>
      )}
      {found.length > 0 && <p class="lead">{t.reading}</p>}
    </>
  );
}

function sentence({ aspect, value, rate }: TestedGap, t: Words): string {
  const by = decimal(Math.abs(value ?? 0), 2);
  const more = (value ?? 0) > 0;
  switch (aspect) {
    case 'score':
      return more ? t.higher(by) : t.lower(by);
    case 'error':
      return more ? t.worse(by) : t.better(by);
    case 'odds':
      return (rate!.side === 'above' ? t.oddsAbove : t.oddsBelow)(rate!.k, signed(value, 2));
    case 'calibration':
      return t.calibration(signed(value, 2));
  }
}

function Groups({ report, pairs }: { report: SubgroupReport; pairs: boolean }): VNode | null {
  const t = useTexts();
  const labels = useMetricLabels();
  const calibrated = report.divisions.some(({ groups }) =>
    groups.some(({ judged }) => judged?.overconfidence),
  );
  const shown = ['macroRecall', 'qwk', 'mae'] as const;
  const rows = report.divisions
    .filter(({ attributes }) => attributes.length > 1 === pairs)
    .flatMap(({ attributes, groups, worst }) =>
      groups.flatMap((group, g) => {
        const { judged } = group;
        if (!judged) return [];
        const name = `${groupName(attributes, group.values)}${g === worst ? ' ▲' : ''}`;
        return [
          [
            g === worst ? <strong>{name}</strong> : <span class="plain">{name}</span>,
            <Size {...group} />,
            ...shown.map((metric) => <Value {...judged.metrics[metric]} />),
            ...(calibrated
              ? [<Value {...(judged.overconfidence ?? { value: null, ci95: null })} sign />]
              : []),
          ],
        ];
      }),
    );
  if (rows.length === 0) return null;
  return (
    <Table
      caption={t.groups}
      head={[
        t.group,
        t.size,
        ...shown.map((metric) => labels[metric].label),
        ...(calibrated ? [t.overconfidence] : []),
      ]}
      rows={rows}
    />
  );
}

function Size({ subjects, images }: Subgroup): VNode {
  const t = useTexts();
  return (
    <>
      {count(subjects)} <small>{t.images(images)}</small>
    </>
  );
}

function Value({ value, ci95, sign = false }: Estimate & { sign?: boolean }): VNode {
  const language = useLanguage();
  const write = sign ? signed : decimal;
  return (
    <>
      {write(value)} {ci95 && <small>{interval(ci95, language, write)}</small>}
    </>
  );
}

function Tests({ report }: { report: SubgroupReport }): VNode {
  const t = useTexts();
  const { found, suspected } = findings(report);
  const single = report.tests.filter(({ attributes }) => attributes.length === 1);
  const pairs = report.tests.filter(({ attributes }) => attributes.length > 1);
  const notable = [...found, ...suspected].filter(({ attributes }) => attributes.length > 1);
  return (
    <>
      {single.length > 0 && <TestTable caption={t.gaps} tests={single} found={found} />}
      {notable.length > 0 && (
        <TestTable caption={t.pairGaps} tests={notable.slice(0, SHOWN)} found={found} />
      )}
      {pairs.length > 0 && notable.length === 0 && <p>{t.noPairs(pairs.length)}</p>}
    </>
  );
}

function TestTable({
  caption,
  tests,
  found,
}: {
  caption: string;
  tests: readonly TestedGap[];
  found: readonly TestedGap[];
}): VNode {
  const t = useTexts();
  return (
    <Table
      caption={caption}
      words={3}
      head={[t.group, t.comparedWith, t.what, t.difference, 'p', t.holm, t.bh]}
      rows={tests.slice(0, SHOWN).map((gap) => {
        const { attributes, group, against, aspect, rate, value, ci95, p, holm, bh } = gap;
        const bold = (cell: ComponentChildren) =>
          found.includes(gap) ? <strong>{cell}</strong> : <span class="plain">{cell}</span>;
        return [
          bold(groupName(attributes, group)),
          against ? groupName(attributes, against) : t.rest,
          rate && aspect === 'odds'
            ? (rate.side === 'above' ? t.above : t.below)(rate.k)
            : t.aspects[aspect],
          <Value value={value} ci95={ci95} sign />,
          chance(p),
          bold(chance(holm)),
          chance(bh),
        ];
      })}
    />
  );
}

function Rates({ report: { divisions, grades } }: { report: SubgroupReport }): VNode | null {
  const t = useTexts();
  const rows = divisions
    .filter(({ attributes }) => attributes.length === 1)
    .flatMap(({ attributes, groups }) =>
      groups.flatMap(({ values, judged }) => {
        if (!judged) return [];
        const value = (k: number, side: 'above' | 'below') =>
          decimal(judged.rates.find((rate) => rate.k === k && rate.side === side)?.value, 2);
        return [
          [
            groupName(attributes, values),
            ...Array.from(
              { length: grades - 1 },
              (_, k) => `${value(k, 'above')} / ${value(k, 'below')}`,
            ),
          ],
        ];
      }),
    );
  if (rows.length === 0) return null;
  return (
    <Table
      caption={t.rates}
      head={[t.group, ...Array.from({ length: grades - 1 }, (_, k) => t.threshold(k))]}
      rows={rows}
    />
  );
}

function Associations({ of }: { of: readonly Association[] }): VNode | null {
  const t = useTexts();
  if (of.length === 0) return null;
  return (
    <Table
      caption={t.associations}
      words={2}
      head={[t.attribute, t.measure, '', t.size, 'p', t.holm]}
      rows={of.map(({ attribute, measure, value, subjects, p, holm }) => [
        attribute,
        t[measure],
        measure === 'spearman' ? signed(value) : decimal(value),
        count(subjects),
        chance(p),
        holm !== null && holm <= 0.05 ? <strong>{chance(holm)}</strong> : chance(holm),
      ])}
    />
  );
}

function NotJudged({
  report: { divisions, leftOut, minSubjects },
}: {
  report: SubgroupReport;
}): VNode | null {
  const t = useTexts();
  const language = useLanguage();
  const small = divisions.flatMap(({ attributes, groups }) =>
    groups.flatMap(({ values, judged, subjects }) =>
      judged ? [] : [groupName(attributes, values) + inBrackets(t.subjects(subjects), language)],
    ),
  );
  if (small.length === 0 && leftOut.length === 0) return null;
  const reason = ({ reason, as }: LeftOut) =>
    reason === 'sameGroups' ? t.reasons.sameGroups((as ?? []).join(' × ')) : t.reasons[reason];
  return (
    <>
      <h3>{t.notJudged}</h3>
      {small.length > 0 && (
        <p class="skipped">
          {t.tooSmall(minSubjects)}
          {small.slice(0, SHOWN).join(t.semicolon)}
          {small.length > SHOWN && ` … ${t.more(small.length - SHOWN)}`}
        </p>
      )}
      {leftOut.length > 0 && (
        <p class="skipped">
          {t.leftOut}
          {leftOut
            .map((one) => one.attributes.join(' × ') + inBrackets(reason(one), language))
            .join(t.semicolon)}
        </p>
      )}
    </>
  );
}
