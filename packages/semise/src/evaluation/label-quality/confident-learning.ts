// Confident learning: which grades are probably wrong, by a model that did not see them (C. G. Northcutt,
// L. Jiang & I. L. Chuang, J. Artif. Intell. Res. 70:1373, 2021; arXiv 1911.00068).

/** A graded image and what a model that never saw this grade says of it. */
export interface Judged {
  /** Integer in 0..K-1. */
  readonly grade: number;
  /** K numbers that sum to 1. */
  readonly probabilities: readonly number[];
}

export interface ConfidentJoint {
  /** Of each grade: the mean probability of it over the images that have it; null where none has. */
  thresholds: (number | null)[];
  /** Images counted with confidence: rows = the given grade, columns = the grade they look like. */
  counts: number[][];
  /** The same, each row scaled to the images of its grade: an estimate for all of them. */
  joint: number[][];
  /** Off the diagonal of `joint`: how many grades are estimated to be wrong. */
  wrong: number;
}

/**
 * The confident joint (section 3.1, equations 1 to 3): an image counts as grade j where the probability of
 * j reaches the mean that images of grade j have; of several such grades the most probable. A grade whose
 * images never count is taken to be right.
 *
 * @param grades K
 */
export function confidentJoint(images: readonly Judged[], grades: number): ConfidentJoint {
  const empty = () => Array.from({ length: grades }, () => new Array<number>(grades).fill(0));
  const sums = new Array<number>(grades).fill(0);
  const given = new Array<number>(grades).fill(0);
  for (const { grade, probabilities } of images) {
    sums[grade] += probabilities[grade];
    given[grade]++;
  }
  const thresholds = sums.map((sum, k) => (given[k] > 0 ? sum / given[k] : null));
  const counts = empty();
  for (const { grade, probabilities } of images) {
    let looksLike = -1;
    probabilities.forEach((p, k) => {
      const threshold = thresholds[k];
      // A mean of equal numbers is rounded: all of them must still reach it.
      if (threshold === null || p < threshold - 1e-9) return;
      if (looksLike < 0 || p > probabilities[looksLike]) looksLike = k;
    });
    if (looksLike >= 0) counts[grade][looksLike]++;
  }
  const joint = counts.map((row, k) => {
    const counted = row.reduce((sum, n) => sum + n, 0);
    return row.map((n, j) => (counted > 0 ? (n * given[k]) / counted : j === k ? given[k] : 0));
  });
  const wrong = joint.reduce(
    (sum, row, k) => sum + row.reduce((off, n, j) => off + (j === k ? 0 : n), 0),
    0,
  );
  return { thresholds, counts, joint, wrong };
}

/** A grade that is probably wrong. */
export interface Suspect {
  /** Of the image among those given. */
  index: number;
  /** The grade it looks like. */
  suspected: number;
  /** {@link gradesGained}. */
  gain: number;
}

/**
 * By how many grades an image's grade would come nearer to the truth, by the model, if it were replaced by the
 * model's median: sum of p_k |k - grade| less the least that any grade has, 0..K-1. 0 where the grade is a
 * median. It is the margin of ordered grades: a clear error by two counts twice one by one, a model that does
 * not know gains little.
 */
export function gradesGained({ grade, probabilities }: Judged): number {
  const distance = (from: number) =>
    probabilities.reduce((sum, p, k) => sum + p * Math.abs(k - from), 0);
  return distance(grade) - Math.min(...probabilities.map((_, k) => distance(k)));
}

/**
 * The suspected grades, those with most to gain first. For each pair of grades (i, j) as many images of grade i
 * as `joint` says, those with the largest margin p_j - p_i ("prune by noise rate", section 3.2); of these, those
 * that the model holds to be j rather than i, and whose grade is not the model's median. The paper ranks by the
 * margin, which knows no order; this list is ranked by {@link gradesGained}.
 *
 * @param grades K
 */
export function suspectedGrades(
  images: readonly Judged[],
  grades: number,
  { joint }: Pick<ConfidentJoint, 'joint'> = confidentJoint(images, grades),
): Suspect[] {
  const margins = new Map<number, { suspected: number; margin: number }>();
  for (let i = 0; i < grades; i++) {
    const own = [...images.keys()].filter((index) => images[index].grade === i);
    for (let j = 0; j < grades; j++) {
      if (i === j || joint[i][j] === 0) continue;
      own
        .map((index) => {
          const { probabilities } = images[index];
          return { index, margin: probabilities[j] - probabilities[i] };
        })
        .sort((a, b) => b.margin - a.margin)
        .slice(0, Math.round(joint[i][j]))
        .filter(({ margin }) => margin > 0)
        .forEach(({ index, margin }) => {
          const known = margins.get(index);
          if (!known || margin > known.margin) margins.set(index, { suspected: j, margin });
        });
    }
  }
  return [...margins]
    .map(([index, { suspected }]) => ({
      index,
      suspected,
      gain: gradesGained(images[index]),
    }))
    .filter(({ gain }) => gain > 0)
    .sort((a, b) => b.gain - a.gain || a.index - b.index);
}
