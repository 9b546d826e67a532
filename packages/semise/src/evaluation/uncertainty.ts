// What a model is told of its own uncertainty on one set of graded images, and `calibration.json`, which keeps it:
// calibrated probabilities, sets of grades with a stated coverage, and the point at which a human must look.

import { z } from 'zod';
import { InputError } from '../errors.js';
import { certainty, keptNeeded, workingPoint } from './abstention.js';
import { CALIBRATION_METHODS, calibrated, calibratorSchema } from './calibration/calibrator.js';
import { chooseCalibrator, SCORE_NAMES } from './calibration/choice.js';
import { conformalThreshold, conformalThresholdsByGrade, predictionSet } from './conformal/sets.js';
import type { Prediction } from './prediction.js';

const share = z.number().min(0).max(1);
const inside = z.number().gt(0).lt(1);
const count = z.number().int().nonnegative();

export const uncertaintySchema = z.object({
  /** K. */
  grades: z.number().int().min(2),
  images: count,
  subjects: count,
  seed: count,
  probabilities: z.object({
    calibrator: calibratorSchema,
    /** Mean RPS of each method on subjects left out; null where there were too few to tell. */
    rps: z.record(z.enum(CALIBRATION_METHODS), share).nullable(),
    /** What decided between them; missing in files of versions that took the smallest RPS. */
    trials: z
      .array(
        z.object({
          from: z.enum(CALIBRATION_METHODS),
          to: z.enum(CALIBRATION_METHODS),
          gains: z.array(
            z.object({
              score: z.enum(SCORE_NAMES),
              mean: z.number(),
              error: z.number().nonnegative(),
            }),
          ),
        }),
      )
      .optional(),
  }),
  sets: z.object({
    coverage: inside,
    /** Which of the two a prediction shows. */
    shown: z.enum(['all', 'byGrade']),
    all: z.object({ threshold: z.number(), subjects: count }).nullable(),
    byGrade: z.object({ thresholds: z.array(z.number()), subjects: z.array(count) }).nullable(),
    /** Why there is none. */
    refused: z.object({ all: z.string().optional(), byGrade: z.string().optional() }),
  }),
  referral: z.object({
    maxError: inside,
    confidence: inside,
    tolerance: count,
    /** Least certainty of an answer that is kept; null = every image goes to a human. */
    threshold: share.nullable(),
    subjects: count,
    kept: count,
    errors: count,
    /** Why every image goes to a human. */
    refused: z.string().optional(),
  }),
});

export type Uncertainty = z.infer<typeof uncertaintySchema>;

export interface UncertaintyOptions {
  /** K. */
  grades: number;
  seed: number;
  /** Stated coverage of the sets; 0.9 unless told. */
  coverage?: number;
  /** Show sets with this coverage in every single grade, not only over all. */
  byGrade?: boolean;
  /** Largest share of wrong answers among those that are kept; 0.1 unless told. */
  maxError?: number;
  /** Confidence in that; 0.95 unless told. */
  confidence?: number;
  /** Grades that an answer may be off without being wrong; 0 unless told. */
  tolerance?: number;
}

/**
 * Fits everything on graded images that neither training nor the reported figures use. The sets and the working
 * point are worked out on the probabilities as the model gives them: those fitted to the same images would
 * promise too much. What the images are too few for is refused, and why is kept.
 *
 * @throws {InputError} with no graded image, or an option out of its range
 */
export function fitUncertainty(
  predictions: readonly Prediction[],
  {
    grades,
    seed,
    coverage = 0.9,
    byGrade = false,
    maxError = 0.1,
    confidence = 0.95,
    tolerance = 0,
  }: UncertaintyOptions,
): Uncertainty {
  const graded = predictions.filter((p) => p.grade !== null);
  if (graded.length === 0) throw new InputError('no graded image to calibrate on; give some');
  for (const [name, value] of Object.entries({ coverage, maxError, confidence })) {
    if (!(value > 0 && value < 1)) {
      throw new InputError(`${name} ${value}: give a share above 0 and below 1`);
    }
  }
  const refused: Uncertainty['sets']['refused'] = {};
  const sets = {
    all: orRefused(
      () => conformalThreshold(graded, coverage, seed),
      (why) => {
        refused.all = why;
      },
    ),
    byGrade: orRefused(
      () => conformalThresholdsByGrade(graded, grades, coverage, seed),
      (why) => {
        refused.byGrade = why;
      },
    ),
  };
  const subjects = new Set(graded.map((p) => p.subject)).size;
  let why: string | undefined;
  const point = orRefused(
    () => workingPoint(graded, { maxError, confidence, tolerance, seed }),
    (message) => {
      why = message;
    },
  );
  if (point?.threshold === null) {
    why = `the surest answers, ${keptNeeded(maxError, confidence)} or more of ${point.subjects} subjects, do not show fewer than ${Number((100 * maxError).toFixed(2))} % wrong`;
  }
  const { calibrator, rps, trials } = chooseCalibrator(graded, seed);
  return {
    grades,
    images: graded.length,
    subjects,
    seed,
    probabilities: { calibrator, rps, trials },
    sets: { coverage, shown: byGrade ? 'byGrade' : 'all', ...sets, refused },
    referral: {
      maxError,
      confidence,
      tolerance,
      ...(point ?? { threshold: null, subjects, kept: 0, errors: 0 }),
      ...(why !== undefined && { refused: why }),
    },
  };
}

function orRefused<T>(work: () => T, refuse: (why: string) => void): T | null {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    refuse(error.message);
    return null;
  }
}

/** What a reader is told beside the grade of an image. */
export interface Doubt {
  /** Probability of each grade as it came true on the images calibrated on; sum 1. */
  calibrated: number[];
  /** Lowest and highest grade of the set; null where no coverage can be stated. */
  set: [lowest: number, highest: number] | null;
  /** Whether a human must look. */
  refer: boolean;
}

/** Applies {@link fitUncertainty} to an image. @param answer the model's own, uncalibrated */
export function doubt(
  { probabilities, sets, referral }: Uncertainty,
  answer: Pick<Prediction, 'probabilities' | 'predicted'>,
): Doubt {
  const thresholds = sets.shown === 'all' ? sets.all?.threshold : sets.byGrade?.thresholds;
  return {
    calibrated: calibrated(probabilities.calibrator, answer.probabilities),
    set: thresholds === undefined ? null : predictionSet(answer, thresholds),
    refer:
      referral.threshold === null || certainty(answer, referral.tolerance) < referral.threshold,
  };
}
