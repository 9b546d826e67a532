// What only people can say of a model, a field each: who fills it in, and what it tells. It comes as a
// YAML or JSON file (--card), and answers the open items of the model card and the checklists.

import { z } from 'zod';
import type { Text } from './language.js';

/** Who can answer. */
export type Role =
  | 'lead'
  | 'developer'
  | 'clinician'
  | 'data'
  | 'statistician'
  | 'ethics'
  | 'manager';

export interface FieldDescription {
  readonly by: Role;
  readonly en: string;
  readonly ja: string;
}

export const ROLES: Record<Role, { en: string; ja: string }> = {
  lead: { en: 'study lead', ja: '研究責任者' },
  developer: { en: 'developer', ja: '開発担当者' },
  clinician: { en: 'clinician', ja: '臨床担当者' },
  data: { en: 'data manager', ja: 'データ管理者' },
  statistician: { en: 'statistician', ja: '統計担当者' },
  ethics: { en: 'ethics office', ja: '倫理審査担当者' },
  manager: { en: 'person in charge of use', ja: '運用責任者' },
};

const field = (by: Role, en: string, ja: string): FieldDescription => ({ by, en, ja });

/** Every field of a card, by section. */
export const CARD_FIELDS = {
  model: {
    name: field('lead', 'name of the model', 'モデルの名称'),
    version: field('developer', 'version and date', 'バージョンと日付'),
    developers: field('lead', 'people and organisation who made it', '開発者・開発組織'),
    contact: field('lead', 'where questions go', '問い合わせ先'),
    licence: field('developer', 'licence of the model', 'モデルの使用許諾条件'),
    availability: field(
      'developer',
      'where model and code can be had, and under which conditions',
      'モデルとコードの入手方法と条件',
    ),
  },
  use: {
    background: field(
      'clinician',
      'the disease, current practice and existing models',
      '対象疾患、現在の診療、既存のモデル',
    ),
    purpose: field(
      'clinician',
      'intended use and its place in the care pathway',
      '使用目的と診療の流れにおける位置付け',
    ),
    users: field('clinician', 'intended users', '想定する使用者'),
    population: field('clinician', 'patients it is meant for', '対象とする患者集団'),
    outOfScope: field('clinician', 'uses that are out of scope', '対象外の使用'),
    interaction: field(
      'clinician',
      'what users do with input and output, and the expertise they need',
      '入出力に対する使用者の関与と、必要な専門知識',
    ),
    poorInput: field(
      'clinician',
      'what is done in use about poor or missing images',
      '使用時の画質不良・欠損画像への対処',
    ),
    inequalities: field(
      'clinician',
      'known health inequalities between groups of people',
      '知られている集団間の健康格差',
    ),
  },
  study: {
    title: field('lead', 'title of the study', '研究課題名'),
    abstract: field('lead', 'structured summary', '構造化抄録'),
    objectives: field('lead', 'aims and hypotheses', '目的と仮説'),
    goal: field(
      'lead',
      'kind of study, e.g. model creation, feasibility, non-inferiority',
      '研究の種類（例：モデル開発、実現可能性、非劣性）',
    ),
    design: field('lead', 'prospective or retrospective', '前向き・後ろ向きの別'),
    sampleSize: field(
      'statistician',
      'intended sample size and its reason',
      '目標症例数とその根拠',
    ),
    protocol: field(
      'lead',
      'where the protocol is, or that there is none',
      '研究計画書の所在または有無',
    ),
    registration: field(
      'lead',
      'registry and number, or that there is none',
      '登録機関と番号、または未登録の旨',
    ),
    funding: field('lead', 'funding and the role of funders', '資金源と資金提供者の役割'),
    interests: field('lead', 'conflicts of interest', '利益相反'),
    involvement: field('lead', 'part that patients and the public took', '患者・市民の参画'),
    interpretation: field(
      'lead',
      'what the results mean, fairness included',
      '公平性を含む結果の解釈',
    ),
    limitations: field('lead', 'limitations of the study', '研究の限界'),
    implications: field('clinician', 'implications for practice', '診療への影響'),
    nextSteps: field('lead', 'next steps of research', '今後の研究'),
  },
  data: {
    sources: field('data', 'where the images come from, and why these', '画像の出所と選定理由'),
    dates: field('data', 'first and last date of the images', '画像の収集期間'),
    setting: field('data', 'kind, number and place of centres', '施設の種別、数、所在地'),
    eligibility: field('data', 'inclusion and exclusion criteria', '適格基準・除外基準'),
    subsets: field(
      'data',
      'how images were selected before semise saw them',
      '取り込み前の画像の選択方法',
    ),
    preprocessing: field(
      'data',
      'processing and quality checks before semise, and whether alike in all groups',
      '取り込み前の前処理・品質確認と、集団間での同一性',
    ),
    treatments: field('data', 'treatments received', '受けた治療'),
    acquisition: field('data', 'devices and protocols of acquisition', '撮影装置と撮影条件'),
    deidentification: field('data', 'how images were de-identified', '匿名化・仮名化の方法'),
    missing: field('data', 'missing data and how they were handled', '欠測データとその扱い'),
    demographics: field(
      'data',
      'demographic and clinical characteristics of each split',
      '分割ごとの人口統計学的・臨床的特徴',
    ),
    representativeness: field(
      'data',
      'how far the data represent the intended patients',
      '対象患者集団に対する代表性',
    ),
    access: field('data', 'whether and how the data can be had', 'データの入手可否と方法'),
  },
  reference: {
    definition: field(
      'clinician',
      'what each grade means and how it was assessed',
      '各グレードの定義と判定方法',
    ),
    rationale: field('clinician', 'why this reference standard', 'この参照基準を選んだ理由'),
    annotators: field(
      'clinician',
      'number, qualification and training of the graders',
      '評価者の人数、資格、訓練',
    ),
    testSet: field('clinician', 'how the test images were graded', 'テスト画像の判定方法'),
    blinding: field('clinician', 'what the graders did not know', '評価者の盲検化'),
    agreement: field(
      'statistician',
      'agreement between and within graders',
      '評価者間・評価者内の一致度',
    ),
  },
  analysis: {
    rationale: field('statistician', 'why this kind of model', 'このモデルを選んだ理由'),
    tuning: field(
      'developer',
      'what was tried before this run, and chosen by what',
      'この学習の前に試した設定と選択の基準',
    ),
    robustness: field('statistician', 'robustness and sensitivity analyses', '頑健性・感度分析'),
    subgroups: field(
      'statistician',
      'results by group of people, site and device',
      '患者集団・施設・装置別の成績',
    ),
    explanation: field(
      'developer',
      'methods of explanation and how they were validated',
      '説明可能性の手法とその検証',
    ),
    external: field('statistician', 'test on external data', '外部データでの検証'),
    difference: field(
      'statistician',
      'how development and evaluation data differ',
      '開発データと評価データの違い',
    ),
    failures: field('clinician', 'what wrong grades have in common', '誤判定に共通する特徴'),
    updating: field(
      'statistician',
      'updates of the model after evaluation',
      '評価後のモデルの更新',
    ),
  },
  ethics: {
    approval: field('ethics', 'committee and number of the approval', '倫理審査委員会と承認番号'),
    consent: field(
      'ethics',
      'informed consent, opt-out or waiver',
      '同意取得、オプトアウト、または免除',
    ),
    sensitiveData: field(
      'ethics',
      'personal data in use and how they are protected',
      '個人情報の取り扱いと保護',
    ),
    risks: field('ethics', 'risks and harms of wrong output', '誤った出力による危険性と害'),
    mitigations: field('ethics', 'what is done against them', '危険性への対策'),
    fairness: field('lead', 'what was done for fairness, and why', '公平性のための取り組みと理由'),
  },
  change: {
    modifications: field('manager', 'changes that are planned', '予定する変更'),
    data: field(
      'data',
      'where new training and test images come from, and who grades them',
      '新しい学習・テスト画像の出所と評価者',
    ),
    frequency: field('manager', 'when and how often', '変更の時期と頻度'),
    responsible: field('manager', 'who decides and signs', '決定・承認の責任者'),
    deployment: field(
      'manager',
      'how a change reaches users, and how they are told',
      '変更の導入方法と使用者への周知',
    ),
    rollback: field(
      'manager',
      'when and how the former model comes back',
      '旧モデルへ戻す条件と手順',
    ),
    monitoring: field('manager', 'what is watched in use', '使用中の監視'),
    impact: field('manager', 'benefits and risks of the changes', '変更の利益と危険性'),
    regulatory: field(
      'manager',
      'regulatory status, e.g. research only',
      '規制上の位置付け（例：研究専用）',
    ),
  },
} as const satisfies Record<string, Record<string, FieldDescription>>;

