// The change-control plan: its parts as the FDA's guidance on Predetermined Change Control Plans for AI-enabled
// device software functions has them (final, December 2024), which are those of Japan's IDATEN, too (Act on
// Pharmaceuticals and Medical Devices, Article 23-2-10-2).

import { type Chapter, item } from './item.js';

export const CHANGE_CONTROL: readonly Chapter[] = [
  {
    en: '1. Description of modifications',
    ja: '1. 変更の内容と範囲',
    items: [
      item('1.1', 'The model that changes start from', '変更前のモデル', ['model', 'results'], []),
      item('1.2', 'Changes that are planned', '予定する変更', [], ['change.modifications']),
      item('1.3', 'Time and frequency', '時期と頻度', [], ['change.frequency']),
    ],
  },
  {
    en: '2. Modification protocol',
    ja: '2. 変更の実施・検証計画',
    items: [
      item(
        '2.1',
        'Data management',
        'データ管理',
        ['dataFile', 'partition', 'duplicates'],
        ['change.data'],
      ),
      item('2.2', 'Retraining', '再学習', ['training', 'repeat'], []),
      item(
        '2.3',
        'Performance evaluation: acceptance limits',
        '性能評価：受入基準',
        ['acceptance'],
        [],
        {
          by: 'statistician',
          en: 'no acceptance limits are stamped for this model; write limits.json, then `semise accept limits.json --run RUN` before the test images are opened',
          ja: 'このモデルの受入基準は確定されていません。limits.json を作成し、テスト画像を開く前に `semise accept limits.json --run RUN` で確定してください',
        },
      ),
      item(
        '2.4',
        'Performance evaluation: measures',
        '性能評価：指標',
        ['metrics', 'uncertainty'],
        [],
      ),
      item(
        '2.5',
        'Performance evaluation: external data',
        '性能評価：外部データ',
        ['external'],
        ['analysis.external'],
      ),
      item('2.6', 'Update: who decides', '更新手順：決定者', [], ['change.responsible']),
      item(
        '2.7',
        'Update: how it reaches users',
        '更新手順：導入と周知',
        [],
        ['change.deployment'],
      ),
      item(
        '2.8',
        'Update: return to the former model',
        '更新手順：旧モデルへの復帰',
        [],
        ['change.rollback'],
      ),
      item('2.9', 'Watching in use', '使用中の監視', [], ['change.monitoring']),
    ],
  },
  {
    en: '3. Impact assessment',
    ja: '3. 影響評価',
    items: [
      item('3.1', 'Benefits and risks of the changes', '変更の利益と危険性', [], ['change.impact']),
      item(
        '3.2',
        'Risks of wrong output and what is done against them',
        '誤った出力の危険性と対策',
        [],
        ['ethics.risks', 'ethics.mitigations'],
      ),
      item('3.3', 'Regulatory status', '規制上の位置付け', ['notDevice'], ['change.regulatory']),
    ],
  },
];

/** Changes that semise can make and verify. Which of them are planned is for people to say. */
export const POSSIBLE_CHANGES = {
  en: [
    [
      'Retraining with new images',
      'same grades, encoder and image size; no image of the test split or of an external set in training',
      '`semise train --data NEW.csv --init RUN --out NEW`, `semise accept limits.json --run NEW`, `semise validate NEW --data external.csv --acceptance limits.json --out DIR` ends with exit code 0',
    ],
    [
      'New thresholds or calibration',
      'weights unchanged; fitted on validation images only',
      '`semise validate` as above, on images that the thresholds were not fitted to',
    ],
    [
      'New site or device',
      'model unchanged; input of the same kind',
      '`semise validate RUN --data site.csv --site NAME --acceptance limits.json --out DIR` before the first use there',
    ],
    [
      'New version of the software',
      'model.onnx unchanged (the SHA-256 of this report)',
      '`semise evaluate RUN --data labels.csv --split test` gives the figures of this report',
    ],
  ],
  ja: [
    [
      '新しい画像による再学習',
      'グレード、エンコーダー、画像サイズは変更しない。テストデータおよび外部データの画像を学習に使用しない',
      '`semise train --data NEW.csv --init RUN --out NEW`、`semise accept limits.json --run NEW`、`semise validate NEW --data external.csv --acceptance limits.json --out DIR` が終了コード 0 で終わること',
    ],
    [
      '閾値または確率の較正の変更',
      '重みは変更しない。検証データのみで決定する',
      '閾値の決定に使用していない画像で、上記と同じ `semise validate` を実施',
    ],
    [
      '新しい施設または装置での使用',
      'モデルは変更しない。入力の種類は同じ',
      '使用開始前に `semise validate RUN --data site.csv --site NAME --acceptance limits.json --out DIR` を実施',
    ],
    [
      'ソフトウェアの新しいバージョン',
      'model.onnx は変更しない（本報告書の SHA-256 と一致）',
      '`semise evaluate RUN --data labels.csv --split test` の結果が本報告書の成績と一致すること',
    ],
  ],
} as const;
