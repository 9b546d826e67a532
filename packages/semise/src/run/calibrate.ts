// Calibrating a finished run: anew on its own validation split, or on the graded images of another site.

import { dirname, join, resolve } from 'node:path';
import { writeJson } from '../atomic.js';
import { InputError } from '../errors.js';
import { type Prediction, readPredictions } from '../evaluation/prediction.js';
import { fitUncertainty, type UncertaintyOptions } from '../evaluation/uncertainty.js';
import type { Calibration } from './calibration.js';
import { RUN_FILES } from './files.js';
import { type GradedFileOptions, withGradedFile } from './graded-file.js';
import type { OpenRun } from './predict.js';
import { VERSION } from './version.js';

export interface CalibrateRunOptions
  extends Omit<UncertaintyOptions, 'grades' | 'seed'>,
    Partial<Pick<UncertaintyOptions, 'seed'>> {
  /** labels.csv of graded images; the run's own validation split, unless told. */
  readonly data?: string;
  /** Only the rows of this split. */
  readonly split?: 'train' | 'validation' | 'test';
  readonly skipBad?: boolean;
  /** The file to write; calibration.json of the run, unless told. */
  readonly out?: string;
  readonly onDecode?: (done: number, total: number) => void;
}

/**
 * Fits and writes a calibration. That in the run folder takes the place of the one before.
 *
 * @throws InputError without graded images, or for images that the run was trained or tested on
 */
export async function calibrateRun(
  run: OpenRun,
  options: CalibrateRunOptions,
): Promise<{ file: string; calibration: Calibration; skipped: string[] }> {
  const { data, split, skipBad, out, onDecode, seed, ...chosen } = options;
  const found = data
    ? await gradedOf(run, data, { split, skipBad, onDecode })
    : await ownValidation(run);
  const { training } = run.config;
  const calibration: Calibration = {
    semise: VERSION,
    model: run.model,
    data: found.data,
    uncertainty: fitUncertainty(found.predictions, {
      ...chosen,
      grades: training.grades,
      seed: seed ?? training.seed,
    }),
  };
  const file = out ?? join(run.folder, RUN_FILES.calibration);
  await writeJson(file, calibration);
  return { file, calibration, skipped: found.skipped };
}

interface Found {
  readonly predictions: readonly Prediction[];
  readonly data: Calibration['data'];
  readonly skipped: string[];
}

function gradedOf(
  run: OpenRun,
  data: string,
  options: Omit<GradedFileOptions, 'data'>,
): Promise<Found> {
  const split = options.split ?? null;
  const own = run.config.data;
  return withGradedFile(
    run,
    { ...options, data },
    async ({ fingerprint, predictions, skipped }) => {
      const same = fingerprint === own.fingerprint && dirname(resolve(data)) === dirname(own.file);
      if (same && split !== 'validation') {
        throw new InputError(
          `${data}: the run was trained on this file; leave --data out to calibrate on its validation split, or give other images`,
        );
      }
      return { predictions, skipped, data: { file: resolve(data), fingerprint, split } };
    },
  );
}

/** The answers kept in predictions.csv: no image is read anew. */
async function ownValidation(run: OpenRun): Promise<Found> {
  const file = join(run.folder, RUN_FILES.predictions);
  const all = await readPredictions(file);
  const predictions = all.filter((p) => p.split === 'validation' && p.grade !== null);
  if (predictions.length === 0) {
    throw new InputError(
      `${file}: no graded image in the validation split; give graded images with --data`,
    );
  }
  const { file: labels, fingerprint } = run.config.data;
  return { predictions, skipped: [], data: { file: labels, fingerprint, split: 'validation' } };
}
