// Scores against labels, read the other way: how many labels a score costs.

/** A point of a method's label-efficiency curve. */
export interface CurvePoint {
  /** Graded training images a class. */
  readonly labels: number;
  readonly score: number;
}

/** Labels a class that a curve asks for a score; beyond its ends only a bound is known. */
export interface LabelsNeeded {
  readonly labels: number;
  /** exact: within the curve; fewer or more: than its first or last point. */
  readonly bound: 'exact' | 'fewer' | 'more';
}

/**
 * Labels at which the curve first reaches a score, linear in the logarithm of the labels between
 * points (doubling the labels is what moves a score). Larger scores are better.
 *
 * @param curve at least one point, labels ascending
 */
export function labelsNeeded(curve: readonly CurvePoint[], score: number): LabelsNeeded {
  if (score <= curve[0].score) {
    const bound = score === curve[0].score ? 'exact' : 'fewer';
    return { labels: curve[0].labels, bound };
  }
  for (let i = 1; i < curve.length; i++) {
    const [from, to] = [curve[i - 1], curve[i]];
    if (to.score < score) continue;
    const share = (score - from.score) / (to.score - from.score);
    return { labels: from.labels * (to.labels / from.labels) ** share, bound: 'exact' };
  }
  return { labels: curve[curve.length - 1].labels, bound: 'more' };
}

/**
 * What a hundred comparisons are worth in grades: the graded images that the curve without
 * comparisons would need for the score with them, less those that were there, a hundred comparisons.
 *
 * @param curve without comparisons, by labels a class @param classes number of grades
 * @param at labels a class, comparisons and the score with them
 */
export function gradesPerHundredComparisons(
  curve: readonly CurvePoint[],
  classes: number,
  at: CurvePoint & { readonly comparisons: number },
): { grades: number; bound: LabelsNeeded['bound'] } {
  const { labels, bound } = labelsNeeded(curve, at.score);
  return { grades: ((labels - at.labels) * classes * 100) / at.comparisons, bound };
}
