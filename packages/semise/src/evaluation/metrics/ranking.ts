// Values in rising order with their ties, sorted once and read by every metric of order.

export interface Ranking {
  /** Indices of the values, smallest first. */
  order: Int32Array;
  /** Where each group of equal values ends in `order` (exclusive). */
  ends: Int32Array;
}

/** Ranks values from smallest to largest. */
export function ranking(values: ArrayLike<number>): Ranking {
  const order = Int32Array.from({ length: values.length }, (_, i) => i).sort(
    (a, b) => values[a] - values[b] || a - b,
  );
  const ends: number[] = [];
  for (let at = 1; at <= order.length; at++) {
    if (at === order.length || values[order[at]] !== values[order[at - 1]]) ends.push(at);
  }
  return { order, ends: Int32Array.from(ends) };
}
