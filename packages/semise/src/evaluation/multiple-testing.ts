// Several tests are several chances to be lucky.

/**
 * Holm's adjusted p-values (Scandinavian Journal of Statistics 6, 1979): with p sorted ascending, the
 * running maximum of (m - i) p_i, i from 0, at most 1. Taking those up to 0.05 for findings makes any
 * false one in at most 5 % of analyses, however the tests hang together. In the order given; nulls
 * stay and do not count.
 */
export function holm(ps: readonly (number | null)[]): (number | null)[] {
  let highest = 0;
  return adjust(ps, 1, (p, rank, m) => {
    highest = Math.max(highest, Math.min(1, (m - rank) * p));
    return highest;
  });
}

/**
 * Benjamini and Hochberg's adjusted p-values (J. R. Statist. Soc. B 57:289, 1995): with p sorted
 * ascending, the running minimum from the largest down of m p_i / (i + 1), i from 0. Of those up to
 * 0.05 at most 5 % are false, on average, where tests are independent or rise together. In the order
 * given; nulls stay and do not count.
 */
export function benjaminiHochberg(ps: readonly (number | null)[]): (number | null)[] {
  let lowest = 1;
  return adjust(ps, -1, (p, rank, m) => {
    lowest = Math.min(lowest, (m * p) / (rank + 1));
    return lowest;
  });
}

/** Visits p-values in rising (1) or falling (-1) order, each with its rank from the smallest, 0. */
function adjust(
  ps: readonly (number | null)[],
  direction: 1 | -1,
  step: (p: number, rank: number, m: number) => number,
): (number | null)[] {
  const ranked = ps
    .flatMap((p, i) => (p === null ? [] : [{ p, i }]))
    .sort((a, b) => a.p - b.p)
    .map((one, rank) => ({ ...one, rank }));
  const adjusted: (number | null)[] = ps.map(() => null);
  for (const { p, i, rank } of direction === 1 ? ranked : ranked.toReversed()) {
    adjusted[i] = step(p, rank, ranked.length);
  }
  return adjusted;
}
