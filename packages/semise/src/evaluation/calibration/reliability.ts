// The reliability diagram: said probabilities in bins, beside how often what was said came true.

import { ratio } from '../metrics/confusion.js';
import { wilsonInterval } from '../wilson.js';

/** Bins of equal width on 0..1, or with about equally many cases in each. */
export type Binning = 'width' | 'mass';

export interface ReliabilityBin {
  /** The probabilities of the bin lie above `low`, and up to `high`. */
  low: number;
  high: number;
  /** Cases in the bin. */
  n: number;
  /** Mean of their probabilities. */
  predicted: number;
  /** Share of them that came true. */
  observed: number;
  /** Wilson's 95 % interval of `observed`. */
  ci95: [number, number];
}

/** How cases fall into bins: the number of each case's bin, and the borders between bins. */
export interface Bins {
  of: Int32Array;
  /** From 0 to 1, one more than bins. */
  borders: number[];
}

/**
 * Puts probabilities into bins, as scikit-learn's `calibration_curve` does: a probability on a border
 * belongs to the bin below; borders of equal mass are percentiles with linear interpolation, so that
 * equal probabilities stay together.
 */
export function binsOf(probabilities: ArrayLike<number>, count: number, binning: Binning): Bins {
  if (binning === 'width') {
    return {
      of: Int32Array.from({ length: probabilities.length }, (_, i) =>
        Math.min(count - 1, Math.max(0, Math.ceil(probabilities[i] * count) - 1)),
      ),
      borders: Array.from({ length: count + 1 }, (_, b) => b / count),
    };
  }
  const sorted = Float64Array.from(probabilities).sort();
  const inner = Array.from({ length: count - 1 }, (_, b) => {
    const at = ((b + 1) / count) * (sorted.length - 1);
    const low = Math.floor(at);
    const next = sorted[Math.min(low + 1, sorted.length - 1)];
    return sorted[low] + (at - low) * (next - sorted[low]);
  });
  return {
    of: Int32Array.from({ length: probabilities.length }, (_, i) => {
      const above = inner.findIndex((border) => probabilities[i] <= border);
      return above < 0 ? count - 1 : above;
    }),
    borders: [0, ...inner, 1],
  };
}

/**
 * The points of a reliability diagram; bins without a case are left out.
 *
 * @param probabilities what was said, each in 0..1
 * @param happened whether it came true
 * @param bins at most how many, 10 unless told
 * @param binning equal width unless told
 */
export function reliabilityBins(
  probabilities: ArrayLike<number>,
  happened: ArrayLike<boolean | number>,
  { bins = 10, binning = 'width' as Binning } = {},
): ReliabilityBin[] {
  const { of, borders } = binsOf(probabilities, bins, binning);
  const n = new Float64Array(bins);
  const said = new Float64Array(bins);
  const true_ = new Float64Array(bins);
  for (let i = 0; i < of.length; i++) {
    n[of[i]]++;
    said[of[i]] += probabilities[i];
    true_[of[i]] += Number(happened[i]);
  }
  return [...n.keys()].flatMap((bin) => {
    const ci95 = wilsonInterval(true_[bin], n[bin]);
    if (ci95 === null) return [];
    return {
      low: borders[bin],
      high: borders[bin + 1],
      n: n[bin],
      predicted: ratio(said[bin], n[bin])!,
      observed: ratio(true_[bin], n[bin])!,
      ci95,
    };
  });
}
