// Split conformal prediction: sets of neighbouring grades that hold the expert's grade as often as stated, whatever
// the model (Vovk, Gammerman & Shafer, 2005; Angelopoulos & Bates, arXiv 2107.07511, section 1).
//
// The statement: of an image drawn from a new subject of the same kind as those calibrated on, the set holds the
// grade with at least the stated probability. It is over subjects: one image of each is used (`oneASubject`).
// By grade (Mondrian; Vovk, Machine Learning 92:349, 2013) it holds among the images of every single grade.

import { InputError } from '../../errors.js';
import { oneASubject } from '../one-a-subject.js';
import type { Prediction } from '../prediction.js';
import { nonconformity } from './conformity.js';

type Graded = Pick<Prediction, 'image' | 'subject' | 'grade' | 'predicted' | 'probabilities'>;

/** Fewest calibration subjects at which a coverage below 1 can be stated: n >= 1/alpha - 1. */
export function subjectsNeeded(coverage: number): number {
  return Math.ceil(coverage / (1 - coverage) - 1e-9);
}

/**
 * The threshold of non-conformity: the ceil((n + 1) coverage)-th smallest of the subjects' scores.
 *
 * @param predictions graded; one image of each subject is drawn by the seed
 * @param coverage stated, above 0 and below 1
 * @returns the threshold, and of how many subjects
 * @throws {InputError} with fewer subjects than {@link subjectsNeeded}
 */
export function conformalThreshold(
  predictions: readonly Graded[],
  coverage: number,
  seed: number,
): { threshold: number; subjects: number } {
  return thresholdOf(predictions, coverage, seed, '');
}

/**
 * A threshold for every grade, from the images that have it.
 *
 * @throws {InputError} naming a grade with fewer subjects than {@link subjectsNeeded}
 */
export function conformalThresholdsByGrade(
  predictions: readonly Graded[],
  grades: number,
  coverage: number,
  seed: number,
): { thresholds: number[]; subjects: number[] } {
  const each = Array.from({ length: grades }, (_, grade) =>
    thresholdOf(
      predictions.filter((p) => p.grade === grade),
      coverage,
      seed,
      ` with grade ${grade}`,
    ),
  );
  return {
    thresholds: each.map(({ threshold }) => threshold),
    subjects: each.map(({ subjects }) => subjects),
  };
}

/**
 * The set of an image: the lowest and the highest grade in it. The model's grade is in it always.
 *
 * @param thresholds one for all grades, or one a grade; with those the set is filled up between its ends
 */
export function predictionSet(
  { probabilities, predicted }: Pick<Prediction, 'probabilities' | 'predicted'>,
  thresholds: number | readonly number[],
): [lowest: number, highest: number] {
  const inside = nonconformity(probabilities, predicted).map(
    (score, grade) =>
      grade === predicted ||
      score <= (typeof thresholds === 'number' ? thresholds : thresholds[grade]),
  );
  return [inside.indexOf(true), inside.lastIndexOf(true)];
}

function thresholdOf(
  predictions: readonly Graded[],
  coverage: number,
  seed: number,
  which: string,
): { threshold: number; subjects: number } {
  if (!(coverage > 0 && coverage < 1)) {
    throw new InputError(
      `a coverage of ${coverage} cannot be stated; give one above 0 and below 1`,
    );
  }
  const chosen = oneASubject(
    predictions.filter((p) => p.grade !== null),
    seed,
  );
  const needed = subjectsNeeded(coverage);
  if (chosen.length < needed) {
    const percent = Number((100 * coverage).toFixed(2));
    throw new InputError(
      `${chosen.length} graded subjects${which}: sets that hold the grade in ${percent} % of cases need ${needed}; ask for a lower coverage, or calibrate on more subjects`,
    );
  }
  const scores = chosen
    .map((p) => nonconformity(p.probabilities, p.predicted)[p.grade!])
    .sort((a, b) => a - b);
  const rank = Math.ceil((scores.length + 1) * coverage - 1e-9);
  return { threshold: scores[rank - 1], subjects: scores.length };
}
