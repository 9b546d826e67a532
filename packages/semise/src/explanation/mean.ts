// The mean of something measured on images, with its interval over subjects.

import { percentileInterval, subjectDraws } from '../evaluation/bootstrap.js';
import type { Estimate } from '../evaluation/evaluate.js';

const DRAWS = 1000;

/**
 * @param values of each image, null where undefined: those do not count
 * @param subjects of each image
 */
export function meanOverSubjects(
  values: readonly (number | null)[],
  subjects: readonly string[],
  seed: number,
): Estimate {
  const kept = values.flatMap((value, i) =>
    value === null ? [] : [{ value, subject: subjects[i] }],
  );
  if (kept.length === 0) return { value: null, ci95: null };
  const names = [...new Set(kept.map(({ subject }) => subject))];
  const numbers = new Map(names.map((name, i) => [name, i]));
  const subjectOf = Int32Array.from(kept, ({ subject }) => numbers.get(subject) as number);
  const means: number[] = [];
  for (const weights of subjectDraws(subjectOf, names.length, DRAWS, seed)) {
    let [sum, total] = [0, 0];
    kept.forEach(({ value }, i) => {
      sum += weights[i] * value;
      total += weights[i];
    });
    means.push(sum / total);
  }
  return {
    value: kept.reduce((sum, { value }) => sum + value, 0) / kept.length,
    ci95: percentileInterval(means, names.length),
  };
}
