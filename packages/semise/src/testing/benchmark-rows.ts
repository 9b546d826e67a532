// For tests: rows of a benchmark that was never run.

import type { Row } from '../benchmark/index.js';

/** A row of 100 images; `score` is its macro-F1, and its other metrics follow from that. */
export function madeRow({ score = 0.4, ...changes }: Partial<Row> & { score?: number }): Row {
  return {
    dataset: 'knees',
    budget: 10,
    comparisons: 0,
    method: 'semise',
    seed: 1,
    wrong: 0,
    gradeNoise: 0,
    pool: null,
    healthy: 'kept',
    split: 'test',
    config: {
      semise: '0.1.0',
      data: { labels: 'ab' },
      training: { seed: changes.seed ?? 1, encoder: 'small', imageSize: 64, steps: 9, batch: 8 },
      threads: 1,
    },
    images: 500,
    graded: typeof changes.budget === 'number' ? 2 * changes.budget : 20,
    grades: 2,
    metrics: {
      macroF1: score,
      macroRecall: score,
      accuracy: score,
      maee: 3 - score,
      mae: 1 - score,
      worstClassMae: 1 - score / 2,
      qwk: score,
      auroc: score,
      rps: 1 - score,
      spearman: score,
      pairAccuracy: score,
      ece: 1 - score,
    },
    confusion: [
      [30, 20],
      [10, 40],
    ],
    n: 100,
    subjects: 50,
    seconds: 60,
    ...changes,
  };
}
