// What a cell's training is shown: an ordinary labels.csv and comparisons.csv in which everything
// else is hidden. The grades of validation and test are not in them; the harness keeps those, so
// that no method can choose by them, or spend more grades than its budget.

import { join, relative, resolve } from 'node:path';
import { stringify } from 'csv-stringify/sync';
import { makeFolder, writeWhole } from '../atomic.js';
import { chooseGraded, type ImageRecord, type Split } from '../data/index.js';
import { InputError } from '../errors.js';
import { random } from '../random.js';
import type { Cell } from './cells.js';
import type { Cohort } from './cohort.js';
import { drawComparisons } from './comparisons.js';

export interface Shown {
  /** Absolute paths. */
  readonly labels: string;
  readonly comparisons: string | null;
  /** The grades of the split on which the cell is scored, by absolute path of the image. */
  readonly hidden: ReadonlyMap<string, number>;
  /** Number of grades, K. */
  readonly grades: number;
  /** Images to train on, and how many of them carry a grade. */
  readonly images: number;
  readonly graded: number;
}

interface Row {
  readonly record: ImageRecord;
  readonly split: Split;
  /** The expert's. */
  readonly grade: number | null;
  readonly severity: number | null;
}

type Condition = Pick<
  Cell,
  'budget' | 'comparisons' | 'wrong' | 'gradeNoise' | 'healthy' | 'seed' | 'split'
>;

/**
 * Writes what the cell's training may see into `folder`. The same cell gives the same bytes.
 *
 * @param pool foreign images without grades, and whether they stand in for the unlabelled ones
 * @throws InputError where the cohort has too few images for what is asked
 */
export async function writeShown(
  cohort: Cohort,
  cell: Condition,
  folder: string,
  options: {
    readonly ties: 'drop' | 'mark';
    readonly pool?: { readonly cohort: Cohort; readonly replace: boolean };
    /** One image of each grade, and not even its own: for a training that must see no grade. */
    readonly madeUp?: boolean;
  },
): Promise<Shown> {
  const { rows, grades } = visibleRows(cohort, cell);
  const seen = options.madeUp
    ? madeUpGrades(rows, grades, cell.seed)
    : seenGrades(cohort, rows, grades, cell);
  const candidates = rows.flatMap(({ record, split, severity }, index) =>
    split === 'train' && severity !== null ? [{ index, subject: record.subject, severity }] : [],
  );
  const answers =
    cell.comparisons > 0
      ? drawComparisons(candidates, { ...cell, count: cell.comparisons, ties: options.ties })
      : [];
  const needed = new Set(answers.flatMap(({ more, less }) => [more, less]));

  const place = (record: ImageRecord) => relative(resolve(folder), record.path);
  const own = rows.flatMap(({ record, split }, i) => {
    const grade = seen.get(i);
    const replaced = options.pool?.replace && split === 'train';
    if (replaced && grade === undefined && !needed.has(i)) return [];
    return [{ image: place(record), subject: record.subject, grade: grade ?? '', split }];
  });
  const foreign = (options.pool?.cohort.records ?? []).map((record) => ({
    image: place(record),
    subject: `pool:${record.subject}`,
    grade: '',
    split: 'train' as const,
  }));

  await makeFolder(folder);
  const labels = join(folder, 'labels.csv');
  await writeWhole(labels, stringify([...own, ...foreign], { header: true }));
  const comparisons = answers.length > 0 ? join(folder, 'comparisons.csv') : null;
  if (comparisons) {
    const lines = answers.map(({ more, less, tie }) => ({
      more_severe: place(rows[more].record),
      less_severe: place(rows[less].record),
      rater: 'hidden',
      tie: tie ? 1 : 0,
    }));
    await writeWhole(comparisons, stringify(lines, { header: true }));
  }
  const scored = rows.filter((row) => row.split === cell.split && row.grade !== null);
  if (scored.length === 0) {
    throw new InputError(`${cohort.file}: no graded image in the ${cell.split} split to score on`);
  }
  return {
    labels,
    comparisons,
    hidden: new Map(scored.map(({ record, grade }) => [record.path, grade as number])),
    grades,
    images: [...own, ...foreign].filter(({ split }) => split === 'train').length,
    graded: seen.size,
  };
}

/** While tuning there is no test split. Without healthy images the mildest disease has grade 0. */
export function visibleRows(cohort: Cohort, { split, healthy }: Pick<Cell, 'split' | 'healthy'>) {
  const lowest = healthy === 'absent' ? 1 : 0;
  const rows = cohort.records.flatMap((record, i): Row[] => {
    const { grade } = record;
    if (split === 'validation' && cohort.splits[i] === 'test') return [];
    if (grade !== null && grade < lowest) return [];
    const severity = cohort.severity[i];
    return [
      { record, split: cohort.splits[i], grade: grade === null ? null : grade - lowest, severity },
    ];
  });
  return { rows, grades: cohort.grades - lowest };
}

/** By row, the grades that training sees: the budget's, some of them wrong. */
function seenGrades(
  cohort: Cohort,
  rows: readonly Row[],
  grades: number,
  { budget, seed, gradeNoise, healthy }: Condition,
): Map<number, number> {
  const records = rows.map(({ record: { image, subject }, grade }) => ({ image, subject, grade }));
  const manifest = { file: cohort.file, records, grades };
  const splits = rows.map(({ split }) => split);
  const chosen = chooseGraded(manifest, splits, { budget, seed });
  const lowest = healthy === 'ungraded' ? 1 : 0;
  const graded = rows.flatMap(({ split, grade }, i) =>
    split === 'train' && chosen[i] && (grade as number) >= lowest
      ? [{ row: i, grade: grade as number }]
      : [],
  );
  return wrongGrades(graded, { share: gradeNoise, lowest, grades, seed });
}

function madeUpGrades(rows: readonly Row[], grades: number, seed: number): Map<number, number> {
  const train = rows.flatMap(({ split }, i) => (split === 'train' ? [i] : []));
  const drawn = random(seed, 'benchmark made-up grades').shuffle(train).slice(0, grades);
  return new Map(drawn.map((row, grade) => [row, grade]));
}

/**
 * Exactly round(share x n) of the grades become another grade, each as likely; a rater's slip that
 * leaves every grade with an image (else there would be nothing to train on).
 */
function wrongGrades(
  graded: readonly { row: number; grade: number }[],
  { share, lowest, grades, seed }: { share: number; lowest: number; grades: number; seed: number },
): Map<number, number> {
  const wrong = Math.round(share * graded.length);
  const kinds = new Set(graded.map(({ grade }) => grade)).size;
  for (let attempt = 0; ; attempt++) {
    const r = random(seed, 'benchmark wrong grades', attempt);
    const hit = new Set(r.shuffle(graded.map(({ row }) => row)).slice(0, wrong));
    const another = (grade: number) => {
      const others = Array.from({ length: grades - lowest }, (_, k) => k + lowest);
      return r.pick(others.filter((k) => k !== grade));
    };
    const seen = new Map(
      graded.map(({ row, grade }) => [row, hit.has(row) ? another(grade) : grade]),
    );
    if (new Set(seen.values()).size === kinds || attempt === 100) return seen;
  }
}
