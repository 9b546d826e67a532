// Whether what was promised of uncertainty comes true on other graded images: calibration before and after, the
// coverage of the sets, the errors among the answers that are kept.

import { certainty, isWrong, type RiskCoverage, riskCoverage } from './abstention.js';
import { type Estimate, numberSubjects, subjectDraws } from './bootstrap.js';
import {
  debiasedCalibrationError,
  exceedances,
  type ReliabilityBin,
  reliabilityBins,
} from './calibration/index.js';
import { predictionSet } from './conformal/sets.js';
import { evaluate, pairedDifferences } from './evaluate.js';
import type { Prediction } from './prediction.js';
import { type Range, scoreEstimate } from './score-interval.js';
import { doubt, type Uncertainty } from './uncertainty.js';

/** Points of the risk-coverage curve that are kept. */
const POINTS = 200;

/** How good probabilities are. */
export interface ProbabilityQuality {
  ece: Estimate;
  eceDebiased: Estimate;
  brier: Estimate;
  rps: Estimate;
}

export interface SetQuality {
  /** Share of sets that hold the expert's grade. */
  coverage: Estimate;
  /** Mean number of grades in a set. */
  size: Estimate;
  /** Images by the number of grades in their set, 1..K. */
  sizes: number[];
  /** Share held among the images of each grade; null where there is none. */
  byGrade: (number | null)[];
}

export interface Assessment {
  images: number;
  subjects: number;
  probabilities: {
    raw: ProbabilityQuality;
    calibrated: ProbabilityQuality;
    /** RPS after calibration less that before; below 0 = better. */
    change: Estimate;
  };
  /** The points of reliability diagrams, of the predicted grade's probability. */
  reliability: { raw: ReliabilityBin[]; calibrated: ReliabilityBin[] };
  /** For k = 0..K-2 the error of P(grade > k), and how often it was true. */
  thresholds: { share: number; raw: number; calibrated: number }[];
  sets: { all: SetQuality | null; byGrade: SetQuality | null };
  /** By certainty, on all images. */
  riskCoverage: RiskCoverage;
  referral: {
    /** Share of images sent to a human. */
    referred: Estimate;
    /** Share of wrong answers among those kept; undefined where none is. */
    errorKept: Estimate;
    /** The same of all answers. */
    errorAll: Estimate;
  };
}

/**
 * Measures on graded images, with 95 % intervals by a bootstrap over subjects.
 *
 * @param predictions uncalibrated; none of them among those that the uncertainty was fitted on
 * @returns null without graded images
 */
export function assess(
  uncertainty: Uncertainty,
  predictions: readonly Prediction[],
  { seed, draws = 1000 }: { seed: number; draws?: number },
): Assessment | null {
  const raw = predictions.filter((p) => p.grade !== null);
  if (raw.length === 0) return null;
  const { grades, sets, referral } = uncertainty;
  const doubts = raw.map((p) => doubt(uncertainty, p));
  const mended = raw.map((p, i) => ({ ...p, probabilities: doubts[i].calibrated }));
  const options = { grades, seed, draws };
  const mean = meansOf(raw, seed, draws);
  const setQuality = (thresholds: number | readonly number[]): SetQuality => {
    const ranges = raw.map((p) => predictionSet(p, thresholds));
    const held = ranges.map(([low, high], i) => low <= raw[i].grade! && raw[i].grade! <= high);
    const size = ranges.map(([low, high]) => high - low + 1);
    return {
      coverage: mean(held.map(Number)),
      size: mean(size, undefined, [1, grades]),
      sizes: Array.from({ length: grades }, (_, k) => size.filter((s) => s === k + 1).length),
      byGrade: Array.from({ length: grades }, (_, grade) => {
        const own = held.filter((_, i) => raw[i].grade === grade);
        return own.length === 0 ? null : own.filter(Boolean).length / own.length;
      }),
    };
  };
  const { tolerance } = referral;
  const wrong = raw.map((p) => isWrong(p, tolerance));
  const kept = doubts.map(({ refer }) => !refer);
  return {
    images: raw.length,
    subjects: new Set(raw.map((p) => p.subject)).size,
    probabilities: {
      raw: quality(raw, options),
      calibrated: quality(mended, options),
      change: pairedDifferences(mended, raw, options).rps,
    },
    reliability: { raw: diagram(raw), calibrated: diagram(mended) },
    thresholds: Array.from({ length: grades - 1 }, (_, k) => {
      const above = raw.map((p) => p.grade! > k);
      const error = (of: readonly Prediction[]) =>
        debiasedCalibrationError(
          of.map((p) => exceedances(p.probabilities)[k]),
          above,
        )!;
      return {
        share: above.filter(Boolean).length / raw.length,
        raw: error(raw),
        calibrated: error(mended),
      };
    }),
    sets: {
      all: sets.all && setQuality(sets.all.threshold),
      byGrade: sets.byGrade && setQuality(sets.byGrade.thresholds),
    },
    riskCoverage: thinned(
      riskCoverage(
        raw.map((p) => certainty(p, tolerance)),
        wrong,
      )!,
    ),
    referral: {
      referred: mean(kept.map((is) => Number(!is))),
      errorKept: mean(wrong.map(Number), kept.map(Number)),
      errorAll: mean(wrong.map(Number)),
    },
  };
}

function quality(
  predictions: readonly Prediction[],
  options: { grades: number; seed: number; draws: number },
): ProbabilityQuality {
  const { ece, eceDebiased, brier, rps } = evaluate(predictions, options);
  return { ece: ece!, eceDebiased: eceDebiased!, brier, rps };
}

const diagram = (predictions: readonly Prediction[]): ReliabilityBin[] =>
  reliabilityBins(
    predictions.map((p) => p.probabilities[p.predicted]),
    predictions.map((p) => p.predicted === p.grade),
    { binning: 'mass', bins: Math.min(10, Math.max(1, Math.floor(predictions.length / 20))) },
  );

/** As many points as a chart can show, the last among them. */
function thinned({ points, ...areas }: RiskCoverage): RiskCoverage {
  const every = Math.ceil(points.length / POINTS);
  return { ...areas, points: points.filter((_, i) => (points.length - 1 - i) % every === 0) };
}

/** Weighted means with intervals; all draw the same subjects. */
function meansOf(predictions: readonly Prediction[], seed: number, draws: number) {
  const { subjectOf, subjects } = numberSubjects(predictions.map((p) => p.subject));
  return (
    values: readonly number[],
    counted: readonly number[] = values.map(() => 1),
    range: Range = [0, 1],
  ): Estimate => {
    const over = (weights?: Float64Array): number | null => {
      let sum = 0;
      let total = 0;
      for (let i = 0; i < values.length; i++) {
        const weight = counted[i] * (weights?.[i] ?? 1);
        sum += weight * values[i];
        total += weight;
      }
      return total === 0 ? null : sum / total;
    };
    const value = over();
    if (value === null || subjects < 2) return { value, ci95: null };
    const drawn: (number | null)[] = [];
    for (const weights of subjectDraws(subjectOf, subjects, draws, seed)) {
      drawn.push(over(weights));
    }
    const speaksOf = new Set(subjectOf.filter((_, i) => counted[i] > 0)).size;
    return scoreEstimate(value, drawn, speaksOf, range);
  };
}
