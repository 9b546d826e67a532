// Where grades arrive: whether the model does worse than on its internal test.

import { subjectDraws } from '../bootstrap.js';
import { differenceEstimate } from '../difference-interval.js';
import { labelings, permutationP } from '../drift/permutation.js';
import { pool } from '../drift/sample.js';
import type { Estimate } from '../evaluate.js';
import { gradedSet, rangeOf } from '../measure.js';
import { confusionMatrix } from '../metrics/confusion.js';
import { mae } from '../metrics/grade-error.js';
import { macroF1 } from '../metrics/macro.js';
import { qwk } from '../metrics/qwk.js';
import type { Prediction } from '../prediction.js';
import { scoreEstimate } from '../score-interval.js';

/** The metrics watched, and the sign that makes more of it worse. */
const WATCHED = { macroF1: -1, mae: 1, qwk: -1 } as const;
export type WatchedMetric = keyof typeof WATCHED;
export const WATCHED_METRICS = Object.keys(WATCHED) as WatchedMetric[];
type Values = Record<WatchedMetric, number | null>;

export interface PerformanceDrift {
  /** Graded images of the batch, and their subjects. */
  readonly images: number;
  readonly subjects: number;
  readonly metrics: Readonly<
    Record<
      WatchedMetric,
      { readonly test: number | null; readonly batch: number | null } & {
        /** Batch less internal test, 95 % interval by a bootstrap over the subjects of both. */
        readonly difference: Estimate;
      }
    >
  >;
  /** That subjects of one population differ so much for the worse in the worst of the metrics. */
  readonly p: number;
}

export interface PerformanceOptions {
  readonly grades: number;
  readonly seed: number;
  /** Of the bootstrap and of the permutations, 999 unless told. */
  readonly draws?: number;
}

/** The graded images of both lists count; each needs one at least. @throws InputError as `gradedSet` */
export function performanceDrift(
  test: readonly Prediction[],
  batch: readonly Prediction[],
  { grades, seed, draws = 999 }: PerformanceOptions,
): PerformanceDrift {
  const [first, second] = [test, batch].map((rows) => gradedSet(rows, grades));
  const valuesOf = (set: typeof first, weights?: ArrayLike<number>): Values => {
    const confusion = confusionMatrix(set.truth, set.predicted, grades, weights);
    return { macroF1: macroF1(confusion), mae: mae(confusion), qwk: qwk(confusion) };
  };
  const less = (a: number | null, b: number | null) => (a === null || b === null ? null : a - b);
  const differences = (a: Values, b: Values): Values => ({
    macroF1: less(b.macroF1, a.macroF1),
    mae: less(b.mae, a.mae),
    qwk: less(b.qwk, a.qwk),
  });

  const [a, b] = [valuesOf(first), valuesOf(second)];
  const drawn = (set: typeof first, seed: number) =>
    Array.from(subjectDraws(set.subjectOf, set.subjects, draws, seed), (w) => valuesOf(set, w));
  const [drawnTest, drawnBatch] = [drawn(first, seed), drawn(second, seed + 1)];
  const estimate = (
    metric: WatchedMetric,
    value: number | null,
    of: readonly Values[],
    n: number,
  ): Estimate => {
    const values = of.map((draw) => draw[metric]);
    return scoreEstimate(value, values, n, rangeOf(metric, grades));
  };

  const graded = [test, batch].map((rows) => rows.filter((row) => row.grade !== null));
  const pooled = pool(
    ...(graded.map((rows) => ({ values: rows, subjects: rows.map((row) => row.subject) })) as [
      { values: Prediction[]; subjects: string[] },
      { values: Prediction[]; subjects: string[] },
    ]),
  );
  const all = gradedSet(pooled.values, grades);
  const worse = WATCHED_METRICS.map(() => [] as number[]);
  for (const chosen of labelings(pooled, draws, seed)) {
    const side = (of: number) =>
      Float64Array.from(pooled.subjectOf, (s) => Number(chosen[s] === of));
    const values = differences(valuesOf(all, side(0)), valuesOf(all, side(1)));
    WATCHED_METRICS.forEach((metric, m) => {
      // What is undefined is no worse.
      worse[m].push(values[metric] === null ? -Infinity : WATCHED[metric] * values[metric]);
    });
  }
  const standard = worse.map(standardised);
  const furthest = worse[0].map((_, draw) => Math.max(...standard.map((z) => z[draw])));
  return {
    images: graded[1].length,
    subjects: second.subjects,
    metrics: Object.fromEntries(
      WATCHED_METRICS.map((metric) => [
        metric,
        {
          test: a[metric],
          batch: b[metric],
          difference: differenceEstimate(
            estimate(metric, b[metric], drawnBatch, second.subjects),
            estimate(metric, a[metric], drawnTest, first.subjects),
          ),
        },
      ]),
    ) as unknown as PerformanceDrift['metrics'],
    p: permutationP(furthest),
  };
}

function standardised(values: readonly number[]): number[] {
  const known = values.filter(Number.isFinite);
  const mean = known.reduce((sum, value) => sum + value, 0) / known.length;
  const variance = known.reduce((sum, value) => sum + (value - mean) ** 2, 0) / known.length;
  return values.map((value) => (variance > 0 ? (value - mean) / Math.sqrt(variance) : 0));
}
