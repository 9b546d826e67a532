// How likely each grade is before an image is seen. Training draws all grades equally often; patients do not.
//
// A user may know their shares. Where the graded images are a fair sample, theirs tell (M. Saerens, P. Latinne,
// C. Decaestecker, Neural Computation 14:21, 2002, eq. 2.4: each probability times its class's new share over that of
// training). Taken whole they favour accuracy and hide rare grades; taken in part, as in the logit adjustment of
// A. K. Menon et al. (ICLR 2021, section 5, tau < 1), they leave them visible.

import { InputError } from '../errors.js';
import type { TrainingConfig } from '../training/index.js';

/** Added to each grade's count: a grade without images keeps a probability. */
const PRIOR_COUNT = 0.5;
const shareLogs = (counts: readonly number[]): number[] =>
  counts.map((count) => Math.log(count + PRIOR_COUNT));

/**
 * @param counts of the graded training images of each grade [K]
 * @param weight of their shares, 0..1: the power that they are raised to
 * @returns what to multiply probabilities by [K], 1 on the (geometric) mean; undefined where it would change nothing
 */
export const gradeOdds = (counts: readonly number[], weight: number): number[] | undefined =>
  odds(shareLogs(counts).map((log) => weight * log));

/**
 * The same for shares that the user knows.
 * @param shares above 0, on any scale [K]
 * @param counts of the graded training images of each grade [K]
 * @param held how much of the shares of those the probabilities already hold: a power, 0 none
 */
export function toldOdds(
  shares: readonly number[],
  weight: number,
  counts: readonly number[],
  held: number,
): number[] | undefined {
  const before = shareLogs(counts);
  return odds(shares.map((share, grade) => weight * Math.log(share) - held * before[grade]));
}

/** @throws InputError where the shares that were told are not one for each grade */
export function checkShares({ settings, grades }: Pick<TrainingConfig, 'settings' | 'grades'>) {
  const { gradeShares } = settings;
  if (gradeShares === null || gradeShares.length === grades) return;
  throw new InputError(
    `--set gradeShares=${gradeShares}: ${gradeShares.length} shares, but the images have grades 0 to ${grades - 1}; give one for each`,
  );
}

/** @param logs of what is likelier than what */
function odds(logs: readonly number[]): number[] | undefined {
  if (logs.every((log) => log === logs[0])) return undefined;
  const mean = logs.reduce((sum, log) => sum + log, 0) / logs.length;
  return logs.map((log) => Math.exp(log - mean));
}
