// Maximum mean discrepancy of two samples of vectors, with a Gaussian kernel: Gretton et al., A kernel
// two-sample test, JMLR 13 (2012).

import { labelings, permutationP, type Statistic } from './permutation.js';
import { type Pooled, pool, type Sample } from './sample.js';

type Vector = ArrayLike<number>;

export interface MmdOptions {
  /** Permutations of subjects, 1,000 unless told. */
  readonly draws?: number;
  readonly seed: number;
}

export interface Mmd {
  /** The unbiased estimate of MMD² (lemma 6): 0 in the mean where both are alike, so also negative. */
  readonly mmd2: number;
  /** Of the permutation test by subject. */
  readonly p: number;
  /** Of the kernel exp(-d² / (2 bandwidth²)): the median distance of two pooled images (section 8). */
  readonly bandwidth: number;
}

/**
 * Whether embeddings of two sets of images come from one distribution. A subject is one observation:
 * its kernel with another is the mean over their images. Time and memory grow with the square of the
 * images: a few thousand at most.
 */
export function mmd(
  reference: Sample<Vector>,
  other: Sample<Vector>,
  { draws = 1000, seed }: MmdOptions,
): Mmd {
  const pooled = pool(reference, other);
  const { statistic, bandwidth } = mmdStatistic(pooled);
  const statistics = Array.from(labelings(pooled, draws, seed), statistic);
  return { mmd2: statistics[0], p: permutationP(statistics), bandwidth };
}

/** MMD² for any labeling; distances are worked out once. 0 with fewer than 2 subjects on a side. */
export function mmdStatistic(pooled: Pooled<Vector>): { statistic: Statistic; bandwidth: number } {
  const { subjectOf, weights, first, second } = pooled;
  const subjects = first + second;
  const { distances, bandwidth } = squaredDistances(pooled.values);
  const scale = bandwidth > 0 ? -1 / (2 * bandwidth * bandwidth) : 0;
  const kernel = new Float64Array(subjects * subjects);
  for (let i = 1, at = 0; i < subjectOf.length; i++)
    for (let j = 0; j < i; j++, at++) {
      const [a, b] = [subjectOf[i], subjectOf[j]];
      if (a === b) continue;
      const value = weights[i] * weights[j] * Math.exp(scale * distances[at]);
      kernel[a * subjects + b] += value;
      kernel[b * subjects + a] += value;
    }
  const rows = new Float64Array(subjects);
  for (let a = 0; a < subjects; a++)
    for (let b = 0; b < subjects; b++) rows[a] += kernel[a * subjects + b];
  const total = rows.reduce((sum, row) => sum + row, 0);

  const inside = new Int32Array(Math.min(first, second));
  const statistic: Statistic = (chosen) => {
    if (first < 2 || second < 2) return 0;
    // The sums over the smaller side alone: those over the other follow from the rows.
    const side = second <= first ? 1 : 0;
    let count = 0;
    let ofRows = 0;
    for (let a = 0; a < subjects; a++)
      if (chosen[a] === side) {
        inside[count++] = a;
        ofRows += rows[a];
      }
    let within = 0;
    for (let i = 1; i < count; i++) {
      const row = inside[i] * subjects;
      for (let j = 0; j < i; j++) within += kernel[row + inside[j]];
    }
    within *= 2;
    const between = ofRows - within;
    const outside = total - ofRows - between;
    const others = subjects - count;
    return (
      within / (count * (count - 1)) +
      outside / (others * (others - 1)) -
      (2 * between) / (count * others)
    );
  };
  return { statistic, bandwidth };
}

/** Of each pair i > j, row after row, and the median distance. */
function squaredDistances(vectors: readonly Vector[]) {
  const rows = vectors.map((vector) => Float64Array.from(vector));
  const distances = new Float32Array((rows.length * (rows.length - 1)) / 2);
  let at = 0;
  for (let i = 1; i < rows.length; i++)
    for (let j = 0; j < i; j++) {
      const [a, b] = [rows[i], rows[j]];
      let sum = 0;
      for (let k = 0; k < a.length; k++) {
        const difference = a[k] - b[k];
        sum += difference * difference;
      }
      distances[at++] = sum;
    }
  const sorted = distances.slice().sort();
  const middle = sorted.length >> 1;
  const median =
    sorted.length % 2 === 1
      ? Math.sqrt(sorted[middle])
      : (Math.sqrt(sorted[middle - 1]) + Math.sqrt(sorted[middle])) / 2;
  return { distances, bandwidth: sorted.length > 0 ? median : 0 };
}
