// How likely each grade is before an image is seen. Training draws all grades equally often; patients do not.
//
// Where the graded images are a fair sample, their shares tell (M. Saerens, P. Latinne, C. Decaestecker, Neural
// Computation 14:21, 2002, eq. 2.4: each probability times its class's new share over that of training). Taken whole
// they favour accuracy and hide rare grades; taken in part, as in the logit adjustment of A. K. Menon et al. (ICLR
// 2021, section 5, tau < 1), they leave them visible.

/** Added to each grade's count: a grade without images keeps a probability. */
const PRIOR_COUNT = 0.5;

/**
 * @param counts of the graded training images of each grade [K]
 * @param weight of their shares, 0..1: the power that they are raised to
 * @returns what to multiply probabilities by [K], 1 on the (geometric) mean; undefined where it would change nothing
 */
export function gradeOdds(counts: readonly number[], weight: number): number[] | undefined {
  if (weight === 0 || counts.every((count) => count === counts[0])) return undefined;
  const logs = counts.map((count) => Math.log(count + PRIOR_COUNT));
  const mean = logs.reduce((sum, log) => sum + log, 0) / logs.length;
  return logs.map((log) => Math.exp(weight * (log - mean)));
}
