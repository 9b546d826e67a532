// Who is trained on and who is tested on: splits by subject, and the grades training may see.

import { InputError } from '../errors.js';
import { random } from '../random.js';
import type { ImageRecord, Manifest, Split } from './manifest.js';

export interface SplitFractions {
  readonly train: number;
  readonly validation: number;
  readonly test: number;
}

export interface SplitOptions {
  readonly seed: number;
  /** Shares of the graded subjects, in [0, 1], sum 1; train > 0. */
  readonly fractions?: SplitFractions;
}

const FRACTIONS: SplitFractions = { train: 0.6, validation: 0.15, test: 0.25 };

/**
 * The split of every record; all images of a subject share one.
 *
 * What the file's `split` column says is kept, and holds for all images of that subject. The other
 * subjects start in train. If the file names no test, the share `test` of them is cut from them; if
 * it names no validation, the share `validation / (validation + train)` is cut from all train
 * subjects (also from those that the file puts in train: a file with train and test alone still
 * needs images to choose hyper-parameters on). Cuts are random by seed and stratified by the
 * subject's highest grade, each stratum's count rounded to the nearest; subjects without any grade
 * are never cut. The order of the file's rows does not matter.
 *
 * @returns a split for each of `manifest.records`
 * @throws InputError if the fractions are not shares
 */
export function assignSplits(
  manifest: { readonly records: readonly Pick<ImageRecord, 'subject' | 'grade' | 'split'>[] },
  { seed, fractions = FRACTIONS }: SplitOptions,
): Split[] {
  const { train, validation, test } = fractions;
  if (
    !(train > 0 && validation >= 0 && test >= 0 && Math.abs(train + validation + test - 1) < 1e-9)
  )
    throw new InputError(
      `split fractions train ${train}, validation ${validation}, test ${test} are not shares; ` +
        'give three numbers >= 0 that sum to 1, train > 0',
    );
  const { records } = manifest;
  const named = new Map<string, Split>();
  for (const record of records) if (record.split) named.set(record.subject, record.split);
  const filled = new Set(named.values());
  // Only what may differ from train: of a million images few are graded.
  const splits = new Map(named);
  const splitOf = (subject: string): Split => splits.get(subject) ?? 'train';
  const highest = new Map<string, number>();
  for (const record of records) {
    const { grade } = record;
    if (grade === null) continue;
    const { subject } = record;
    highest.set(subject, Math.max(grade, highest.get(subject) ?? 0));
  }

  const cut = (share: number, to: Split, mayMove: (subject: string) => boolean) => {
    const strata = groupBy(
      [...highest.keys()].filter((subject) => splitOf(subject) === 'train' && mayMove(subject)),
      (subject) => highest.get(subject)!,
    );
    for (const [grade, subjects] of strata) {
      const shuffled = random(seed, 'split', to, grade).shuffle(subjects.sort());
      for (const subject of shuffled.slice(0, Math.round(share * subjects.length)))
        splits.set(subject, to);
    }
  };
  if (!filled.has('test')) cut(test, 'test', (subject) => !named.has(subject));
  if (!filled.has('validation')) cut(validation / (validation + train), 'validation', () => true);
  return records.map(({ subject }) => splitOf(subject));
}

/** What the choice of grades looks at. */
export interface Gradable extends Pick<Manifest, 'file' | 'grades'> {
  readonly records: readonly Pick<ImageRecord, 'image' | 'subject' | 'grade'>[];
}

export interface BudgetOptions {
  /** Graded training images a class, an integer >= 1, or all that there are. */
  readonly budget: number | 'all';
  readonly seed: number;
}

/**
 * Which images' grades may be seen. Of each grade in train, `budget` images (all, where there are
 * fewer), one of every subject before a second of any, so that few subjects do not dominate; in
 * validation and test every graded image. With the same seed a smaller budget is a subset of a
 * larger one.
 *
 * @returns true or false for each of `manifest.records`
 * @throws InputError if the budget is not a positive integer or a grade has no training image
 */
export function chooseGraded(
  manifest: Gradable,
  splits: readonly Split[],
  { budget, seed }: BudgetOptions,
): boolean[] {
  if (budget !== 'all' && !(Number.isInteger(budget) && budget >= 1))
    throw new InputError(
      `label budget ${budget} leaves nothing to learn from; ` +
        "give the graded images a class as an integer >= 1, or 'all'",
    );
  const { records, grades } = manifest;
  const chosen = records.map(({ grade }, i) => grade !== null && splits[i] !== 'train');
  const training = groupBy(
    [...records.keys()].filter((i) => splits[i] === 'train' && records[i].grade !== null),
    (i) => records[i].grade,
  );
  for (let grade = 0; grade < grades; grade++) {
    const stream = random(seed, 'label budget', grade);
    const images = training.get(grade) ?? [];
    if (images.length === 0)
      throw new InputError(
        `${manifest.file}: no training image has grade ${grade}; grade some, put some in train, ` +
          `or renumber the grades 0 to ${grades - 1} without a gap`,
      );
    const bySubject = groupBy(
      images.sort((a, b) => (records[a].image < records[b].image ? -1 : 1)),
      (i) => records[i].subject,
    );
    const turns = stream
      .shuffle([...bySubject.keys()].sort())
      .flatMap((subject) => stream.shuffle(bySubject.get(subject)!).map((i, turn) => ({ i, turn })))
      .sort((a, b) => a.turn - b.turn);
    for (const { i } of turns.slice(0, budget === 'all' ? turns.length : budget)) chosen[i] = true;
  }
  return chosen;
}

export interface SplitCounts {
  readonly split: Split;
  readonly images: number;
  readonly subjects: number;
  /** Images whose grade may be seen. */
  readonly graded: number;
  /** The same by grade, index = grade. */
  readonly gradedByGrade: readonly number[];
  /** Images by the grade that the file gives, seen or not, index = grade. */
  readonly imagesByGrade: readonly number[];
}

/** Counts of each split for the log and the report, in the order train, validation, test. */
export function describeSplits(
  manifest: Manifest,
  splits: readonly Split[],
  graded: readonly boolean[],
): SplitCounts[] {
  const { records, grades } = manifest;
  return (['train', 'validation', 'test'] as const).map((split) => {
    const images = records.flatMap(({ subject, grade }, i) =>
      splits[i] === split ? [{ subject, grade, graded: graded[i] }] : [],
    );
    const seen = images.filter((image) => image.graded);
    const byGrade = (of: readonly { grade: number | null }[]) =>
      Array.from({ length: grades }, (_, g) => of.filter(({ grade }) => grade === g).length);
    return {
      split,
      images: images.length,
      subjects: new Set(images.map(({ subject }) => subject)).size,
      graded: seen.length,
      gradedByGrade: byGrade(seen),
      imagesByGrade: byGrade(images),
    };
  });
}

function groupBy<T, K>(items: readonly T[], key: (item: T) => K): Map<K, T[]> {
  const groups = new Map<K, T[]>();
  for (const item of items) {
    const group = groups.get(key(item));
    if (group) group.push(item);
    else groups.set(key(item), [item]);
  }
  return groups;
}
