import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { InputError } from '../errors.js';
import type { ImageRecord, Manifest, Split } from './manifest.js';
import { assignSplits, chooseGraded, describeSplits } from './split.js';

type Row = { subject: string; grade: number | null; split?: Split | null };
const manifest = (rows: readonly Row[]): Manifest => ({
  file: 'labels.csv',
  records: rows.map(
    ({ subject, grade, split = null }, i): ImageRecord => ({
      image: `${i}.png`,
      path: `/${i}.png`,
      subject,
      grade,
      split,
      mask: null,
      site: null,
      attributes: {},
      line: i + 2,
    }),
  ),
  attributeNames: [],
  grades: Math.max(0, ...rows.map(({ grade }) => (grade ?? -1) + 1)),
  fingerprint: '',
});
/** Subjects, each with its images' grades; the split, where the file fills it, is the subject's. */
const cohort = fc
  .array(
    fc.record({
      grades: fc.array(fc.option(fc.integer({ min: 0, max: 3 })), { minLength: 1, maxLength: 4 }),
      split: fc.option(fc.constantFrom<Split>('train', 'validation', 'test')),
    }),
    { minLength: 1, maxLength: 60 },
  )
  .map((subjects) =>
    subjects.flatMap(({ grades, split }, s): Row[] =>
      // Only the first image names the split: it must hold for the others.
      grades.map((grade, i) => ({ subject: `s${s}`, grade, split: i === 0 ? split : null })),
    ),
  );
const unfilled = cohort.map((rows) => rows.map((row): Row => ({ ...row, split: null })));
const subjectsIn = (rows: readonly Row[], splits: readonly Split[], split: Split) =>
  new Set(rows.filter((_, i) => splits[i] === split).map(({ subject }) => subject));

test('a subject is never in two splits, and a filled split is kept', () => {
  fc.assert(
    fc.property(cohort, fc.integer(), (rows, seed) => {
      const splits = assignSplits(manifest(rows), { seed });
      const bySubject = new Map<string, Split>();
      const hasValidation = rows.some(({ split }) => split === 'validation');
      rows.forEach(({ subject, split }, i) => {
        assert.equal(splits[i], bySubject.get(subject) ?? splits[i]);
        bySubject.set(subject, splits[i]);
        if (split && (hasValidation || split !== 'train')) assert.equal(splits[i], split);
        if (split === 'train') assert.notEqual(splits[i], 'test');
      });
    }),
  );
});

test('each grade is shared out by the fractions, to one subject; the ungraded all train', () => {
  fc.assert(
    fc.property(unfilled, fc.integer(), (rows, seed) => {
      const splits = assignSplits(manifest(rows), { seed });
      const subjects = [...new Set(rows.map(({ subject }) => subject))];
      const highest = (name: string) =>
        Math.max(-1, ...rows.filter((r) => r.subject === name).map(({ grade }) => grade ?? -1));
      for (const grade of [-1, 0, 1, 2, 3]) {
        const stratum = subjects.filter((name) => highest(name) === grade);
        for (const [split, fraction] of [
          ['train', 0.6],
          ['validation', 0.15],
          ['test', 0.25],
        ] as const) {
          const count = [...subjectsIn(rows, splits, split)].filter((s) => stratum.includes(s));
          const share = grade === -1 ? Number(split === 'train') : fraction;
          assert.ok(Math.abs(count.length - share * stratum.length) <= 1, `${split} ${grade}`);
        }
      }
    }),
  );
});

test('the same seed splits alike, in any order of rows; another seed otherwise', () => {
  const rows = Array.from({ length: 60 }, (_, i) => ({ subject: `s${i % 40}`, grade: i % 3 }));
  const split = (of: Row[], seed: number) => {
    const splits = assignSplits(manifest(of), { seed });
    return Object.fromEntries(of.map(({ subject }, i) => [subject, splits[i]]));
  };
  assert.deepEqual(split(rows, 1), split(rows.toReversed(), 1));
  assert.notDeepEqual(split(rows, 1), split(rows, 2));
});

test('a file with train and test alone gets its validation from train', () => {
  const rows = Array.from({ length: 100 }, (_, i) => ({
    subject: `s${Math.floor(i / 2)}`,
    grade: Math.floor(i / 2) % 2,
    split: i < 80 ? ('train' as const) : ('test' as const),
  }));
  const splits = assignSplits(manifest(rows), { seed: 3 });
  // 40 subjects in train, 20 a grade; 0.15 / (0.15 + 0.6) = 20 % of each.
  const validation = subjectsIn(rows, splits, 'validation');
  assert.equal(validation.size, 8);
  assert.equal([...validation].filter((s) => Number(s.slice(1)) % 2 === 0).length, 4);
  rows.forEach(({ split }, i) => {
    assert.equal(splits[i] === 'test', split === 'test');
  });
});

