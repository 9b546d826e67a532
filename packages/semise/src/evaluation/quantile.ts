// Quantiles of a sample, as `numpy.percentile` has them.

/**
 * Linear between the values beside it.
 *
 * @param sorted in ascending order, at least one @param share 0..1
 */
export function quantile(sorted: Float64Array, share: number): number {
  const at = share * (sorted.length - 1);
  const low = Math.floor(at);
  const high = Math.min(low + 1, sorted.length - 1);
  return sorted[low] + (at - low) * (sorted[high] - sorted[low]);
}
