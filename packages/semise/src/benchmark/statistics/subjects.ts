// How far a figure of a method's runs would move had other subjects been tested: what `overSeeds` leaves out,
// and all that can be said of a method with one run.

import jStat from 'jstat';
import { type Estimate, subjectDraws } from '../../evaluation/bootstrap.js';
import { type Confusion, confusionMatrix } from '../../evaluation/metrics/confusion.js';
import { type Range, scoreEstimate } from '../../evaluation/score-interval.js';

/** Bootstrap draws of subjects. */
const DRAWS = 1000;

/**
 * Mean of a figure over runs with its 95 % score interval over draws of test subjects, from confusion matrices
 * alone. Errs on the long side: a subject counts as one image, and runs, whose matrices do not say which images
 * they got wrong, as wrong on the same ones.
 *
 * @param runs K x K matrices, all of the same images
 * @param subjects that the images are of
 * @param figure null where it is undefined
 * @param range the least and the largest value of the figure
 */
export function overSubjects(
  runs: readonly Confusion[],
  subjects: number,
  figure: (confusion: Confusion) => number | null,
  range: Range,
): Estimate {
  const grades = runs[0].length;
  // Within a grade every run has its images from the lowest predicted grade to the highest.
  const truth = runs[0].flatMap((row, grade) => row.flatMap((n) => repeat(grade, n)));
  const predicted = runs.map((run) => run.flatMap((row) => row.flatMap((n, k) => repeat(k, n))));
  const image = Int32Array.from(truth, (_, i) => i);
  const draws = Array.from(subjectDraws(image, image.length, DRAWS, 0, subjects), (weights) =>
    mean(predicted.map((p) => figure(confusionMatrix(truth, p, grades, weights)))),
  );
  return scoreEstimate(mean(runs.map(figure)), draws, subjects, range);
}

const repeat = (grade: number, times: number): number[] => new Array<number>(times).fill(grade);

const mean = (values: readonly (number | null)[]): number | null =>
  values.includes(null) ? null : jStat.mean(values as number[]);
