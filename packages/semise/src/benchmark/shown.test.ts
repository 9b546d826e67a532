// What a training is shown, and what is hidden from it.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { before, test } from 'node:test';
import { parse } from 'csv-parse/sync';
import { readManifest } from '../data/index.js';
import { writeTinyCohort } from '../testing/cohort.js';
import { scratchFolder } from '../testing/scratch.js';
import { type Cohort, openCohort } from './cohort.js';
import { type Shown, writeShown } from './shown.js';

const folder = scratchFolder();
let cohort: Cohort;
let foreign: Cohort;

before(async () => {
  const open = async (name: string) => {
    const { labels } = await writeTinyCohort(join(folder, name), { seed: name.length });
    return (await openCohort(name, { labels }, folder, folder)) as Cohort;
  };
  cohort = await open('cohort');
  foreign = await open('foreign-one');
});

const usual = {
  budget: 3,
  comparisons: 0,
  wrong: 0,
  gradeNoise: 0,
  healthy: 'kept',
  seed: 1,
  split: 'test',
} as const;
type Line = Record<string, string>;
const table = async (file: string): Promise<Line[]> =>
  parse(await readFile(file), { columns: true });

let place = 0;
const show = async (
  changes: Partial<Parameters<typeof writeShown>[1]>,
  options: Partial<Parameters<typeof writeShown>[3]> = {},
): Promise<{ shown: Shown; rows: Line[]; truth: (row: Line) => number | null }> => {
  const into = join(folder, `shown-${place++}`);
  const shown = await writeShown(cohort, { ...usual, ...changes }, into, {
    ties: 'drop',
    ...options,
  });
  const grades = new Map(cohort.records.map(({ path, grade }) => [path, grade]));
  const truth = (row: Line) => grades.get(resolve(into, row.image)) ?? null;
  return { shown, rows: await table(shown.labels), truth };
};
const graded = (rows: Line[]) => rows.filter(({ grade }) => grade !== '');

test('the budget of each class in training; validation and test without any grade', async () => {
  const { shown, rows, truth } = await show({});
  assert.equal(rows.length, cohort.records.length);
  assert.ok(graded(rows).every(({ split }) => split === 'train'));
  for (const grade of ['0', '1', '2']) {
    assert.equal(rows.filter((row) => row.grade === grade).length, 3);
  }
  for (const row of graded(rows)) assert.equal(Number(row.grade), truth(row));
  assert.equal(shown.graded, 9);
  const test = rows.filter(({ split }) => split === 'test');
  assert.ok(test.length > 0);
  assert.equal(shown.hidden.size, test.length);
  for (const row of test) {
    assert.equal(shown.hidden.get(resolve(dirname(shown.labels), row.image)), truth(row));
  }
  // An ordinary file, which the library reads.
  const manifest = await readManifest(shown.labels);
  assert.deepEqual(
    manifest.records.map(({ path, subject }) => [path, subject]),
    cohort.records.map(({ path, subject }) => [path, subject]),
  );
});

test('the seed draws the grades, never the split', async () => {
  const [one, again, two] = [await show({}), await show({}), await show({ seed: 2 })];
  const splits = ({ rows }: typeof one) => rows.map(({ split }) => split);
  const grades = ({ rows }: typeof one) => rows.map(({ grade }) => grade);
  assert.deepEqual(one.rows, again.rows);
  assert.deepEqual(splits(one), splits(two));
  assert.notDeepEqual(grades(one), grades(two));
});

test('while tuning there is no test split, and validation is what is scored', async () => {
  const { shown, rows, truth } = await show({ split: 'validation' });
  assert.deepEqual(new Set(rows.map(({ split }) => split)), new Set(['train', 'validation']));
  const scored = rows.filter(({ split }) => split === 'validation');
  assert.ok(scored.every(({ grade }) => grade === ''));
  assert.deepEqual([...shown.hidden.values()], scored.map(truth));
});

test('wrong grades: exactly the share, in training alone', async () => {
  const { shown, rows, truth } = await show({ budget: 5, gradeNoise: 0.2 });
  const wrong = graded(rows).filter((row) => Number(row.grade) !== truth(row));
  assert.equal(graded(rows).length, 15);
  assert.equal(wrong.length, 3);
  const right = await show({ budget: 5 });
  assert.deepEqual(
    [...shown.hidden],
    [...right.shown.hidden].map(([path, grade]) => [
      path.replace(dirname(right.shown.labels), dirname(shown.labels)),
      grade,
    ]),
  );
});

test('comparisons: training images, by their hidden grades', async () => {
  const { shown, rows } = await show({ comparisons: 30, wrong: 0.2 });
  const answers = await table(shown.comparisons!);
  assert.equal(answers.length, 30);
  const splits = new Map(rows.map(({ image, split }) => [image, split]));
  const grades = new Map(
    rows.map(({ image }) => [
      image,
      cohort.records.find(({ path }) => path === resolve(dirname(shown.labels), image))!.grade!,
    ]),
  );
  let wrong = 0;
  for (const { more_severe: more, less_severe: less } of answers) {
    assert.equal(splits.get(more), 'train');
    assert.equal(splits.get(less), 'train');
    assert.notEqual(grades.get(more), grades.get(less));
    if (grades.get(more)! < grades.get(less)!) wrong++;
  }
  assert.equal(wrong, 6);
});

test('a foreign pool: its images without grades, instead of our unlabelled ones', async () => {
  const own = await show({ comparisons: 5 });
  const added = await show({ comparisons: 5 }, { pool: { cohort: foreign, replace: false } });
  const replaced = await show({ comparisons: 5 }, { pool: { cohort: foreign, replace: true } });
  assert.equal(added.rows.length, own.rows.length + foreign.records.length);
  const strangers = replaced.rows.filter(({ subject }) => subject.startsWith('pool:'));
  assert.equal(strangers.length, foreign.records.length);
  assert.ok(strangers.every(({ grade, split }) => grade === '' && split === 'train'));
  const compared = (await table(replaced.shown.comparisons!)).flatMap((row) => [
    row.more_severe,
    row.less_severe,
  ]);
  const ours = replaced.rows.filter(
    ({ subject, split }) => split === 'train' && !subject.startsWith('pool:'),
  );
  assert.ok(ours.every(({ image, grade }) => grade !== '' || compared.includes(image)));
  assert.ok(ours.length < own.rows.filter(({ split }) => split === 'train').length);
});

test('no healthy class: ungraded, or gone with the grades counted anew', async () => {
  const ungraded = await show({ healthy: 'ungraded' });
  assert.deepEqual(new Set(graded(ungraded.rows).map(({ grade }) => grade)), new Set(['1', '2']));
  assert.equal(ungraded.rows.length, cohort.records.length);
  assert.ok([...ungraded.shown.hidden.values()].includes(0));

  const absent = await show({ healthy: 'absent' });
  assert.equal(absent.shown.grades, 2);
  assert.deepEqual(new Set(graded(absent.rows).map(({ grade }) => grade)), new Set(['0', '1']));
  for (const row of graded(absent.rows)) assert.equal(Number(row.grade) + 1, absent.truth(row));
  assert.ok(absent.rows.every((row) => absent.truth(row) !== 0));
});

test('made-up grades: one image a class, whatever its grade', async () => {
  const { rows, shown } = await show({}, { madeUp: true });
  assert.deepEqual(
    graded(rows)
      .map(({ grade }) => grade)
      .sort(),
    ['0', '1', '2'],
  );
  assert.equal(shown.graded, 3);
});
