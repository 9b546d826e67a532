// The folder of an external validation.

import { join } from 'node:path';
import { wholeFolder, writeJson, writeWhole } from '../../atomic.js';
import { writePredictions } from '../../evaluation/prediction.js';
import type { Language } from '../../report/language.js';
import type { ValidationReport } from '../../report/validation/report-data.js';

/** The files of a validation's folder. */
export const VALIDATION_FILES = {
  validation: 'validation.json',
  predictions: 'predictions.csv',
  report: 'validation.html',
} as const;

/**
 * Writes the folder, whole or not at all.
 * @throws InputError if the place cannot be written to
 */
export async function writeValidation(
  folder: string,
  report: ValidationReport,
  language: Language = 'en',
): Promise<void> {
  // Only now: the chart library takes longer to load than many a command runs.
  const { renderValidation } = await import('../../report/validation/render.js');
  await wholeFolder(folder, async (out) => {
    await writeJson(join(out, VALIDATION_FILES.validation), report.validation);
    await writePredictions(join(out, VALIDATION_FILES.predictions), report.predictions);
    await writeWhole(join(out, VALIDATION_FILES.report), renderValidation(report, language));
  });
}
