// The methods' summaries in other languages.

import type { Language } from './language.js';

/** By the English summary (`methods/`). */
const JA: Record<string, string> = {
  'grades, severity axis and comparisons together; grades by cut points on the axis, the expected grade and a guess by patches together':
    'グレード、重症度軸、比較判定を同時に学習。グレードは重症度軸、期待グレード、パッチによる推定を合わせたスコアの閾値により決定',
  'SEMISE as published: NT-Xent with healthy-anomaly contrast, then with preferences':
    '論文どおりの SEMISE：NT-Xent と健常・異常対比学習、続いて選好学習',
  'cross-entropy on the graded images alone': 'グレード付き画像のみを用いた交差エントロピー学習',
  'cross-entropy with class weights on the graded images alone':
    'グレード付き画像のみを用いた、クラス重み付き交差エントロピー学習',
  'ordinal regression (CORN) on the graded images alone':
    'グレード付き画像のみを用いた順序回帰（CORN）',
  'preferences of grades and comparisons on one score alone':
    'グレードと比較判定による選好学習（単一スコアのみ）',
  'same or different grade, then the median distance to healthy images':
    'グレードの異同を学習し、健常画像群との距離の中央値をスコアとする方法',
  'healthy-anomaly contrast, then preferences, then fine-tuning on the grades':
    '健常・異常対比学習、選好学習の後、グレードで微調整',
  'supervised contrast of the graded images, then the grades':
    'グレード付き画像の教師あり対比学習の後、グレードを学習',
  'Rank-N-Contrast of the graded images, then the grades':
    'グレード付き画像の Rank-N-Contrast の後、グレードを学習',
  'Rank-N-Contrast of all images, ordered by grades and seriation, then the grades':
    '全画像の Rank-N-Contrast（グレードと系列化による順序付け）の後、グレードを学習',
  'NT-Xent on all images, then fine-tuning on the grades':
    '全画像で NT-Xent による事前学習の後、グレードで微調整',
  'NT-Xent on all images, then a linear head on the grades':
    '全画像で NT-Xent による事前学習の後、グレードで線形層のみを学習',
  'MoCo v2 on all images, then the grades': '全画像で MoCo v2 による事前学習の後、グレードを学習',
  'BYOL on all images, then the grades': '全画像で BYOL による事前学習の後、グレードを学習',
  'VICReg on all images, then the grades': '全画像で VICReg による事前学習の後、グレードを学習',
  'grades, and the probabilities of the averaged weights':
    'グレードと、平均化した重みによる予測確率を教師とする半教師あり学習',
  'grades, and labels that the averaged weights are sure of':
    'グレードと、平均化した重みが高い確信度で付けた疑似ラベルによる半教師あり学習',
  'FixMatch with thresholds that follow each grade': 'グレードごとに追従する閾値を用いた FixMatch',
  'graded images and guessed ones, mixed with one another':
    'グレード付き画像と推定ラベル付き画像を混合する半教師あり学習',
  'mixed grades, and one answer for two views and their mixture':
    'グレードの混合と、2 つのビューおよびその混合に対する予測の一致を課す半教師あり学習',
};

/** A method's summary; as it is where the language has none. */
export const methodIn = (summary: string, language: Language): string =>
  language === 'ja' ? (JA[summary] ?? summary) : summary;
