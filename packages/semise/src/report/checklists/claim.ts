// CLAIM, 2024 update: Checklist for Artificial Intelligence in Medical Imaging (A. S. Tejani et al., Radiology:
// Artificial Intelligence 6(4):e240300, 2024), 44 items, in words of our own.

import { type Chapter, item } from './item.js';

export const CLAIM: readonly Chapter[] = [
  {
    en: 'Title and abstract',
    ja: '標題・抄録',
    items: [
      item(
        '1',
        'Named as a study of AI, with the kind of technology',
        'AI 研究であることと技術の種類の明示',
        ['technology'],
        ['study.title'],
      ),
      item(
        '2',
        'Summary of design, methods, results and conclusions',
        'デザイン、方法、結果、結論の要約',
        ['results'],
        ['study.abstract'],
      ),
    ],
  },
  {
    en: 'Introduction',
    ja: '緒言',
    items: [
      item(
        '3',
        'Scientific and clinical background; intended use and role of the AI',
        '科学的・臨床的背景、AI の使用目的と役割',
        [],
        ['use.background', 'use.purpose'],
      ),
      item('4', 'Aims, objectives and hypotheses', '目的と仮説', [], ['study.objectives']),
    ],
  },
  {
    en: 'Methods: study design',
    ja: '方法：研究デザイン',
    items: [
      item('5', 'Prospective or retrospective', '前向き・後ろ向きの別', [], ['study.design']),
      item('6', 'Goal of the study', '研究の種類', [], ['study.goal']),
    ],
  },
  {
    en: 'Methods: data',
    ja: '方法：データ',
    items: [
      item(
        '7',
        'Sources of the data',
        'データの出所',
        ['dataFile', 'sites'],
        ['data.sources', 'data.dates'],
      ),
      item(
        '8',
        'Inclusion and exclusion criteria',
        '適格基準・除外基準',
        ['excluded'],
        ['data.eligibility'],
      ),
      item(
        '9',
        'Preprocessing',
        '前処理',
        ['preprocessing', 'augmentation'],
        ['data.preprocessing'],
      ),
      item(
        '10',
        'Selection of subsets of the data',
        'データの部分集合の選択',
        ['budget'],
        ['data.subsets'],
      ),
      item('11', 'De-identification', '匿名化・仮名化の方法', [], ['data.deidentification']),
      item(
        '12',
        'Missing data',
        '欠測データの扱い',
        ['missingGrades', 'excluded'],
        ['data.missing'],
      ),
      item('13', 'Image acquisition', '撮影条件', [], ['data.acquisition']),
    ],
  },
  {
    en: 'Methods: reference standard',
    ja: '方法：参照基準',
    items: [
      item(
        '14',
        'How the reference standard was obtained',
        '参照基準の定義と方法',
        [],
        ['reference.definition'],
      ),
      item(
        '15',
        'Why this reference standard',
        '参照基準を選んだ理由',
        [],
        ['reference.rationale'],
      ),
      item(
        '16',
        'Source of the annotations; who annotated',
        'アノテーションの出所と評価者',
        [],
        ['reference.annotators'],
      ),
      item(
        '17',
        'Annotation of the test set',
        'テストデータのアノテーション',
        [],
        ['reference.testSet'],
      ),
      item(
        '18',
        'Variability between and within raters',
        '評価者間・評価者内変動',
        [],
        ['reference.agreement'],
      ),
    ],
  },
  {
    en: 'Methods: data partitions',
    ja: '方法：データ分割',
    items: [
      item(
        '19',
        'How data were assigned to partitions',
        'データの分割方法',
        ['partition', 'counts'],
        [],
      ),
      item(
        '20',
        'Level at which partitions are disjoint',
        '分割が互いに素となる単位',
        ['disjoint', 'duplicates'],
        [],
      ),
    ],
  },
  {
    en: 'Methods: testing data',
    ja: '方法：テストデータ',
    items: [
      item('21', 'Intended sample size', '目標症例数', ['evaluationData'], ['study.sampleSize']),
    ],
  },
  {
    en: 'Methods: model',
    ja: '方法：モデル',
    items: [
      item(
        '22',
        'Detailed description of the model',
        'モデルの詳細',
        ['technology', 'model', 'output'],
        [],
      ),
      item(
        '23',
        'Software libraries, frameworks and packages',
        'ソフトウェア、フレームワーク、パッケージ',
        ['software'],
        [],
      ),
      item(
        '24',
        'Initialisation of the parameters',
        'パラメーターの初期化',
        ['initialisation'],
        [],
      ),
    ],
  },
  {
    en: 'Methods: training',
    ja: '方法：学習',
    items: [
      item(
        '25',
        'Training in detail',
        '学習方法の詳細',
        ['training', 'augmentation', 'imbalance', 'repeat'],
        [],
      ),
      item(
        '26',
        'How the final model was selected',
        '最終モデルの選択方法',
        ['selection'],
        ['analysis.tuning'],
      ),
      item('27', 'Ensembling', 'アンサンブル手法', ['ensemble'], []),
    ],
  },
  {
    en: 'Methods: evaluation',
    ja: '方法：評価',
    items: [
      item('28', 'Performance metrics', '評価指標', ['metrics'], []),
      item(
        '29',
        'Statistical significance and uncertainty',
        '統計的有意性と不確実性',
        ['uncertainty', 'subgroupMethod', 'calibrationMethod', 'workingPoint'],
        [],
      ),
      item(
        '30',
        'Robustness or sensitivity analysis',
        '頑健性・感度分析',
        ['seeds', 'gaps'],
        ['analysis.robustness'],
      ),
      item(
        '31',
        'Explainability or interpretability',
        '説明可能性・解釈可能性',
        ['explanation'],
        ['analysis.explanation'],
      ),
      item(
        '32',
        'Evaluation on internal data',
        '内部データでの評価',
        ['evaluationData', 'results'],
        [],
      ),
      item(
        '33',
        'Testing on external data',
        '外部データでの検証',
        ['external'],
        ['analysis.external'],
      ),
      item('34', 'Registration of the clinical trial', '臨床試験登録', [], ['study.registration']),
    ],
  },
  {
    en: 'Results: data',
    ja: '結果：データ',
    items: [
      item(
        '35',
        'Patients or examinations included and excluded',
        '組み入れ・除外した患者数または検査数',
        ['counts', 'excluded'],
        ['data.eligibility'],
      ),
      item(
        '36',
        'Demographic and clinical characteristics of each partition',
        '分割ごとの人口統計学的・臨床的特徴',
        ['attributes'],
        ['data.demographics'],
      ),
    ],
  },
  {
    en: 'Results: model performance',
    ja: '結果：モデルの性能',
    items: [
      item(
        '37',
        'Performance with statistical uncertainty',
        '性能指標と統計的不確実性',
        ['results', 'uncertainty', 'calibrationResults', 'promises'],
        [],
      ),
      item(
        '38',
        'Diagnostic performance and its precision',
        '診断性能の推定値と精度',
        ['results', 'subgroupResults'],
        [],
      ),
      item('39', 'Analysis of failures', '誤判定の分析', ['failures'], ['analysis.failures']),
    ],
  },
  {
    en: 'Discussion',
    ja: '考察',
    items: [
      item('40', 'Limitations of the study', '研究の限界', ['limits'], ['study.limitations']),
      item(
        '41',
        'Implications for practice, intended use and clinical role',
        '診療への影響、使用目的、臨床的役割',
        [],
        ['study.implications'],
      ),
    ],
  },
  {
    en: 'Other information',
    ja: 'その他の情報',
    items: [
      item(
        '42',
        'Full protocol or further technical details',
        '研究計画書または技術的詳細の参照先',
        ['repeat'],
        ['study.protocol'],
      ),
      item(
        '43',
        'Availability of software, model and data',
        'ソフトウェア、モデル、データの入手方法',
        ['availability'],
        ['model.availability', 'data.access'],
      ),
      item(
        '44',
        'Funding and the role of funders',
        '資金源と資金提供者の役割',
        [],
        ['study.funding'],
      ),
    ],
  },
];
