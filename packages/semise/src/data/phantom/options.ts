// What a phantom cohort is made of: the options, their defaults and their bounds.

import { InputError } from '../../errors.js';

/** Associations between severity and something that is not disease; all off unless switched on. */
export interface Confounders {
  /** Site 2 sees the sicker patients (needs `sites: 2`). */
  siteSeverity?: boolean;
  /** Sicker patients sit at device B, which burns a bright mark into a corner of its images. */
  deviceMarker?: boolean;
  /** Sicker patients are older, and age shows: a yellower lens; more fat in the breast. */
  ageSeverity?: boolean;
}

export interface PhantomOptions {
  /** Folder to write; it must not exist yet, or be empty. */
  out: string;
  seed: number;
  subjects: number;
  /** Fewest and most images a subject has, each number in between equally likely. */
  imagesPerSubject: readonly [min: number, max: number];
  /** Number of grades: 0 (healthy) .. grades - 1. */
  grades: number;
  modality: 'fundus' | 'ultrasound';
  /** Width and height of an image in pixels, 32..1024. */
  size: number;
  /** How strong the nuisances are and how faint the lesions: 0..1, 'easy' is 0.2, 'hard' is 0.8. */
  difficulty: 'easy' | 'hard' | number;
  /** Standard deviation of the rater's error in widths of a grade: 0.25 misplaces about one in five. */
  graderNoise: number;
  /** How many training images carry a grade, spread evenly over the grades; the rest are empty. */
  graded: number | 'all';
  /** Lines of comparisons.csv. */
  comparisons: number;
  /** Share of the comparisons that are answered the wrong way round, 0..1. */
  wrongComparisons: number;
  confounders: Confounders;
  /** The one device of all subjects, B with its mark; null = both, the mark by `confounders`. */
  device: 'A' | 'B' | null;
  /** The lens of the eye yellows with age, as it does with the confounder age (fundus). */
  agedLens: boolean;
  sites: 1 | 2;
  /** Also write the lesion masks. */
  masks: boolean;
  /** Called as images are written; what it throws ends the writing and leaves nothing behind. */
  onProgress?: (done: number, total: number) => void;
}

export const PHANTOM_DEFAULTS: Omit<PhantomOptions, 'out' | 'onProgress'> = {
  seed: 1,
  subjects: 320,
  imagesPerSubject: [1, 3],
  grades: 5,
  modality: 'fundus',
  size: 128,
  difficulty: 0.5,
  graderNoise: 0.25,
  graded: 'all',
  comparisons: 200,
  wrongComparisons: 0.1,
  confounders: {},
  device: null,
  agedLens: false,
  sites: 2,
  masks: true,
};

/** Difficulty as a number, 0..1. */
export function difficultyLevel(difficulty: PhantomOptions['difficulty']): number {
  return difficulty === 'easy' ? 0.2 : difficulty === 'hard' ? 0.8 : difficulty;
}

/** @throws InputError for the first option out of its bounds. */
export function checkOptions(options: PhantomOptions): void {
  const whole = (field: keyof PhantomOptions, value: number, low: number, high: number) => {
    if (!Number.isInteger(value) || value < low || value > high)
      throw new InputError(
        `phantom: ${field} is ${value}; give a whole number from ${low} to ${high}`,
      );
  };
  const real = (field: keyof PhantomOptions, value: number, low: number, high: number) => {
    if (!(value >= low && value <= high))
      throw new InputError(`phantom: ${field} is ${value}; give a number from ${low} to ${high}`);
  };
  const oneOf = (field: keyof PhantomOptions, value: unknown, allowed: unknown[]) => {
    if (!allowed.includes(value))
      throw new InputError(`phantom: ${field} is ${value}; give ${allowed.join(' or ')}`);
  };
  const [fewest, most] = options.imagesPerSubject;
  whole('seed', options.seed, Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER);
  whole('subjects', options.subjects, 5, 100_000);
  whole('imagesPerSubject', fewest, 1, 20);
  whole('imagesPerSubject', most, fewest, 20);
  whole('grades', options.grades, 2, 10);
  oneOf('modality', options.modality, ['fundus', 'ultrasound']);
  whole('size', options.size, 32, 1024);
  real('difficulty', difficultyLevel(options.difficulty), 0, 1);
  real('graderNoise', options.graderNoise, 0, 2);
  if (options.graded !== 'all') whole('graded', options.graded, 0, Number.MAX_SAFE_INTEGER);
  whole('comparisons', options.comparisons, 0, 10_000_000);
  real('wrongComparisons', options.wrongComparisons, 0, 1);
  oneOf('device', options.device, ['A', 'B', null]);
  oneOf('sites', options.sites, [1, 2]);
  if (options.confounders.siteSeverity && options.sites === 1)
    throw new InputError('phantom: the confounder site needs 2 sites; ask for two, or for another');
}
