// What turns a model's probabilities into calibrated ones: fitted on one set of graded images, and chosen by
// cross-validation within it. The images that figures are reported on must never be among them.

import { z } from 'zod';
import { random } from '../../random.js';
import { rankedProbabilityScore } from '../metrics/rps.js';
import type { Prediction } from '../prediction.js';
import { exceedances, fromExceedances } from './exceedance.js';
import { fitIsotonic, poolAdjacentViolators, valueOn } from './isotonic.js';
import { fitTemperature, scaled } from './temperature.js';

const curve = z
  .object({ x: z.array(z.number()).min(1), y: z.array(z.number().min(0).max(1)).min(1) })
  .refine(({ x, y }) => x.length === y.length, 'x and y differ in length');

export const calibratorSchema = z.discriminatedUnion('method', [
  z.object({ method: z.literal('none') }),
  z.object({ method: z.literal('temperature'), temperature: z.number().positive() }),
  /** For each k of 0..K-2 the curve from the said P(grade > k) to the calibrated one. */
  z.object({ method: z.literal('isotonic'), curves: z.array(curve).min(1) }),
]);

export type Calibrator = z.infer<typeof calibratorSchema>;
export type CalibrationMethod = Calibrator['method'];

/** Simplest first; of equally good ones the first is taken. */
export const CALIBRATION_METHODS = ['none', 'temperature', 'isotonic'] as const;

type Graded = Pick<Prediction, 'image' | 'subject' | 'grade' | 'probabilities'>;

/** Fewer subjects than this cannot be divided into folds that mean anything. */
export const FEWEST_SUBJECTS = 10;
const FOLDS = 5;

/**
 * Calibrated probabilities, each in 0..1, sum 1.
 *
 * Isotonic curves, one a threshold k, may cross; their values are replaced by the nearest ones that fall in k
 * (least squares), so that no grade gets a negative probability.
 */
export function calibrated(calibrator: Calibrator, probabilities: readonly number[]): number[] {
  switch (calibrator.method) {
    case 'none':
      return [...probabilities];
    case 'temperature':
      return scaled(probabilities, calibrator.temperature);
    case 'isotonic': {
      const above = exceedances(probabilities).map((p, k) => valueOn(calibrator.curves[k], p));
      return fromExceedances(poolAdjacentViolators(above.toReversed()).toReversed());
    }
  }
}

/** Fits one method. @param predictions graded, with probabilities; at least one */
export function fitCalibrator(
  method: CalibrationMethod,
  predictions: readonly Graded[],
): Calibrator {
  switch (method) {
    case 'none':
      return { method };
    case 'temperature': {
      const grades = predictions.map((p) => p.grade!);
      const probabilities = predictions.map((p) => p.probabilities);
      return { method, temperature: fitTemperature(probabilities, grades) };
    }
    case 'isotonic': {
      const said = predictions.map((p) => exceedances(p.probabilities));
      const curves = said[0].map((_, k) =>
        fitIsotonic(
          said.map((above) => above[k]),
          predictions.map((p) => p.grade! > k),
        ),
      );
      return { method, curves };
    }
  }
}

export interface ChosenCalibrator {
  calibrator: Calibrator;
  /** Mean ranked probability score of each method on subjects left out; null with fewer than 10 subjects. */
  rps: Record<CalibrationMethod, number> | null;
}

/**
 * The method that does best on subjects it was not fitted on: five folds of subjects, ranked probability score,
 * a proper score for ordered grades. Then fitted on all. None where none helps, or where there are too few
 * subjects to tell.
 */
export function chooseCalibrator(predictions: readonly Graded[], seed: number): ChosenCalibrator {
  const graded = predictions.filter((p) => p.grade !== null);
  const subjects = [...new Set(graded.map((p) => p.subject))].sort();
  if (subjects.length < FEWEST_SUBJECTS) return { calibrator: { method: 'none' }, rps: null };
  const places = random(seed, 'calibration folds')
    .shuffle(subjects)
    .map((subject, i) => [subject, i % FOLDS] as const);
  const foldOf = new Map(places);
  const folds = Array.from({ length: FOLDS }, (_, fold) => ({
    inside: graded.filter((p) => foldOf.get(p.subject) === fold),
    outside: graded.filter((p) => foldOf.get(p.subject) !== fold),
  }));
  const leftOut = (method: CalibrationMethod): number =>
    folds.reduce((sum, { inside, outside }) => {
      const fitted = fitCalibrator(method, outside);
      const score = (p: Graded) =>
        rankedProbabilityScore(calibrated(fitted, p.probabilities), p.grade!);
      return sum + inside.reduce((total, p) => total + score(p), 0);
    }, 0) / graded.length;
  const rps = {
    none: leftOut('none'),
    temperature: leftOut('temperature'),
    isotonic: leftOut('isotonic'),
  };
  const best = CALIBRATION_METHODS.reduce((a, b) => (rps[b] < rps[a] ? b : a));
  return { calibrator: fitCalibrator(best, graded), rps };
}
