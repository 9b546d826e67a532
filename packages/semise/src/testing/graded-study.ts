// For tests: graded predictions of a made-up model whose true probabilities are known.

import type { Prediction } from '../evaluation/prediction.js';
import { random } from '../random.js';

export interface StudyOptions {
  seed: number;
  subjects: number;
  /** Images a subject, 2 unless told: alike, as two knees are. */
  images?: number;
  /** K, 4 unless told. Higher grades are rarer. */
  grades?: number;
  /** What the model's log probabilities are multiplied by; 1 unless told: it says what is true. */
  sharpness?: number;
  /** Grades by which the model takes everything for more severe than it is; 0 unless told. */
  shift?: number;
}

/**
 * Draws subjects. Each image has true probabilities of its grades, the grade is drawn from those, and the model
 * says them, sharpened; it predicts the median grade. The severity of a subject's images differs little.
 */
export function gradedStudy({
  seed,
  subjects,
  images = 2,
  grades = 4,
  sharpness = 1,
  shift = 0,
}: StudyOptions): Prediction[] {
  const stream = random(seed, 'graded study');
  return Array.from({ length: subjects }, (_, s) => {
    const own = (grades - 1) * stream.uniform() ** 2;
    return Array.from({ length: images }, (_, i): Prediction => {
      const severity = own + 0.3 * stream.normal();
      const width = 0.3 + 0.7 * stream.uniform();
      const around = (centre: number) =>
        normalised(
          Array.from({ length: grades }, (_, k) => Math.exp(-(((k - centre) / width) ** 2) / 2)),
        );
      const truth = around(severity);
      const probabilities = normalised(around(severity + shift).map((p) => p ** sharpness));
      const draw = stream.uniform();
      return {
        image: `${s}-${i}.png`,
        subject: `s${s}`,
        split: 'validation',
        grade: within(truth, draw),
        predicted: within(probabilities, 0.5),
        score: severity,
        probabilities,
      };
    });
  }).flat();
}

function normalised(weights: readonly number[]): number[] {
  const sum = weights.reduce((total, weight) => total + weight, 0);
  return weights.map((weight) => weight / sum);
}

/** The lowest grade up to which there is more than `share`. */
function within(probabilities: readonly number[], share: number): number {
  let sum = 0;
  const found = probabilities.findIndex((p) => {
    sum += p;
    return sum > share;
  });
  return found < 0 ? probabilities.length - 1 : found;
}
