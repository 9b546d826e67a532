// What each metric is called and means, for tables that people read.

import type { MetricName } from '../evaluation/measure.js';
import { texts } from './language.js';

export interface MetricLabel {
  label: string;
  /** One line for the reader, range and direction included. */
  meaning: string;
}

/** In a component; elsewhere `useMetricLabels.in(language)`. */
export const useMetricLabels = texts<Record<MetricName, MetricLabel>>({
  en: {
    macroF1: {
      label: 'Macro-F1',
      meaning: 'mean F1 of the grades, each counting the same; 0 to 1, higher is better',
    },
    macroRecall: {
      label: 'Macro recall',
      meaning: 'mean share of each grade that is found; 0 to 1, higher is better',
    },
    accuracy: { label: 'Accuracy', meaning: 'share graded right; 0 to 1, higher is better' },
    maee: {
      label: 'MAEE',
      meaning: 'mean of exp |error in grades|; 1 is perfect, lower is better',
    },
    mae: { label: 'MAE', meaning: 'mean error in grades; 0 is perfect, lower is better' },
    worstClassMae: {
      label: 'Worst-grade MAE',
      meaning: 'mean error in the grade that fares worst; lower is better',
    },
    qwk: {
      label: 'QWK',
      meaning: 'quadratic weighted kappa: agreement beyond chance; 0 chance, 1 perfect',
    },
    auroc: {
      label: 'AUROC',
      meaning: 'each grade against the rest, mean; 0.5 chance, 1 perfect',
    },
    rps: {
      label: 'RPS',
      meaning: 'ranked probability score of the grade probabilities; 0 is perfect, lower is better',
    },
    brier: {
      label: 'Brier score',
      meaning:
        'squared error of the grade probabilities, summed over grades; 0 is perfect, 2 worst',
    },
    spearman: {
      label: 'Spearman ρ',
      meaning: 'rank correlation of severity score and grade; 0 none, 1 perfect',
    },
    pairAccuracy: {
      label: 'Pair accuracy',
      meaning: 'pairs of different grades that the score puts in order; 0.5 chance, 1 perfect',
    },
  },
  ja: {
    macroF1: {
      label: 'マクロ F1',
      meaning: 'グレードごとの F1 値を均等に平均した値。0～1、高いほど良い',
    },
    macroRecall: {
      label: 'マクロ再現率',
      meaning: 'グレードごとに正しく見つけられた割合の平均。0～1、高いほど良い',
    },
    accuracy: { label: '正解率', meaning: 'グレードが一致した割合。0～1、高いほど良い' },
    maee: {
      label: 'MAEE',
      meaning: 'グレード誤差の絶対値の指数 exp|誤差| の平均。1 が完全一致、低いほど良い',
    },
    mae: { label: 'MAE', meaning: 'グレード誤差の絶対値の平均。0 が完全一致、低いほど良い' },
    worstClassMae: {
      label: '最悪グレードの MAE',
      meaning: '最も成績の悪いグレードにおける平均誤差。低いほど良い',
    },
    qwk: {
      label: 'QWK',
      meaning: '二次重み付きカッパ係数。偶然を超える一致の度合い。0 は偶然、1 は完全一致',
    },
    auroc: { label: 'AUROC', meaning: '各グレード対その他の AUROC の平均。0.5 は偶然、1 は完全' },
    rps: {
      label: 'RPS',
      meaning: 'グレード確率の順位確率スコア（ranked probability score）。0 が最良、低いほど良い',
    },
    brier: {
      label: 'ブライアスコア',
      meaning: 'グレード確率の二乗誤差をグレードについて合計した値の平均。0 が最良、2 が最悪',
    },
    spearman: {
      label: 'スピアマンの ρ',
      meaning: '重症度スコアとグレードの順位相関係数。0 は無相関、1 は完全',
    },
    pairAccuracy: {
      label: 'ペア正順率',
      meaning: 'グレードの異なる 2 画像の順序をスコアが正しく示す割合。0.5 は偶然、1 は完全',
    },
  },
});

export const METRIC_LABELS = useMetricLabels.in('en');
