// For tests: a training without files, of pictures in memory.

import { DEFAULT_SETTINGS } from '../methods/index.js';
import { random } from '../random.js';
import type { TrainingConfig, TrainingData } from '../training/index.js';

const SIDE = 16;
const SHARES = [10, 5, 3]; // images of each grade: health is common, severe disease rare

/** 18 graded images of 9 subjects, 6 ungraded, 4 comparisons (one level, one of weight 1/4). */
export function tinyData(
  channels: 1 | 3 = 1,
  side = SIDE,
): TrainingData & { readonly elsewhere: readonly number[] } {
  const grades = SHARES.flatMap((count, grade) => Array<number>(count).fill(grade));
  const graded = grades.map((grade, i) => ({ index: 2 * i, grade, subject: i >> 1 }));
  const ungraded = [101, 103, 105, 107, 109, 111];
  return {
    read: (index) => {
      const r = random(index, 'tiny pixels');
      const level = 60 + 50 * (grades[index / 2] ?? 1);
      return Uint8Array.from({ length: channels * side * side }, () => level + r.integer(80));
    },
    subject: (index) => index >> 2,
    graded,
    any: [...graded.map(({ index }) => index), ...ungraded],
    comparisons: [
      { more: 34, less: 0, weight: 1, tie: false },
      { more: 30, less: 103, weight: 0.25, tie: false },
      { more: 101, less: 2, weight: 1, tie: false },
      { more: 105, less: 107, weight: 1, tie: true },
    ],
    elsewhere: [200, 202],
  };
}

/** A training of a few steps on `tinyData`. */
export const tinyConfig = (changes: Partial<TrainingConfig> = {}): TrainingConfig => ({
  seed: 7,
  method: 'semise',
  settings: DEFAULT_SETTINGS,
  encoder: 'small',
  imageSize: SIDE,
  channels: 1,
  grades: SHARES.length,
  pixels: { mean: [0.5], deviation: [0.2] },
  views: 'xray',
  viewStrength: 1,
  steps: 6,
  batch: 8,
  optimizer: 'adamw',
  learningRate: 2e-3,
  weightDecay: 0.05,
  accumulate: 1,
  clipNorm: 5,
  averageDecay: 0.99,
  provider: 'cpu',
  threads: null,
  ...changes,
});
