// The interval of a difference between two sets that share no subject.

import type { Estimate } from './bootstrap.js';

/**
 * A less B with its 95 % interval out of those of A and B: the method of variance estimates recovery (Zou &
 * Donner, Statistics in Medicine 27:1693, 2008; of two shares Newcombe's hybrid score interval, Statistics in
 * Medicine 17:873, 1998). The lower end is as far from the difference as the root of (A's distance from its
 * lower end)^2 + (B's from its upper)^2, the upper end the other way about.
 *
 * @returns without an interval where either has none
 */
export function differenceEstimate(a: Estimate, b: Estimate): Estimate {
  if (a.value === null || b.value === null) return { value: null, ci95: null };
  const value = a.value - b.value;
  if (a.ci95 === null || b.ci95 === null) return { value, ci95: null };
  // 0 where a value lies outside of its own interval, as after a correction for bias.
  const below = ({ value, ci95 }: Estimate) => Math.max(0, value! - ci95![0]);
  const above = ({ value, ci95 }: Estimate) => Math.max(0, ci95![1] - value!);
  return {
    value,
    ci95: [value - Math.hypot(below(a), above(b)), value + Math.hypot(above(a), below(b))],
  };
}