test('a filled test set is never enlarged', () => {
  const rows: Row[] = Array.from({ length: 40 }, (_, i) => ({
    subject: `s${i}`,
    grade: 0,
    split: i < 4 ? 'test' : null,
  }));
  const splits = assignSplits(manifest(rows), { seed: 0 });
  assert.equal(subjectsIn(rows, splits, 'test').size, 4);
  assert.equal(subjectsIn(rows, splits, 'validation').size, 7); // 20 % of 36, rounded
});

test('fractions that are not shares are refused', () => {
  for (const fractions of [
    { train: 0.6, validation: 0.2, test: 0.25 },
    { train: 0, validation: 0.5, test: 0.5 },
    { train: 1.1, validation: -0.1, test: 0 },
    { train: Number.NaN, validation: 0, test: 0 },
  ])
    assert.throws(
      () => assignSplits(manifest([{ subject: 's', grade: 0 }]), { seed: 0, fractions }),
      InputError,
    );
});

test('the label budget: that many of each grade in train, all elsewhere, none ungraded', () => {
  fc.assert(
    fc.property(unfilled, fc.integer(), fc.integer({ min: 1, max: 6 }), (rows, seed, budget) => {
      const of = manifest(rows);
      const splits = assignSplits(of, { seed });
      const inTrain = (grade: number) =>
        rows.filter((row, i) => row.grade === grade && splits[i] === 'train').length;
      const grades = Array.from({ length: of.grades }, (_, g) => g);
      if (grades.some((grade) => inTrain(grade) === 0)) {
        assert.throws(() => chooseGraded(of, splits, { budget, seed }), /no training image/);
        return;
      }
      const graded = chooseGraded(of, splits, { budget, seed });
      const larger = chooseGraded(of, splits, { budget: budget + 1, seed });
      const [train] = describeSplits(of, splits, graded);
      grades.forEach((grade) => {
        assert.equal(train.gradedByGrade[grade], Math.min(budget, inTrain(grade)));
        assert.equal(train.imagesByGrade[grade], inTrain(grade));
      });
      rows.forEach(({ grade }, i) => {
        if (grade === null) assert.equal(graded[i], false);
        else if (splits[i] !== 'train') assert.equal(graded[i], true);
        if (graded[i]) assert.equal(larger[i], true);
      });
      assert.deepEqual(
        chooseGraded(of, splits, { budget: 'all', seed }),
        rows.map(({ grade }) => grade !== null),
      );
    }),
  );
});

test('the budget takes one image of every subject before a second of any', () => {
  // Subject a has 20 images of grade 0, b and c have one each.
  const rows: Row[] = [
    ...Array.from({ length: 20 }, () => ({ subject: 'a', grade: 0 })),
    { subject: 'b', grade: 0 },
    { subject: 'c', grade: 0 },
  ];
  const splits = rows.map((): Split => 'train');
  for (let seed = 0; seed < 20; seed++) {
    const graded = chooseGraded(manifest(rows), splits, { budget: 3, seed });
    const subjects = rows.filter((_, i) => graded[i]).map(({ subject }) => subject);
    assert.deepEqual(subjects, ['a', 'b', 'c']);
  }
});

test('an empty or broken budget is refused', () => {
  const of = manifest([{ subject: 'a', grade: 0 }]);
  for (const budget of [0, -1, 1.5, Number.NaN])
    assert.throws(() => chooseGraded(of, ['train'], { budget, seed: 0 }), InputError);
  const gap = manifest([
    { subject: 'a', grade: 0 },
    { subject: 'b', grade: 2 },
  ]);
  assert.throws(
    () => chooseGraded(gap, ['train', 'train'], { budget: 'all', seed: 0 }),
    /labels\.csv: no training image has grade 1/,
  );
});

test('counts by split', () => {
  const of = manifest([
    { subject: 'a', grade: 0 },
    { subject: 'a', grade: 2 },
    { subject: 'b', grade: null },
    { subject: 'c', grade: 2 },
  ]);
  const counts = describeSplits(
    of,
    ['train', 'train', 'train', 'test'],
    [true, false, false, true],
  );
  assert.deepEqual(counts, [
    {
      split: 'train',
      images: 3,
      subjects: 2,
      graded: 1,
      gradedByGrade: [1, 0, 0],
      imagesByGrade: [1, 0, 1],
    },
    {
      split: 'validation',
      images: 0,
      subjects: 0,
      graded: 0,
      gradedByGrade: [0, 0, 0],
      imagesByGrade: [0, 0, 0],
    },
    {
      split: 'test',
      images: 1,
      subjects: 1,
      graded: 1,
      gradedByGrade: [0, 0, 1],
      imagesByGrade: [0, 0, 1],
    },
  ]);
});
