// ratings.csv: several people graded the same images, or one person graded them twice.

import { InputError } from '../errors.js';
import { eachRow } from './table.js';

/** One person's grade of one image. */
export interface Rating {
  /** As written in the file. */
  readonly image: string;
  /** The patient; null where the file has no such column. */
  readonly subject: string | null;
  readonly rater: string;
  /** 0 = healthy, larger = worse. */
  readonly grade: number;
}

/** Columns of a wide table: `grade_ana`, `grade_2`. */
const WIDE = /^grade_(.+)$/;

/** The raters of a wide table, by the names of its columns; none where it is not wide. */
export const ratersInColumns = (columns: readonly string[]): string[] =>
  columns.flatMap((name) => WIDE.exec(name)?.[1] ?? []);

/**
 * Reads grades of several raters. Long: a line a grade, with `image`, `rater`, `grade` and optional
 * `subject` and `time`. Wide: a line an image, with `image`, two or more columns `grade_NAME` and
 * optional `subject`; labels.csv with such columns is one. An empty grade was not given.
 *
 * @returns in the order of `time`, where the file says it, else in that of the file; grades that one
 *   rater gave to one image several times are all there
 * @throws InputError on other columns, a grade that is no integer from 0 to 99, a time that is none,
 *   an image with two subjects, or a file without a grade
 */
export async function readRatings(file: string): Promise<Rating[]> {
  const ratings: (Rating & { time: number })[] = [];
  const subjects = new Map<string, string>();
  await eachRow(file, ['image'], ['rater', 'grade', 'subject', 'time'], (row, columns) => {
    const { values, line } = row;
    const where = `${file}:${line}`;
    const { image, subject = null } = values;
    if (image === '') throw new InputError(`${where}: image is empty; give the image's path`);
    if (subject === '')
      throw new InputError(
        `${where}: subject is empty; name the patient, or drop the column if none is known`,
      );
    const known = subject === null ? null : (subjects.get(image) ?? subject);
    if (known !== null && known !== subject)
      throw new InputError(
        `${where}: image ${image} has subject ${subject} here and ${known} above; mend one`,
      );
    if (subject !== null) subjects.set(image, subject);
    const time = timeOf(where, values.time ?? '');
    for (const { rater, text } of gradesOf(where, values, columns)) {
      if (text === '') continue;
      if (rater === '')
        throw new InputError(`${where}: rater is empty; say who graded, or drop the row`);
      if (!/^\d{1,2}(\.0+)?$/.test(text))
        throw new InputError(
          `${where}: grade "${text}" of ${rater} is not an integer from 0 to 99; mend it, or leave it empty`,
        );
      ratings.push({ image, subject, rater, grade: Number(text), time });
    }
  });
  if (ratings.length === 0)
    throw new InputError(`${file}: every grade is empty; give the grades of two raters or more`);
  const times = new Set(ratings.map(({ time }) => Number.isNaN(time)));
  if (times.size > 1)
    throw new InputError(`${file}: time is empty in some rows; give it in all, or in none`);
  return (times.has(true) ? ratings : ratings.toSorted((a, b) => a.time - b.time)).map(
    ({ time: _, ...rating }) => rating,
  );
}

/** A number (of a day, say) or a date as ISO 8601 writes it; NaN where empty. */
function timeOf(where: string, text: string): number {
  if (text === '') return Number.NaN;
  const time = Number.isFinite(Number(text)) ? Number(text) : Date.parse(text);
  if (Number.isNaN(time))
    throw new InputError(`${where}: time "${text}" is not a date; write 2025-03-31, or a number`);
  return time;
}

function gradesOf(
  where: string,
  values: Readonly<Record<string, string>>,
  columns: readonly string[],
): { rater: string; text: string }[] {
  if (values.rater !== undefined && values.grade !== undefined)
    return [{ rater: values.rater, text: values.grade }];
  const raters = ratersInColumns(columns);
  if (raters.length < 2)
    throw new InputError(
      `${where}: found the columns ${columns.join(', ')}; give image, rater, grade (a line a grade), ` +
        'or image and a column grade_NAME for each of two raters or more',
    );
  return raters.map((rater) => ({ rater, text: values[`grade_${rater}`] }));
}
