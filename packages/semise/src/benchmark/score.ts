// The one look at the split on which a run is scored.

import { dirname, resolve } from 'node:path';
import { evaluate } from '../evaluation/evaluate.js';
import type { Prediction } from '../evaluation/prediction.js';
import { ROW_METRICS, type Row } from './rows.js';
import type { Shown } from './shown.js';

export interface Score extends Pick<Row, 'metrics' | 'confusion' | 'n' | 'subjects'> {
  /** Of the scored images, their grades put in. */
  readonly predictions: Prediction[];
}

/** Joins what a run predicted with the grades that were hidden from it. */
export function score(
  predictions: readonly Prediction[],
  { labels, hidden, grades }: Shown,
  split: Row['split'],
): Score {
  const folder = dirname(labels);
  const scored = predictions.flatMap((p) => {
    const grade = hidden.get(resolve(folder, p.image));
    return grade === undefined ? [] : [{ ...p, split, grade }];
  });
  if (scored.length !== hidden.size) {
    throw new Error(`${scored.length} of ${hidden.size} images to score on were predicted`);
  }
  const result = evaluate(scored, { grades, seed: 0, draws: 0 });
  const metrics = Object.fromEntries(
    ROW_METRICS.map((metric) => [metric, result[metric]?.value ?? null]),
  ) as NonNullable<Row['metrics']>;
  const { confusion, n, subjects } = result;
  return { predictions: scored, metrics, confusion, n, subjects };
}
