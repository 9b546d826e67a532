// Accepted or not: each limit against the end of the interval that it speaks of.

import { InputError } from '../../errors.js';
import type { EvaluateOptions } from '../evaluate.js';
import type { Prediction } from '../prediction.js';
import { drawFigures, type FigureDraws, figureEstimates, figureKey } from './figures.js';
import {
  type AcceptanceLimits,
  FEWEST_SUBJECTS,
  inSubgroup,
  type Limit,
  subgroupName,
} from './limits.js';

/** Why a limit is kept or not. */
export type Reason =
  /** The end of the interval keeps the bound. */
  | 'kept'
  /** The value itself is beyond the bound. */
  | 'beyond'
  /** The value keeps the bound, its interval does not: too few subjects to be sure of it. */
  | 'unsure'
  /** Fewer subjects than `fewestSubjects`. */
  | 'few subjects'
  /** The metric is undefined for these images, e.g. for want of a grade. */
  | 'undefined'
  /** The metric is undefined in most bootstrap draws. */
  | 'no interval';

export interface LimitVerdict {
  readonly limit: Limit;
  readonly pass: boolean;
  readonly reason: Reason;
  readonly value: number | null;
  readonly ci95: readonly [number, number] | null;
  /**
   * Graded images and subjects of the subgroup; for a sensitivity the ill among them, for a specificity the
   * others.
   */
  readonly n: number;
  readonly subjects: number;
}

export interface AcceptanceVerdict {
  readonly verdict: 'pass' | 'fail';
  readonly fewestSubjects: number;
  readonly limits: readonly LimitVerdict[];
}

/**
 * Holds every limit against the predictions. All must be kept. A limit is kept where the whole 95 % interval
 * keeps it: `lower` is compared with its lower end, `upper` with its upper end (so each is a one-sided test at
 * 2.5 %, and, as all must hold, needs no correction for their number: Berger, "Multiparameter hypothesis
 * testing and acceptance sampling", Technometrics 24, 1982). What cannot be measured is not accepted.
 *
 * @param attributes of an image, by its name in the predictions
 * @param file name of the limits, for messages
 * @throws {InputError} for a subgroup by an attribute that no image has, or a grade above the model's
 */
export function judge(
  predictions: readonly Prediction[],
  attributes: (image: string) => Readonly<Record<string, string>>,
  { limits, fewestSubjects = FEWEST_SUBJECTS }: AcceptanceLimits,
  options: EvaluateOptions,
  file = 'limits.json',
): AcceptanceVerdict {
  checkAgainst(predictions, attributes, limits, options.grades, file);
  const drawn = new Map<string, FigureDraws>();
  const judged = limits.map((limit): LimitVerdict => {
    const key = JSON.stringify(Object.entries(limit.subgroup ?? {}).sort());
    const figures =
      drawn.get(key) ??
      drawFigures(
        predictions.filter(({ image }) => inSubgroup(attributes(image), limit.subgroup)),
        options,
      );
    drawn.set(key, figures);
    return judgeLimit(limit, figures, fewestSubjects);
  });
  return {
    verdict: judged.every(({ pass }) => pass) ? 'pass' : 'fail',
    fewestSubjects,
    limits: judged,
  };
}

/** One limit against the figures of its subgroup. */
export function judgeLimit(
  limit: Limit,
  figures: FigureDraws,
  fewestSubjects = FEWEST_SUBJECTS,
): LimitVerdict {
  const key = figureKey(limit.metric, limit.grade);
  const { n, subjects } = figures.counted[key] ?? figures;
  const { value, ci95 } = figureEstimates(figures)[key];
  const keeps = (low: number, high: number) =>
    low >= (limit.lower ?? -Infinity) && high <= (limit.upper ?? Infinity);
  const reason = (): Reason => {
    if (subjects < fewestSubjects) return 'few subjects';
    if (value === null) return 'undefined';
    if (ci95 === null) return 'no interval';
    if (keeps(...ci95)) return 'kept';
    return keeps(value, value) ? 'unsure' : 'beyond';
  };
  const why = reason();
  return { limit, pass: why === 'kept', reason: why, value, ci95, n, subjects };
}

/** A verdict in a sentence, for terminals and JSON. */
export function why(
  { limit, reason, value, ci95, n, subjects }: LimitVerdict,
  fewestSubjects: number,
): string {
  const { metric, grade, lower, upper, subgroup } = limit;
  const asked = lower === undefined ? `at most ${upper}` : `at least ${lower}`;
  const where = subgroup ? ` of ${subgroupName(subgroup)}` : '';
  const what = `${metric}${grade === undefined ? '' : ` at grade ${grade}`}${where}`;
  const end = ci95 && (lower === undefined ? ci95[1] : ci95[0]).toFixed(3);
  const side = lower === undefined ? 'upper' : 'lower';
  const found = `${what} is ${value?.toFixed(3)}, the ${side} end of its interval ${end}; asked for ${asked}`;
  switch (reason) {
    case 'kept':
      return `${found}: kept`;
    case 'unsure':
      return `${found}: not kept, too few subjects to be sure of it`;
    case 'beyond':
      return `${found}: not kept`;
    case 'few subjects':
      return `${what}: ${subjects} subjects, fewer than the ${fewestSubjects} that a verdict needs; not accepted`;
    case 'undefined':
      return `${what}: undefined for these ${n} images; not accepted`;
    case 'no interval':
      return `${what}: undefined in most bootstrap draws, so without an interval; not accepted`;
  }
}

function checkAgainst(
  predictions: readonly Prediction[],
  attributes: (image: string) => Readonly<Record<string, string>>,
  limits: readonly Limit[],
  grades: number,
  file: string,
): void {
  const names = new Set(predictions.flatMap(({ image }) => Object.keys(attributes(image))));
  limits.forEach(({ grade, subgroup = {} }, i) => {
    if (grade !== undefined && grade >= grades) {
      throw new InputError(
        `${file}: field limits.${i}.grade: ${grade}, but the model knows grades 0 to ${grades - 1}; give one from 1 to ${grades - 1}`,
      );
    }
    const unknown = Object.keys(subgroup).find((name) => !names.has(name));
    if (unknown !== undefined) {
      throw new InputError(
        `${file}: field limits.${i}.subgroup: the external data have no column ${unknown} (they have ${[...names].join(', ') || 'none'}); add it, or take the limit out`,
      );
    }
  });
}
