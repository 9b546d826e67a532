// The split a report speaks of: test where it was evaluated, validation where there is no test.

import type { Metrics } from '../evaluation/evaluate.js';
import type { Prediction, Split } from '../evaluation/prediction.js';
import type { RunReport } from './report-data.js';

export interface Evaluated {
  run: RunReport;
  split: Split;
  metrics: Metrics;
  /** Those of the split. */
  predictions: Prediction[];
  /** K. */
  grades: number;
}

/** The run with its evaluated split; null where neither test nor validation was. */
export function evaluated(run: RunReport): Evaluated | null {
  const split = run.metrics.test ? 'test' : 'validation';
  const metrics = run.metrics[split];
  if (!metrics) return null;
  return {
    run,
    split,
    metrics,
    predictions: run.predictions.filter((p) => p.split === split),
    grades: metrics.confusion.length,
  };
}
