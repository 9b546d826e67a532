// The confusion matrix, from which every metric of predicted grades is read, and its rows by grade.

/** Counts of images, rows = the expert's grade, columns = the predicted grade. */
export type Confusion = readonly (readonly number[])[];

export interface GradeRow {
  grade: number;
  /** Images of this grade. */
  n: number;
  /** True among those predicted so; null where none was. */
  precision: number | null;
  /** Found among those of the grade; null where there is none. */
  recall: number | null;
  /** 2 TP / (2 TP + FP + FN); null where the grade is neither in the truth nor predicted. */
  f1: number | null;
}

/**
 * The K x K confusion matrix.
 *
 * @param truth the expert's grades, integers in 0..K-1
 * @param predicted the predicted grades, integers in 0..K-1
 * @param grades K
 * @param weights how often each image counts; once unless told
 */
export function confusionMatrix(
  truth: ArrayLike<number>,
  predicted: ArrayLike<number>,
  grades: number,
  weights?: ArrayLike<number>,
): number[][] {
  const confusion = Array.from({ length: grades }, () => new Array<number>(grades).fill(0));
  for (let i = 0; i < truth.length; i++) confusion[truth[i]][predicted[i]] += weights?.[i] ?? 1;
  return confusion;
}

/** Images of each grade in the truth: the row sums. */
export function rowSums(confusion: Confusion): number[] {
  return confusion.map((row) => row.reduce((sum, count) => sum + count, 0));
}

/** Images predicted as each grade: the column sums. */
export function columnSums(confusion: Confusion): number[] {
  return confusion.map((_, k) => confusion.reduce((sum, row) => sum + row[k], 0));
}

/** Precision, recall and F1 of every grade 0..K-1. */
export function perClass(confusion: Confusion): GradeRow[] {
  const truth = rowSums(confusion);
  const predicted = columnSums(confusion);
  return confusion.map((row, grade) => ({
    grade,
    n: truth[grade],
    precision: ratio(row[grade], predicted[grade]),
    recall: ratio(row[grade], truth[grade]),
    f1: ratio(2 * row[grade], truth[grade] + predicted[grade]),
  }));
}

/** a / b, or null where b is 0: undefined, not zero. */
export function ratio(a: number, b: number): number | null {
  return b === 0 ? null : a / b;
}
