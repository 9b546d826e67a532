// Several rivals are several chances to be lucky.

/**
 * Holm's adjusted p-values (Scandinavian Journal of Statistics 6, 1979): with p sorted ascending, the
 * running maximum of (m - i) p_i, i from 0, at most 1. In the order given; nulls stay and do not count.
 */
export function holm(ps: readonly (number | null)[]): (number | null)[] {
  const order = ps.flatMap((p, i) => (p === null ? [] : [{ p, i }])).sort((a, b) => a.p - b.p);
  const adjusted: (number | null)[] = ps.map(() => null);
  let highest = 0;
  order.forEach(({ p, i }, rank) => {
    highest = Math.max(highest, Math.min(1, (order.length - rank) * p));
    adjusted[i] = highest;
  });
  return adjusted;
}
