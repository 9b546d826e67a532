// Which calibrator, if any: judged by five-fold cross-validation over the subjects of one set of graded images.

import jStat from 'jstat';
import { random } from '../../random.js';
import { brierScore } from '../metrics/brier.js';
import { rankedProbabilityScore } from '../metrics/rps.js';
import {
  type CalibrationMethod,
  type Calibrator,
  calibrated,
  fitCalibrator,
  type Graded,
} from './calibrator.js';

/** Fewer subjects than this cannot be divided into folds that mean anything. */
export const FEWEST_SUBJECTS = 10;
const FOLDS = 5;

/** Proper scores of an image's probabilities, each the lower the better. */
const SCORES = {
  /** -log p of the expert's grade; p counts as 1e-12 at least. */
  logLoss: (probabilities: readonly number[], grade: number) =>
    -Math.log(Math.max(probabilities[grade], 1e-12)),
  brier: brierScore,
  rps: rankedProbabilityScore,
} as const;

export const SCORE_NAMES = ['logLoss', 'brier', 'rps'] as const satisfies (keyof typeof SCORES)[];
export type ScoreName = (typeof SCORE_NAMES)[number];

/**
 * A less simple method must gain in each of its scores over the method before it. A temperature is a maximum of
 * likelihood, and is judged by likelihood. Isotonic curves may say 0, which likelihood punishes without bound; so
 * two bounded scores judge them: one knows that grades are ordered, one looks at each grade's own probability.
 */
const TRIALS = [
  { to: 'temperature', scores: ['logLoss'] },
  { to: 'isotonic', scores: ['rps', 'brier'] },
] as const satisfies { to: CalibrationMethod; scores: ScoreName[] }[];

/** How much lower a score gets on subjects left out. */
export interface Gain {
  score: ScoreName;
  /** Mean over images; above 0 is better. */
  mean: number;
  /** Its standard error, by subjects. */
  error: number;
}

/** What decided between two methods, see {@link isTaken}. */
export interface Trial {
  from: CalibrationMethod;
  to: CalibrationMethod;
  gains: Gain[];
}

/** Scores of each image by each method, fitted to the subjects of the other folds. */
export interface LeftOutScores {
  /** Of each image. */
  subjects: readonly string[];
  scores: Record<CalibrationMethod, Record<ScoreName, readonly number[]>>;
}

/** @param graded of at least 5 subjects */
export function leftOutScores(graded: readonly Graded[], seed: number): LeftOutScores {
  const names = [...new Set(graded.map((p) => p.subject))].sort();
  const foldOf = new Map(
    random(seed, 'calibration folds')
      .shuffle(names)
      .map((subject, i) => [subject, i % FOLDS]),
  );
  const scoresOf = (method: CalibrationMethod) => {
    const fitted = Array.from({ length: FOLDS }, (_, fold) =>
      fitCalibrator(
        method,
        graded.filter((p) => foldOf.get(p.subject) !== fold),
      ),
    );
    const said = graded.map((p) => calibrated(fitted[foldOf.get(p.subject)!], p.probabilities));
    const by = (score: ScoreName) => said.map((p, i) => SCORES[score](p, graded[i].grade!));
    return { logLoss: by('logLoss'), brier: by('brier'), rps: by('rps') };
  };
  return {
    subjects: graded.map((p) => p.subject),
    scores: {
      none: scoresOf('none'),
      temperature: scoresOf('temperature'),
      isotonic: scoresOf('isotonic'),
    },
  };
}

/**
 * The mean gain from one method to another, and its standard error: images of one subject are not independent, so
 * it is that of a ratio of sums over subjects (Cochran, Sampling Techniques, 1977, section 9A.2, clusters drawn
 * with equal chance). The folds share the subjects they are fitted to; that is left out of account.
 */
export function pairedGain(
  { subjects, scores }: LeftOutScores,
  from: CalibrationMethod,
  to: CalibrationMethod,
  score: ScoreName,
): Gain {
  const gains = subjects.map((_, i) => scores[from][score][i] - scores[to][score][i]);
  const mean = jStat.mean(gains);
  const beyond = new Map<string, number>();
  subjects.forEach((subject, i) => {
    beyond.set(subject, (beyond.get(subject) ?? 0) + gains[i] - mean);
  });
  const squares = [...beyond.values()].reduce((sum, each) => sum + each ** 2, 0);
  const n = beyond.size;
  return { score, mean, error: Math.sqrt((squares * n) / (n - 1)) / gains.length };
}

/**
 * The simplest method that no other beats by more than one standard error (Breiman et al., Classification and
 * Regression Trees, 1984, section 3.4.3, with paired errors), one step after another.
 */
export function chosenMethod(leftOut: LeftOutScores): {
  method: CalibrationMethod;
  trials: Trial[];
} {
  let method: CalibrationMethod = 'none';
  const trials = TRIALS.map(({ to, scores }): Trial => {
    const from = method;
    const gains = scores.map((score) => pairedGain(leftOut, from, to, score));
    if (isTaken(gains)) method = to;
    return { from, to, gains };
  });
  return { method, trials };
}

/** Whether a trial was won: each gain is above its standard error. */
export const isTaken = (gains: readonly Gain[]): boolean =>
  gains.every(({ mean, error }) => mean > error);

export interface ChosenCalibrator {
  calibrator: Calibrator;
  /** Mean ranked probability score of each method on subjects left out; null with fewer than 10 subjects. */
  rps: Record<CalibrationMethod, number> | null;
  /** What decided, in order; none with fewer than 10 subjects. */
  trials: Trial[];
}

/** The method by {@link chosenMethod}, fitted on all; none where there are too few subjects to tell. */
export function chooseCalibrator(predictions: readonly Graded[], seed: number): ChosenCalibrator {
  const graded = predictions.filter((p) => p.grade !== null);
  if (new Set(graded.map((p) => p.subject)).size < FEWEST_SUBJECTS) {
    return { calibrator: { method: 'none' }, rps: null, trials: [] };
  }
  const leftOut = leftOutScores(graded, seed);
  const { method, trials } = chosenMethod(leftOut);
  const rps = {
    none: jStat.mean(leftOut.scores.none.rps),
    temperature: jStat.mean(leftOut.scores.temperature.rps),
    isotonic: jStat.mean(leftOut.scores.isotonic.rps),
  };
  return { calibrator: fitCalibrator(method, graded), rps, trials };
}
