// Images with the subjects they come from. Images of one subject are alike, so a subject counts once,
// however many images it has: each of m images counts 1/m, and permutations exchange whole subjects.

import { InputError } from '../../errors.js';

/** A value an image, e.g. a score, a device or an embedding, and whose image it is. */
export interface Sample<T> {
  readonly values: readonly T[];
  /** Of each value. */
  readonly subjects: readonly string[];
}

/** Two samples as one, the subjects of the first numbered before those of the second. */
export interface Pooled<T> {
  readonly values: readonly T[];
  /** Number of each image's subject. A subject in both samples has two. */
  readonly subjectOf: Int32Array;
  /** 1 over the number of the subject's images. */
  readonly weights: Float64Array;
  /** Subjects of the first and of the second sample. */
  readonly first: number;
  readonly second: number;
}

/** @throws InputError where a sample is empty */
export function pool<T>(first: Sample<T>, second: Sample<T>): Pooled<T> {
  const number = new Map<string, number>();
  const counts: number[] = [];
  const ends: number[] = [];
  const subjectOf = [first, second].flatMap(({ values, subjects }, side) => {
    if (values.length === 0) throw new InputError('a sample to compare has no image; give some');
    if (values.length !== subjects.length)
      throw new RangeError(`${values.length} values of ${subjects.length} subjects`);
    const numbers = subjects.map((subject) => {
      const key = `${side} ${subject}`;
      const known = number.get(key) ?? number.size;
      number.set(key, known);
      counts[known] = (counts[known] ?? 0) + 1;
      return known;
    });
    ends.push(number.size);
    return numbers;
  });
  return {
    values: [...first.values, ...second.values],
    subjectOf: Int32Array.from(subjectOf),
    weights: Float64Array.from(subjectOf, (subject) => 1 / counts[subject]),
    first: ends[0],
    second: ends[1] - ends[0],
  };
}
