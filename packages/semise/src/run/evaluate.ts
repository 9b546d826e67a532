// A trained run against other images: external data, another site, a later year.

import { type Assessment, assess } from '../evaluation/assess.js';
import { evaluate, type Metrics } from '../evaluation/evaluate.js';
import type { Prediction } from '../evaluation/prediction.js';
import { type GradedFileOptions, withGradedFile } from './graded-file.js';
import type { OpenRun } from './predict.js';
import { imageFingerprint } from './validation/log.js';

export interface EvaluateRunOptions extends Omit<GradedFileOptions, 'leaveOut'> {
  /** Of the bootstrap; the run's own, unless told. */
  readonly seed?: number;
}

export interface RunEvaluation {
  readonly metrics: Metrics;
  /** What the run's calibration promises, on these images; null where it has none. */
  readonly uncertainty: Assessment | null;
  readonly predictions: Prediction[];
  readonly skipped: string[];
  /** What the run's log keeps of the images that were looked at (`appendToLog`). */
  readonly opened: { readonly data: string; readonly images: string };
}

/**
 * Grades the images of a file and compares with its grades.
 * @throws InputError if the file has no graded image, or a grade that the model does not know
 */
export const evaluateRun = (run: OpenRun, options: EvaluateRunOptions): Promise<RunEvaluation> =>
  withGradedFile(run, options, async ({ fingerprint, rows, predictions, pixels, skipped }) => {
    const { calibration, config } = run;
    const seed = options.seed ?? config.training.seed;
    return {
      metrics: evaluate(predictions, { grades: config.training.grades, seed }),
      uncertainty: calibration && assess(calibration.uncertainty, predictions, { seed }),
      predictions,
      skipped,
      opened: {
        data: fingerprint,
        images: rows.map((_, i) => imageFingerprint(pixels(i))).join(''),
      },
    };
  });
