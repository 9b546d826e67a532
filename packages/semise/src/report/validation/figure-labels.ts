// What each figure of a validation is called and means.

import {
  AT_A_GRADE,
  type FigureKey,
  type FigureName,
  figureOf,
} from '../../evaluation/acceptance/figures.js';
import { texts } from '../language.js';
import { type MetricLabel, useMetricLabels } from '../metric-labels.js';

type Own = Exclude<FigureName, keyof ReturnType<typeof useMetricLabels>>;

const useOwn = texts<{
  of: Record<Own, MetricLabel>;
  from: (label: string, grade: number) => string;
}>({
  en: {
    of: {
      ece: {
        label: 'Calibration error (ECE)',
        meaning:
          'how far the probability of the predicted grade is from how often it is right; 0 is perfect, lower is better',
      },
      eceDebiased: {
        label: 'Calibration error, debiased',
        meaning: 'the same freed of what chance brings (a root mean square); lower is better',
      },
      sensitivity: {
        label: 'Sensitivity',
        meaning:
          'share of images at or above the grade that the model puts there; higher is better',
      },
      specificity: {
        label: 'Specificity',
        meaning: 'share of images below the grade that the model puts there; higher is better',
      },
    },
    from: (label, grade) => `${label}, grade ${grade} and above`,
  },
  ja: {
    of: {
      ece: {
        label: '較正誤差（ECE）',
        meaning: '予測グレードの確率と実際の正解率との隔たり。0 が最良、低いほど良い',
      },
      eceDebiased: {
        label: '較正誤差（偶然の偏りを補正）',
        meaning: '偶然による偏りを除いた較正誤差（二乗平均平方根）。低いほど良い',
      },
      sensitivity: {
        label: '感度',
        meaning: '指定グレード以上の画像のうち、モデルもそう判定した割合。高いほど良い',
      },
      specificity: {
        label: '特異度',
        meaning: '指定グレード未満の画像のうち、モデルもそう判定した割合。高いほど良い',
      },
    },
    from: (label, grade) => `${label}（グレード ${grade} 以上）`,
  },
});

/** In a component: what a figure is called. */
export function useFigureLabels(): (key: FigureKey) => MetricLabel {
  const metrics: Partial<Record<FigureName, MetricLabel>> = useMetricLabels();
  const own = useOwn();
  return (key) => {
    const { metric, grade } = figureOf(key);
    const { label, meaning } = metrics[metric] ?? own.of[metric as Own];
    const at = AT_A_GRADE.has(metric) && grade !== null;
    return { label: at ? own.from(label, grade) : label, meaning };
  };
}
