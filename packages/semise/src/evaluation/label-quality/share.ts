// A share of answers with its interval.

import type { Estimate } from '../evaluate.js';

export interface Share extends Estimate {
  /** How many of them. */
  of: number;
}

/** Quantile 0.975 of the normal distribution. */
const Z = 1.959963984540054;

/**
 * A share with Wilson's 95 % interval (E. B. Wilson, J. Am. Stat. Assoc. 22:209, 1927), which takes answers
 * as independent of one another.
 */
export function share(yes: number, of: number): Share {
  if (of === 0) return { value: null, ci95: null, of };
  const p = yes / of;
  const scale = 1 + Z ** 2 / of;
  const middle = (p + Z ** 2 / (2 * of)) / scale;
  const half = (Z / scale) * Math.sqrt((p * (1 - p)) / of + Z ** 2 / (4 * of ** 2));
  return { value: p, ci95: [Math.max(0, middle - half), Math.min(1, middle + half)], of };
}
