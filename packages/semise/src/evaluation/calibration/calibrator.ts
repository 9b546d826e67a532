// What turns a model's probabilities into calibrated ones, fitted on one set of graded images. The images that
// figures are reported on must never be among them.

import { z } from 'zod';
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

/** Simplest first. */
export const CALIBRATION_METHODS = ['none', 'temperature', 'isotonic'] as const;

export type Graded = Pick<Prediction, 'image' | 'subject' | 'grade' | 'probabilities'>;

/**
 * Calibrated probabilities, each in 0..1, sum 1.
 *
 * Isotonic curves, one a threshold k, may cross; their values are replaced by the nearest ones that fall in k
 * (least squares), so that no grade gets a negative probability.
 */
export function calibrated(calibrator: Calibrator, probabilities: readonly number[]): number[] {
  switch (calibrator.method) {
    case 'none': {
      // A model's are of single precision: they add up to 1 but for rounding.
      const sum = probabilities.reduce((total, p) => total + p, 0);
      return probabilities.map((p) => p / sum);
    }
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
