// Whether an attribute goes with the grade in the data that a model learned from. There a confounder
// shows first: where sicker patients sit at one device, a model can learn the device.

import jStat from 'jstat';
import { random } from '../../random.js';
import { ranking } from '../metrics/ranking.js';
import { holm } from '../multiple-testing.js';
import { type Attributes, numbersOf } from './attributes.js';

export interface Association {
  attribute: string;
  /** `cramersV` of categories, 0 none .. 1; `spearman` of numbers, -1..1. */
  measure: 'cramersV' | 'spearman';
  /** Null where grade or attribute are all the same. */
  value: number | null;
  /** By permutation of subjects; null where the value is. */
  p: number | null;
  /** Holm's, over all attributes. */
  holm: number | null;
  /** Subjects with a known value and grade. */
  subjects: number;
}

export interface LearnedImage {
  subject: string;
  grade: number;
  attributes: Attributes;
}

/**
 * Association of each attribute with the grade. A subject counts once: its mean grade to the half, the
 * value of its first image, or the mean of its numbers.
 *
 * @param images the images whose grade a training saw
 */
export function associations(
  images: readonly LearnedImage[],
  attributes: readonly string[],
  { seed, permutations = 1999 }: { seed: number; permutations?: number },
): Association[] {
  const found = attributes.map((attribute): Omit<Association, 'holm'> => {
    const numeric = numbersOf(images.map((image) => image.attributes[attribute] ?? '')) !== null;
    const bySubject = new Map<string, { grades: number[]; values: string[] }>();
    for (const image of images) {
      const value = image.attributes[attribute]?.trim() ?? '';
      if (value === '') continue;
      const subject = bySubject.get(image.subject) ?? { grades: [], values: [] };
      subject.grades.push(image.grade);
      subject.values.push(value);
      bySubject.set(image.subject, subject);
    }
    const subjects = [...bySubject.values()];
    const grades = subjects.map((s) => jStat.mean(s.grades));
    const of: (shuffled: readonly number[]) => number | null = numeric
      ? rankCorrelation(subjects.map((s) => jStat.mean(s.values.map(Number))))
      : (() => {
          const categories = codes(subjects.map((s) => s.values[0]));
          return (shuffled) => cramersV(categories, codes(shuffled.map((g) => Math.round(2 * g))));
        })();
    const value = of(grades);
    let asFar = 1;
    if (value !== null) {
      const stream = random(seed, 'association', attribute);
      for (let draw = 0; draw < permutations; draw++) {
        const other = of(stream.shuffle(grades));
        if (other !== null && Math.abs(other) >= Math.abs(value) * (1 - 1e-12)) asFar++;
      }
    }
    return {
      attribute,
      measure: numeric ? 'spearman' : 'cramersV',
      value,
      p: value === null ? null : asFar / (permutations + 1),
      subjects: subjects.length,
    };
  });
  const adjusted = holm(found.map(({ p }) => p));
  return found.map((one, i) => ({ ...one, holm: adjusted[i] }));
}

/**
 * Cramér's V, 0..1: sqrt(chi² / (n (min(rows, columns) - 1))) of the table of two categories (Cramér,
 * Mathematical Methods of Statistics, 1946, section 21.9); as `scipy.stats.contingency.association`.
 * Null where either is always the same.
 *
 * @param a categories numbered from 0 without a gap
 * @param b so too, of the same things
 */
export function cramersV(a: ArrayLike<number>, b: ArrayLike<number>): number | null {
  const n = a.length;
  const size = (of: ArrayLike<number>) => {
    let most = -1;
    for (let i = 0; i < n; i++) if (of[i] > most) most = of[i];
    return most + 1;
  };
  const [rows, columns] = [size(a), size(b)];
  if (Math.min(rows, columns) < 2) return null;
  const table = new Float64Array(rows * columns);
  const [inRow, inColumn] = [new Float64Array(rows), new Float64Array(columns)];
  for (let i = 0; i < n; i++) {
    table[a[i] * columns + b[i]]++;
    inRow[a[i]]++;
    inColumn[b[i]]++;
  }
  // chi² / n = sum of O² / (row x column) - 1.
  let phi = -1;
  for (let r = 0; r < rows; r++)
    for (let c = 0; c < columns; c++) phi += table[r * columns + c] ** 2 / (inRow[r] * inColumn[c]);
  return Math.sqrt(Math.max(0, phi) / (Math.min(rows, columns) - 1));
}

/** Spearman's rho of fixed values with others, ties sharing their average rank. */
function rankCorrelation(values: readonly number[]): (others: readonly number[]) => number | null {
  const first = centredRanks(values);
  const ownSquares = first.reduce((sum, rank) => sum + rank * rank, 0);
  return (others) => {
    const second = centredRanks(others);
    const squares = second.reduce((sum, rank) => sum + rank * rank, 0);
    if (ownSquares === 0 || squares === 0) return null;
    return (
      first.reduce((sum, rank, i) => sum + rank * second[i], 0) / Math.sqrt(ownSquares * squares)
    );
  };
}

function centredRanks(values: readonly number[]): Float64Array {
  const ranks = new Float64Array(values.length);
  const { order, ends } = ranking(values);
  let at = 0;
  for (const end of ends) {
    const rank = (at + end - values.length) / 2;
    for (; at < end; at++) ranks[order[at]] = rank;
  }
  return ranks;
}

/** Values numbered from 0 in the order they come. */
function codes(values: readonly (string | number)[]): Int32Array {
  const number = new Map<string | number, number>();
  return Int32Array.from(values, (value) => {
    if (!number.has(value)) number.set(value, number.size);
    return number.get(value)!;
  });
}
