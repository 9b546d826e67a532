// Graded images kept out of every loss, so that a teacher can be judged by grades it never learned.

import { random } from '../random.js';

export interface GradedImage {
  /** Into the image source. */
  readonly index: number;
  readonly grade: number;
  /** The number of the subject. */
  readonly subject: number;
}

/**
 * Splits graded images by subject: of each grade a share of the subjects, one at least, is held out.
 * What remains keeps an image of every grade; a grade of one subject is not held.
 * @param share in [0, 1); 0 holds nothing
 */
export function holdOut(
  graded: readonly GradedImage[],
  share: number,
  seed: number,
): { graded: readonly GradedImage[]; held: readonly GradedImage[] } {
  const held = new Set<number>();
  if (share > 0) {
    const r = random(seed, 'held out');
    for (const grade of [...new Set(graded.map((g) => g.grade))].sort((a, b) => a - b)) {
      const subjects = [...new Set(graded.filter((g) => g.grade === grade).map((g) => g.subject))];
      const wanted = Math.max(1, Math.round(share * subjects.length));
      const already = subjects.filter((subject) => held.has(subject)).length;
      for (const subject of r
        .shuffle(subjects.filter((s) => !held.has(s)))
        .slice(0, wanted - already)) {
        held.add(subject);
        if (!everyGradeRemains(graded, held)) held.delete(subject);
      }
    }
  }
  return {
    graded: graded.filter((g) => !held.has(g.subject)),
    held: graded.filter((g) => held.has(g.subject)),
  };
}

function everyGradeRemains(graded: readonly GradedImage[], held: ReadonlySet<number>): boolean {
  const all = new Set(graded.map((g) => g.grade));
  const left = new Set(graded.filter((g) => !held.has(g.subject)).map((g) => g.grade));
  return left.size === all.size;
}