type Sections = typeof CARD_FIELDS;
/** `data.eligibility` */
export type CardField = {
  [S in keyof Sections]: `${S}.${keyof Sections[S] & string}`;
}[keyof Sections];

/** Any field may be left out. */
export type Card = { [S in keyof Sections]?: { [F in keyof Sections[S]]?: Text } };

const text = z.union([
  z.string().trim().min(1),
  z.strictObject({ en: z.string().trim().min(1), ja: z.string().trim().min(1) }),
]);

const sections = Object.fromEntries(
  Object.entries(CARD_FIELDS).map(([section, fields]) => [
    section,
    z
      .strictObject(Object.fromEntries(Object.keys(fields).map((name) => [name, text.optional()])))
      .optional(),
  ]),
);

export const cardSchema = z.strictObject(sections) as unknown as z.ZodType<Card>;

const parts = (field: CardField): [section: string, name: string] =>
  field.split('.') as [string, string];

export function describeField(field: CardField): FieldDescription {
  const [section, name] = parts(field);
  const fields: Record<string, Record<string, FieldDescription>> = CARD_FIELDS;
  return fields[section][name];
}

/** What the card says there, if anything. */
export function saidIn(card: Card | undefined, field: CardField): Text | undefined {
  const [section, name] = parts(field);
  return (card as Record<string, Record<string, Text> | undefined> | undefined)?.[section]?.[name];
}

export const CARD_FIELD_NAMES = Object.entries(CARD_FIELDS).flatMap(([section, fields]) =>
  Object.keys(fields).map((name) => `${section}.${name}`),
) as CardField[];
