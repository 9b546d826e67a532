// What a run knows of groups of patients.

import { findings, type SubgroupReport, type TestedGap } from '../../evaluation/subgroups/index.js';
import { count, counted, decimal, inBrackets, interval, listed, signed } from '../format.js';
import { groupName } from '../group-name.js';
import type { Language } from '../language.js';
import { useMetricLabels } from '../metric-labels.js';
import type { RunReport } from '../report-data.js';
import { fact } from './fact.js';

/** Groups told in a sentence; the section has all. */
const TOLD = 12;

const tested = ({ subgroups }: RunReport): SubgroupReport | null =>
  subgroups && subgroups.tests.length > 0 ? subgroups : null;

/** Groups by one attribute that are large enough. */
const judged = ({ divisions }: SubgroupReport) =>
  divisions
    .filter(({ attributes }) => attributes.length === 1)
    .flatMap(({ attributes, groups }) =>
      groups.flatMap(({ values, subjects, judged }) =>
        judged ? [{ name: groupName(attributes, values), subjects, metrics: judged.metrics }] : [],
      ),
    );

/** A gap to the rest, or to the group that is named. */
function gapIn(language: Language, names: Record<TestedGap['aspect'], string>) {
  return ({ attributes, group, against, aspect, value, ci95 }: TestedGap): string => {
    const other = against && groupName(attributes, against);
    const to = other === null ? '' : language === 'ja' ? `（対 ${other}）` : ` against ${other}`;
    const range = interval(ci95, language, (v) => signed(v, 2));
    return `${groupName(attributes, group)}${to} ${names[aspect]} ${signed(value, 2)}${inBrackets(range, language)}`;
  };
}

export const SUBGROUP_FACTS = {
  subgroupMethod: fact(tested, {
    en: ({ divisions, minSubjects, permutations, tests }) =>
      `Groups by ${listed(singles(divisions), 'en')}, and by pairs of these where there are any, of ${count(minSubjects)} subjects or more, compared at equal grade: ${counted(tests.length, 'test')} of score, error, rates and calibration, by up to ${count(permutations)} permutations of subjects within grades, together under Holm's correction.`,
    ja: ({ divisions, minSubjects, permutations, tests }) =>
      `${listed(singles(divisions), 'ja')} およびその 2 つの組み合わせによる群（対象者 ${count(minSubjects)} 名以上）を同じグレードどうしで比較：スコア、誤差、判定割合、較正の検定 ${count(tests.length)} 件（グレード内での対象者単位の並べ替え最大 ${count(permutations)} 回、Holm 法で補正）。`,
  }),
  subgroupResults: fact(
    (run, language) => {
      const found = tested(run);
      if (!found) return null;
      const groups = judged(found);
      const { label } = useMetricLabels.in(language).qwk;
      const told = groups.slice(0, TOLD).map(({ name, subjects, metrics: { qwk } }) => {
        const people = language === 'ja' ? `${count(subjects)} 名` : counted(subjects, 'subject');
        return `${name}${inBrackets(people, language)} ${decimal(qwk.value)}${inBrackets(
          interval(qwk.ci95, language),
          language,
        )}`;
      });
      return groups.length === 0 ? null : { label, told, more: groups.length - told.length };
    },
    {
      en: ({ label, told, more }) =>
        `${label} by group: ${told.join('; ')}${more > 0 ? `; ${count(more)} more groups in the section Subgroups` : ''}.`,
      ja: ({ label, told, more }) =>
        `群別の ${label}：${told.join('、')}${more > 0 ? `、ほか ${count(more)} 群（「サブグループ解析」の節に記載）` : ''}。`,
    },
  ),
  gaps: fact(
    (run) => {
      const report = tested(run);
      return report && { found: findings(report).found, tests: report.tests.length };
    },
    {
      en: ({ found, tests }) =>
        found.length === 0
          ? `No gap found among ${counted(tests, 'test')}, which does not prove that there is none.`
          : `${counted(found.length, 'gap')} found among ${counted(tests, 'test')}: ${found
              .slice(0, TOLD)
              .map(
                gapIn('en', {
                  score: 'score (SD)',
                  error: 'error (grades)',
                  odds: 'rate',
                  calibration: 'calibration error',
                }),
              )
              .join('; ')}${found.length > TOLD ? '; the others in the section Subgroups' : ''}.`,
      ja: ({ found, tests }) =>
        found.length === 0
          ? `検定 ${count(tests)} 件で差は検出されず（差がないことの証明ではありません）。`
          : `検定 ${count(tests)} 件のうち ${count(found.length)} 件で差を検出：${found
              .slice(0, TOLD)
              .map(
                gapIn('ja', {
                  score: 'スコア（SD）',
                  error: '誤差（グレード）',
                  odds: '判定割合',
                  calibration: '較正誤差',
                }),
              )
              .join(
                '、',
              )}${found.length > TOLD ? '、その他は「サブグループ解析」の節に記載' : ''}。`,
    },
  ),
};

const singles = (divisions: SubgroupReport['divisions']): string[] =>
  divisions.filter(({ attributes }) => attributes.length === 1).map(({ attributes: [a] }) => a);
