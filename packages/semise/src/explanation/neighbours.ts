// "Why worse?" by example: the graded images that stand next to one on the severity axis, and those that
// look most like it to the encoder.

/** A graded training image. */
export interface Known {
  readonly image: string;
  readonly grade: number;
  readonly score: number;
  readonly embedding: ArrayLike<number>;
}

export interface Neighbours<K extends Known> {
  /** The next lower scores, the nearest first. */
  readonly below: readonly K[];
  /** The next higher scores, the nearest first. */
  readonly above: readonly K[];
  /** By the cosine of the embeddings, the nearest first. */
  readonly alike: readonly K[];
}

/** @param count of each */
export function neighbours<K extends Known>(
  { score, embedding }: Pick<Known, 'score' | 'embedding'>,
  known: readonly K[],
  count: number,
): Neighbours<K> {
  const apart = (k: K) => Math.abs(k.score - score);
  const nearest = (some: readonly K[]) =>
    [...some].sort((a, b) => apart(a) - apart(b)).slice(0, count);
  const alike = known
    .map((k) => ({ k, cosine: cosine(embedding, k.embedding) }))
    .sort((a, b) => b.cosine - a.cosine);
  return {
    below: nearest(known.filter((k) => k.score < score)),
    above: nearest(known.filter((k) => k.score > score)),
    alike: alike.slice(0, count).map(({ k }) => k),
  };
}

function cosine(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let [aa, bb, ab] = [0, 0, 0];
  for (let i = 0; i < a.length; i++) {
    aa += a[i] * a[i];
    bb += b[i] * b[i];
    ab += a[i] * b[i];
  }
  return aa === 0 || bb === 0 ? 0 : ab / Math.sqrt(aa * bb);
}
