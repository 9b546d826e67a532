// The interval of a share that holds where shares are near 0 or 1 and counts are small.

/** The 97.5 % point of the standard normal distribution. */
const Z = 1.959963984540054;

/**
 * Wilson's 95 % score interval of a share, within 0..1 (Wilson, J. Am. Stat. Assoc. 22:209, 1927).
 * Its cases are taken as independent: with several images a subject it is somewhat too narrow.
 *
 * @param hits how often it happened, 0..n
 * @param n of how many cases
 * @returns null without cases
 */
export function wilsonInterval(hits: number, n: number): [number, number] | null {
  if (n === 0) return null;
  const share = hits / n;
  const middle = share + Z ** 2 / (2 * n);
  const reach = Z * Math.sqrt((share * (1 - share)) / n + Z ** 2 / (4 * n ** 2));
  const scale = 1 + Z ** 2 / n;
  return [hits === 0 ? 0 : (middle - reach) / scale, hits === n ? 1 : (middle + reach) / scale];
}
