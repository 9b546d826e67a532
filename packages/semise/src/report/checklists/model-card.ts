// The model card, under the headings of M. Mitchell et al., "Model Cards for Model Reporting" (FAT* 2019,
// arXiv 1810.03993).

import { type Chapter, item } from './item.js';

export const MODEL_CARD: readonly Chapter[] = [
  {
    en: 'Model details',
    ja: 'モデルの詳細',
    items: [
      item(
        '',
        'Who made it, which model it is',
        '開発者とモデルの識別',
        ['technology', 'model'],
        ['model.name', 'model.version', 'model.developers', 'model.licence', 'model.contact'],
      ),
      item('', 'How it was trained', '学習方法', ['training', 'initialisation', 'software'], []),
    ],
  },
  {
    en: 'Intended use',
    ja: '使用目的',
    items: [
      item(
        '',
        'Purpose, users and patients',
        '目的、使用者、対象患者',
        [],
        ['use.purpose', 'use.users', 'use.population'],
      ),
      item('', 'Out of scope', '対象外の使用', ['notDevice'], ['use.outOfScope']),
    ],
  },
  {
    en: 'Factors',
    ja: '影響しうる要因',
    items: [
      item(
        '',
        'Groups of people, devices and settings',
        '患者集団、装置、環境',
        ['sites', 'attributes'],
        ['data.acquisition', 'data.demographics'],
      ),
    ],
  },
  {
    en: 'Metrics',
    ja: '評価指標',
    items: [
      item(
        '',
        'Measures, thresholds and uncertainty',
        '指標、閾値、不確実性',
        ['metrics', 'output', 'uncertainty', 'workingPoint'],
        [],
      ),
    ],
  },
  {
    en: 'Evaluation data',
    ja: '評価データ',
    items: [
      item(
        '',
        'Data sets and preprocessing',
        'データセットと前処理',
        ['evaluationData', 'disjoint', 'preprocessing'],
        ['reference.testSet'],
      ),
      item('', 'External sets', '外部データ', ['external'], ['analysis.external']),
    ],
  },
  {
    en: 'Training data',
    ja: '学習データ',
    items: [
      item(
        '',
        'Data sets',
        'データセット',
        ['trainingData', 'dataFile'],
        ['data.sources', 'data.eligibility'],
      ),
    ],
  },
  {
    en: 'Quantitative analyses',
    ja: '定量的評価',
    items: [
      item(
        '',
        'Results overall and by group',
        '全体および集団別の成績',
        ['results', 'calibrationResults', 'subgroupResults', 'gaps', 'failures'],
        ['analysis.subgroups'],
      ),
    ],
  },
  {
    en: 'Ethical considerations',
    ja: '倫理的配慮',
    items: [
      item(
        '',
        'Sensitive data, risks and mitigations',
        '個人情報、危険性、対策',
        [],
        ['ethics.approval', 'ethics.sensitiveData', 'ethics.risks', 'ethics.mitigations'],
      ),
    ],
  },
  {
    en: 'Caveats and recommendations',
    ja: '注意事項と推奨事項',
    items: [
      item('', 'What else to know', 'その他の注意', ['limits', 'seeds'], ['study.limitations']),
    ],
  },
];
