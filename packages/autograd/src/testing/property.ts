// Properties drawn by fast-check, repeatable: `FC_SEED` chooses other draws.

import fc from 'fast-check';

export const property = <T>(
  runs: number,
  arbitrary: fc.Arbitrary<T>,
  check: (value: T) => Promise<void>,
): Promise<void> =>
  fc.assert(fc.asyncProperty(arbitrary, check), {
    numRuns: runs,
    seed: Number(process.env.FC_SEED ?? 1),
    includeErrorInReport: true,
  });

export const seed = fc.integer({ min: 0, max: 1e6 });

/** A shape of few elements. */
export const shape = (minRank = 0, maxRank = 4): fc.Arbitrary<number[]> =>
  fc.array(fc.integer({ min: 1, max: 4 }), { minLength: minRank, maxLength: maxRank });

/** Two shapes that broadcast: parts of one shape with leading axes dropped and sizes set to one. */
export const broadcastPair = fc
  .record({ whole: shape(0, 4), drop: fc.nat(3), second: fc.boolean(), ones: fc.nat(255) })
  .map(({ whole, drop, second, ones }) => {
    const a = whole.map((n, i) => (ones & (1 << i) ? 1 : n));
    const b = whole.map((n, i) => (ones & (16 << i) ? 1 : n)).slice(Math.min(drop, whole.length));
    return second ? ([b, a] as const) : ([a, b] as const);
  });
