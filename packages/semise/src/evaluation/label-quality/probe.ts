// What other patients' grades say of an image: an ordinal regression on the model's embeddings, each subject
// judged by a fit without it.

import { PCA } from 'ml-pca';
import { random } from '../../random.js';
import { fitProportionalOdds, oddsProbabilities } from './proportional-odds.js';

export interface Embedded {
  readonly subject: string;
  /** Integer in 0..K-1. */
  readonly grade: number;
  readonly embedding: ArrayLike<number>;
}

export interface ProbeOptions {
  /** K. */
  grades: number;
  seed: number;
  /** Parts of the subjects, 5 unless told. */
  folds?: number;
}

/** Widest directions of the embeddings that the regression sees, and images they are found from. */
const DIRECTIONS = 32;
const FITTED = 256;
/** Not tuned: what a standard normal prior on the slope weighs against a hundred images. */
const RIDGE = 0.01;

/**
 * Of each image, the probability of every grade by a proportional-odds model of the embeddings of all other
 * subjects' images in other folds (`subjectFolds`). The embeddings' directions are found from all images, as
 * that takes no grade.
 *
 * The regression is held out; the encoder is not, where its training saw these grades.
 *
 * @returns K numbers an image, or null where there are fewer than 10 subjects, or a fold leaves one grade alone
 */
export function heldOutProbabilities(
  images: readonly Embedded[],
  { grades, seed, folds = 5 }: ProbeOptions,
): number[][] | null {
  if (new Set(images.map(({ subject }) => subject)).size < 2 * folds) return null;
  const x = principal(images.map(({ embedding }) => embedding));
  const fold = subjectFolds(images, folds, seed);
  const answers = new Array<number[]>(images.length);
  for (let f = 0; f < folds; f++) {
    const rest = [...images.keys()].filter((i) => fold[i] !== f);
    if (new Set(rest.map((i) => images[i].grade)).size < 2) return null;
    const model = fitProportionalOdds(
      rest.map((i) => x[i]),
      rest.map((i) => images[i].grade),
      grades,
      RIDGE,
    );
    for (let i = 0; i < images.length; i++) {
      if (fold[i] === f) answers[i] = oddsProbabilities(model, x[i]);
    }
  }
  return answers;
}

/** The fold of each image, 0..folds-1: subjects by their worst grade in turn, so that grades spread evenly. */
export function subjectFolds(
  images: readonly Pick<Embedded, 'subject' | 'grade'>[],
  folds: number,
  seed: number,
): number[] {
  const worst = new Map<string, number>();
  for (const { subject, grade } of images) {
    worst.set(subject, Math.max(grade, worst.get(subject) ?? 0));
  }
  const subjects = random(seed, 'label quality folds').shuffle([...worst.keys()].sort());
  subjects.sort((a, b) => worst.get(a)! - worst.get(b)!);
  const foldOf = new Map(subjects.map((subject, i) => [subject, i % folds]));
  return images.map(({ subject }) => foldOf.get(subject)!);
}

/** The widest directions, in units of the widest one's deviation. */
function principal(embeddings: readonly ArrayLike<number>[]): number[][] {
  const rows = embeddings.map((embedding) => Array.from(embedding));
  const step = Math.max(1, rows.length / FITTED);
  const fitted = Array.from(
    { length: Math.floor(rows.length / step) },
    (_, i) => rows[Math.floor(i * step)],
  );
  const pca = new PCA(fitted);
  const scale = pca.getStandardDeviations()[0] || 1;
  const nComponents = Math.min(DIRECTIONS, fitted.length - 1, rows[0].length);
  return pca
    .predict(rows, { nComponents })
    .to2DArray()
    .map((row) => row.map((value) => value / scale));
}
