// What the report of a run says of its labels.

import {
  checkComparisons,
  checkGrades,
  type KnownImage,
  relabelList,
} from '../evaluation/label-quality/index.js';
import type { Prediction } from '../evaluation/prediction.js';
import type { LabelSummary } from '../report/report-data.js';
import type { ImageAnswer } from '../tasks/index.js';
import type { RunConfig } from './config.js';
import type { Dataset } from './dataset.js';
import { comparisonAnswers, thumbnailsOf } from './labels.js';

/** Entries of the list that the report shows. */
const SHOWN = 12;
/** Graded images up to which the end of a training takes the time: about a second. */
const MOST = 20_000;

/**
 * @param answers of the predictions, in their order
 * @returns undefined where nothing is doubtful, or nothing could be judged
 */
export async function labelSummary(
  config: RunConfig,
  dataset: Dataset,
  predictions: readonly Prediction[],
  answers: readonly ImageAnswer[],
): Promise<LabelSummary | undefined> {
  const { manifest } = dataset;
  const { training, data } = config;
  const index = new Map(manifest.records.map(({ image }, i) => [image, i]));
  const known = predictions.map(
    ({ image, subject, split, grade, probabilities, score }, i): KnownImage => ({
      image,
      subject,
      grade,
      trained: split === 'train' && dataset.graded[index.get(image)!],
      probabilities,
      score,
      embedding: answers[i].embedding,
    }),
  );
  const graded = known.filter(({ grade }) => grade !== null);
  if (graded.length > MOST) return;
  const grades = checkGrades(graded, {
    grades: training.grades,
    seed: training.seed,
    withNearest: SHOWN,
  });
  // The file may have gone since training began; the run does not hang on it any more.
  const compared = data.comparisons
    ? await comparisonAnswers(data.comparisons, manifest).catch(() => [])
    : [];
  const byName = new Map(known.map((image) => [image.image, image]));
  const comparisons =
    compared.length > 0 ? checkComparisons(compared, (image) => byName.get(image)) : null;
  const relabel = relabelList({
    grades,
    comparisons,
    gradeOf: (image) => byName.get(image)?.grade ?? null,
  });
  if (comparisons === null && relabel.length === 0) return;
  const shown = relabel.slice(0, SHOWN);
  return {
    grades,
    comparisons,
    listed: relabel.length,
    relabel: shown,
    thumbnails: await thumbnailsOf(shown, (image) => manifest.records[index.get(image)!].path, 112),
  };
}
