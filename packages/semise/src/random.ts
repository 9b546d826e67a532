// Seeded random numbers. Every random choice in semise comes from a stream named by the user's seed
// and by what it is for (`random(seed, 'views', step)`): a draw added in one place changes none
// elsewhere, and a resumed training draws what an uninterrupted one would have drawn.

import { createHash } from 'node:crypto';
import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';

export interface Random {
  /** Uniform in [low, high), [0, 1) unless told. */
  uniform(low?: number, high?: number): number;
  /** Uniform integer in [0, n). */
  integer(n: number): number;
  /** Normal with the given mean and standard deviation, 0 and 1 unless told (Box-Muller). */
  normal(mean?: number, deviation?: number): number;
  /** True with probability p. */
  chance(p: number): boolean;
  /** One of the items, each equally likely. */
  pick<T>(items: readonly T[]): T;
  /** A shuffled copy (Fisher-Yates). */
  shuffle<T>(items: readonly T[]): T[];
}

/**
 * The stream of random numbers for one purpose.
 *
 * @param seed the user's seed
 * @param purpose what the numbers are for, e.g. `'split'` or `'views', step`
 */
export function random(seed: number, ...purpose: (string | number)[]): Random {
  const digest = createHash('sha256')
    .update(JSON.stringify([seed, ...purpose]))
    .digest();
  const generator = xoroshiro128plus(digest.readInt32LE(0));
  const stream: Random = {
    uniform: (low = 0, high = 1) => low + (high - low) * uniformFloat64(generator),
    integer: (n) => uniformInt(generator, 0, n - 1),
    normal: (mean = 0, deviation = 1) => {
      const radius = Math.sqrt(-2 * Math.log(1 - uniformFloat64(generator)));
      return mean + deviation * radius * Math.cos(2 * Math.PI * uniformFloat64(generator));
    },
    chance: (p) => uniformFloat64(generator) < p,
    pick: (items) => items[stream.integer(items.length)],
    shuffle: (items) => {
      const shuffled = [...items];
      for (let i = shuffled.length - 1; i > 0; i--) {
        const j = stream.integer(i + 1);
        [shuffled[i], shuffled[j]] = [shuffled[j], shuffled[i]];
      }
      return shuffled;
    },
  };
  return stream;
}
