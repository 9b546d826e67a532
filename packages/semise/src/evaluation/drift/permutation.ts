// The permutation test by subject: if both samples come from one population, every choice of as many
// subjects for the second is as likely as the one met. Exact for any number of subjects, so that a
// verdict does not depend on how many came.

import { random } from '../../random.js';

/** How far apart the two samples are when the pooled subjects are labelled so; larger = further. */
export type Statistic = (chosen: Uint8Array) => number;

/**
 * For every draw which subjects stand for the second sample (1), the others for the first (0). One
 * array is filled anew for each draw: read it before asking for the next. The first draw is what was
 * met: the last `second` subjects.
 */
export function* labelings(
  { first, second }: { readonly first: number; readonly second: number },
  draws: number,
  seed: number,
): Generator<Uint8Array> {
  const stream = random(seed, 'permutation');
  const total = first + second;
  const order = Int32Array.from({ length: total }, (_, i) => i);
  const chosen = new Uint8Array(total).fill(1, first);
  yield chosen;
  for (let draw = 0; draw < draws; draw++) {
    chosen.fill(0);
    for (let i = 0; i < second; i++) {
      const j = i + stream.integer(total - i);
      [order[i], order[j]] = [order[j], order[i]];
      chosen[order[i]] = 1;
    }
    yield chosen;
  }
}

/**
 * The share of draws at least as extreme as the first, which is what was met and counts as a draw
 * (Phipson & Smyth, 2010: never 0, and valid).
 *
 * @param statistics of every labeling, larger = further apart
 */
export function permutationP(statistics: ArrayLike<number>): number {
  // Sums in another order differ in their last digits: such ties count as ties.
  const least = statistics[0] - 1e-9 * Math.abs(statistics[0]);
  let extreme = 0;
  for (let draw = 0; draw < statistics.length; draw++) if (statistics[draw] >= least) extreme++;
  return extreme / statistics.length;
}
