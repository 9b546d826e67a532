// Is a difference seen over a few seeds more than the luck of the draw?
//
// The runs of a benchmark are not independent: all seeds share the test images and draw their labels
// from one pool, so that the plain paired t-test finds differences that are not there. We take the
// corrected resampled t-test (Nadeau & Bengio, Machine Learning 52, 2003, section 4), which widens
// the variance from s^2 / J to s^2 (1/J + n_test / n_train). Their splits are drawn anew each time
// and ours is fixed, so it is an approximation here, on the strict side of the plain test. Wilcoxon's
// test would need no such number, but with 5 seeds its smallest two-sided p is 2 / 2^5 = 0.06, and
// no difference, however clear, could pass.

import jStat from 'jstat';

/**
 * The two-sided p of a mean difference of 0.
 *
 * @param differences a seed @param testShare n_test / n_train
 * @returns null with fewer than two differences; 1 where all are 0
 */
export function correctedTTest(differences: readonly number[], testShare: number): number | null {
  const n = differences.length;
  if (n < 2) return null;
  const mean = differences.reduce((sum, d) => sum + d, 0) / n;
  const variance = differences.reduce((sum, d) => sum + (d - mean) ** 2, 0) / (n - 1);
  if (variance === 0) return mean === 0 ? 1 : 0;
  const t = mean / Math.sqrt((1 / n + testShare) * variance);
  return 2 * jStat.studentt.cdf(-Math.abs(t), n - 1);
}
