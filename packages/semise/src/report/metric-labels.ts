// What each metric is called and means, for tables that people read.

import type { MetricName } from '../evaluation/measure.js';

export interface MetricLabel {
  label: string;
  /** One line for the reader, range and direction included. */
  meaning: string;
}

export const METRIC_LABELS: Record<MetricName, MetricLabel> = {
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
  spearman: {
    label: 'Spearman ρ',
    meaning: 'rank correlation of severity score and grade; 0 none, 1 perfect',
  },
  pairAccuracy: {
    label: 'Pair accuracy',
    meaning: 'pairs of different grades that the score puts in order; 0.5 chance, 1 perfect',
  },
};
