// The interval of a share that holds where shares are near 0 or 1 and counts are small.

/** The 97.5 % point of the standard normal distribution. */
const Z = 1.959963984540054;

/**
 * Wilson's 95 % score interval of a share, within 0..1 (Wilson, J. Am. Stat. Assoc. 22:209, 1927).
 * Its cases are taken as independent: with several images a subject it is somewhat too narrow.
 *
 * @param hits how often it happened, 0..n
 * @param n of how many cases, not only whole numbers
 * @param z the 97.5 % point of the standard normal distribution, unless told
 * @returns null without cases
 */
export function wilsonInterval(hits: number, n: number, z = Z): [number, number] | null {
  if (n === 0) return null;
  const share = hits / n;
  const middle = share + z ** 2 / (2 * n);
  const reach = z * Math.sqrt((share * (1 - share)) / n + z ** 2 / (4 * n ** 2));
  const scale = 1 + z ** 2 / n;
  // Rounding may not carry an end beyond 0 or 1.
  return [
    hits === 0 ? 0 : Math.max(0, (middle - reach) / scale),
    hits === n ? 1 : Math.min(1, (middle + reach) / scale),
  ];
}
