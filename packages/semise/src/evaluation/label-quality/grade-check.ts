// Which grades of a data set are probably wrong, each judged by what did not see it.

import { confidentJoint, type Judged, suspectedGrades } from './confident-learning.js';
import { heldOutProbabilities } from './probe.js';

/** An image as a run knows it. */
export interface KnownImage {
  readonly image: string;
  readonly subject: string;
  /** The expert's; null where there is none. */
  readonly grade: number | null;
  /** Whether the model's training saw this grade. */
  readonly trained: boolean;
  /** The model's; none where it gives none. */
  readonly probabilities: readonly number[];
  /** Severity score, larger = worse. */
  readonly score: number;
  readonly embedding: ArrayLike<number>;
}

/**
 * Who judged: `model` itself, for grades that its training did not see; `probe`, a regression on its
 * embeddings without the subject's own grades, for those that it did.
 */
export type Judge = 'model' | 'probe';

export interface GradeSuspect {
  image: string;
  grade: number;
  /** The grade it looks like. */
  suspected: number;
  judge: Judge;
  /** Of the given and of the suspected grade. */
  probability: { grade: number; suspected: number };
  /** Grades by which it would come nearer to the truth, by the judge; see `gradesGained`. */
  gain: number;
  /** Graded images of other subjects with the nearest embeddings, the nearest first. */
  nearest: { image: string; grade: number }[];
}

/** What one judge found. */
export interface Judgement {
  judge: Judge;
  /** Grades judged. */
  images: number;
  /** How many of them are the judge's most probable grade: where few are, it is too weak to judge by. */
  agree: number;
  /** How many of them are estimated to be wrong; see `confidentJoint`. */
  wrong: number;
  /** Estimated counts, rows = the given grade, columns = the grade the images look like. */
  joint: number[][];
  suspects: GradeSuspect[];
}

export interface GradeCheck {
  /** Graded images. */
  graded: number;
  /** None where nobody could judge. */
  judgements: Judgement[];
}

export interface GradeCheckOptions {
  /** K. */
  grades: number;
  seed: number;
  /** How many suspects of each judge are given their nearest images: 200 unless told. */
  withNearest?: number;
}

const NEAREST = 3;

/** @returns the suspects of each judge, the furthest off first */
export function checkGrades(
  images: readonly KnownImage[],
  { grades, seed, withNearest = 200 }: GradeCheckOptions,
): GradeCheck {
  const graded = images.filter((image): image is Graded => image.grade !== null);
  const unseen = graded.filter(({ trained }) => !trained);
  const seen = graded.filter(({ trained }) => trained);
  const probe = seen.length > 0 ? heldOutProbabilities(seen, { grades, seed }) : null;
  const judgements: Judgement[] = [];
  if (unseen.length > 0 && unseen.every(({ probabilities }) => probabilities.length === grades))
    judgements.push(judgement('model', unseen, unseen, grades, graded, withNearest));
  if (probe) {
    const judged = seen.map(({ grade }, i) => ({ grade, probabilities: probe[i] }));
    judgements.push(judgement('probe', seen, judged, grades, graded, withNearest));
  }
  return { graded: graded.length, judgements };
}

type Graded = KnownImage & { readonly grade: number };

function judgement(
  judge: Judge,
  images: readonly Graded[],
  judged: readonly Judged[],
  grades: number,
  all: readonly Graded[],
  withNearest: number,
): Judgement {
  const joint = confidentJoint(judged, grades);
  const suspects = suspectedGrades(judged, grades, joint);
  return {
    judge,
    images: images.length,
    agree: judged.filter(({ grade, probabilities }) =>
      probabilities.every((p) => p <= probabilities[grade]),
    ).length,
    wrong: joint.wrong,
    joint: joint.joint,
    suspects: suspects.map(({ index, suspected, gain }, rank) => {
      const { grade, probabilities } = judged[index];
      return {
        image: images[index].image,
        grade,
        suspected,
        judge,
        probability: { grade: probabilities[grade], suspected: probabilities[suspected] },
        gain,
        nearest: rank < withNearest ? nearest(images[index], all) : [],
      };
    }),
  };
}

/** By Euclidean distance: along a severity axis it is length that tells. */
function nearest(of: Graded, all: readonly Graded[]): { image: string; grade: number }[] {
  const best: { image: string; grade: number; square: number }[] = [];
  for (const other of all) {
    if (other.subject === of.subject) continue;
    let square = 0;
    for (let i = 0; i < of.embedding.length; i++)
      square += (of.embedding[i] - other.embedding[i]) ** 2;
    if (best.length === NEAREST && square >= best[NEAREST - 1].square) continue;
    best.push({ image: other.image, grade: other.grade, square });
    best.sort((a, b) => a.square - b.square);
    best.length = Math.min(best.length, NEAREST);
  }
  return best.map(({ image, grade }) => ({ image, grade }));
}
