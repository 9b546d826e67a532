// How the images differ from those the model was tested on, whatever it makes of them.

import type { VNode } from 'preact';
import { chance, count, decimal } from '../format.js';
import { texts } from '../language.js';
import { Section, Table } from '../layout.js';
import type { FeatureDrift, Validation } from './report-data.js';

const useTexts = texts({
  en: {
    title: 'Input drift',
    lead: (internal: string, external: string) =>
      `Compared are ${external} of the external set with ${internal} of the internal test, each subject counting once. Drift says that the images are others, not that the model is wrong on them; no drift does not say that it is right.`,
    size: (images: number, subjects: number) =>
      `${count(images)} images (${count(subjects)} subjects)`,
    none: 'The images of the internal test are no longer where they were, so the external ones cannot be compared with them.',
    embedding: 'What the model sees',
    embeddingCaption:
      'Embeddings of both sets: maximum mean discrepancy (MMD², 0 in the mean where both are alike), permutation test by subject',
    embeddingHead: ['Images', 'MMD²', 'p'],
    all: 'all (another mix of grades also shows here)',
    healthy: (internal: number, external: number) =>
      `healthy only: ${count(external)} external, ${count(internal)} internal (the mix of grades is no explanation)`,
    features: 'How the images look',
    featuresCaption:
      'Population stability index (PSI) of each feature; p by chi-square, adjusted for their number (Holm); bold below 0.05',
    featuresHead: ['Feature', 'External (median)', 'Internal (median)', 'PSI', 'by chance', 'p'],
    name: {
      brightness: 'brightness, 0 to 1',
      spread: 'spread of the grey values',
      contrast: 'contrast (95th less 5th percentile)',
      sharpness: 'sharpness',
      noise: 'noise',
      dark: 'share of dark pixels',
      saturated: 'share of saturated pixels',
      red: "red's part of the light",
      blue: "blue's part of the light",
      score: 'severity score (of the model)',
    } satisfies Record<FeatureDrift['feature'], string>,
  },
  ja: {
    title: '入力のドリフト',
    lead: (internal, external) =>
      `外部データの${external}を、内部テストの${internal}と比較しました（対象者 1 名を 1 件として数えます）。ドリフトがあることは画像が異なることを示すもので、モデルが誤ることを意味しません。ドリフトがないことも、モデルが正しいことを意味しません。`,
    size: (images, subjects) => `画像 ${count(images)} 枚（対象者 ${count(subjects)} 名）`,
    none: '内部テストの画像が元の場所にないため、外部画像と比較できません。',
    embedding: 'モデルから見た画像の分布',
    embeddingCaption:
      '両データの特徴ベクトル：最大平均差異（MMD²。分布が同じなら平均 0）、対象者単位の並べ替え検定',
    embeddingHead: ['画像', 'MMD²', 'p 値'],
    all: '全画像（グレード構成の違いも反映されます）',
    healthy: (internal, external) =>
      `健常のみ：外部 ${count(external)} 枚、内部 ${count(internal)} 枚（グレード構成の違いでは説明できません）`,
    features: '画像の見た目',
    featuresCaption:
      '各特徴の集団安定性指標（PSI）。p 値はカイ二乗検定（Holm 法で多重性を補正）、0.05 未満は太字',
    featuresHead: ['特徴', '外部（中央値）', '内部（中央値）', 'PSI', '偶然による値', 'p 値'],
    name: {
      brightness: '明るさ（0～1）',
      spread: '濃淡のばらつき',
      contrast: 'コントラスト（95－5 パーセンタイル）',
      sharpness: '鮮鋭度',
      noise: 'ノイズ',
      dark: '暗い画素の割合',
      saturated: '飽和画素の割合',
      red: '赤の割合',
      blue: '青の割合',
      score: '重症度スコア（モデル出力）',
    },
  },
});

const p = (value: number): VNode | string =>
  value < 0.05 ? <strong>{chance(value)}</strong> : chance(value);

export function DriftSection({ validation: { drift } }: { validation: Validation }): VNode {
  const t = useTexts();
  if (drift === null) {
    return (
      <Section id="drift" title={t.title}>
        <p>{t.none}</p>
      </Section>
    );
  }
  const { internal, external, embedding, healthyEmbedding } = drift;
  const size = (of: { images: number; subjects: number }) => t.size(of.images, of.subjects);
  return (
    <Section id="drift" title={t.title} lead={t.lead(size(internal), size(external))}>
      <h3>{t.embedding}</h3>
      <Table
        caption={t.embeddingCaption}
        head={t.embeddingHead}
        rows={[
          [t.all, decimal(embedding.mmd2), p(embedding.p)],
          ...(healthyEmbedding
            ? [
                [
                  t.healthy(healthyEmbedding.internal, healthyEmbedding.external),
                  decimal(healthyEmbedding.mmd2),
                  p(healthyEmbedding.p),
                ],
              ]
            : []),
        ]}
      />
      <h3>{t.features}</h3>
      <Table
        caption={t.featuresCaption}
        head={t.featuresHead}
        rows={drift.features.map((row) => [
          t.name[row.feature],
          decimal(row.external),
          decimal(row.internal),
          decimal(row.psi, 2),
          decimal(row.expected, 2),
          p(row.holm),
        ])}
      />
    </Section>
  );
}
