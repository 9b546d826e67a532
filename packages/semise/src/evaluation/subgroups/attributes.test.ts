import assert from 'node:assert/strict';
import { test } from 'node:test';
import { InputError } from '../../errors.js';
import { type Attributes, type PartitionOptions, partitions } from './attributes.js';

/** One image a subject. */
const divide = (attributes: readonly Attributes[], options?: PartitionOptions) =>
  partitions(
    attributes.map((one, i) => ({ subject: `s${i}`, attributes: one })),
    options,
  );

const ages = Array.from({ length: 30 }, (_, i) => ({ age: String(40 + i) }));

test('a value is a group, in the order that people sort in; without one an image is in none', () => {
  const { partitions: found } = divide(
    [{ sex: 'M' }, { sex: 'F' }, { sex: '' }, {}, { sex: ' F ' }],
    { pairs: false },
  );
  assert.equal(found.length, 1);
  assert.deepEqual(found[0].groups, [['F'], ['M']]);
  assert.deepEqual([...found[0].groupOf], [1, 0, -1, -1, 0]);
});

test('numbers fall in thirds of the subjects, or between the cut points given', () => {
  const [thirds] = divide(ages).partitions;
  assert.deepEqual(thirds.groups, [['< 50'], ['50–59'], ['≥ 60']]);
  assert.deepEqual(
    thirds.groups.map((_, g) => thirds.groupOf.filter((of) => of === g).length),
    [10, 10, 10],
  );
  const [cut] = divide(ages, { bands: { age: [45] } }).partitions;
  assert.deepEqual(cut.groups, [['< 45'], ['≥ 45']]);
  assert.deepEqual([cut.groupOf[4], cut.groupOf[5]], [0, 1]); // 44, 45
  const halves = ages.map(({ age }) => ({ age: String(Number(age) + 0.5) }));
  assert.deepEqual(divide(halves, { bands: { age: [45, 60] } }).partitions[0].groups[1], [
    '45–<60',
  ]);
  // Half of the subjects share a value: bands are fewer, none is empty.
  const heaped = ages.map(({ age }, i) => ({ age: i < 15 ? '40' : age }));
  const [few] = divide(heaped).partitions;
  assert.deepEqual(few.groups, [['< 60'], ['≥ 60']]);
});

test('few different numbers are codes, not measurements', () => {
  const codes = ages.map((_, i) => ({ type: String(i % 3) }));
  assert.deepEqual(divide(codes).partitions[0].groups, [['0'], ['1'], ['2']]);
});

test('pairs of attributes; a pair that says no more than one of them is left out', () => {
  const images = Array.from({ length: 12 }, (_, i) => ({
    sex: i % 2 ? 'F' : 'M',
    site: i % 3 ? 'a' : 'b',
    machine: i % 3 ? 'GE' : 'Siemens', // the site's only one
    study: 'one',
  }));
  const { partitions: found, leftOut } = divide(images);
  assert.deepEqual(
    found.map(({ attributes }) => attributes.join()),
    ['sex', 'site', 'sex,site'],
  );
  assert.deepEqual(found[2].groups, [
    ['F', 'a'],
    ['F', 'b'],
    ['M', 'a'],
    ['M', 'b'],
  ]);
  assert.deepEqual(leftOut, [
    { attributes: ['machine'], reason: 'sameGroups', as: ['site'] },
    { attributes: ['study'], reason: 'oneValue' },
  ]);
  assert.equal(divide(images, { pairs: false }).partitions.length, 2);
  assert.equal(divide(images, { by: ['sex'] }).partitions.length, 1);
});

test('names and remarks are no groups', () => {
  const remarks = Array.from({ length: 60 }, (_, i) => ({ remark: `patient ${i}` }));
  assert.deepEqual(divide(remarks), {
    partitions: [],
    leftOut: [{ attributes: ['remark'], reason: 'tooManyValues' }],
  });
});

test('what cannot be done is said: an unknown attribute, bands of words, bands that fall', () => {
  const refused = (options: PartitionOptions, message: RegExp) =>
    assert.throws(
      () => divide([{ sex: 'F', age: '40' }], options),
      (error) => error instanceof InputError && message.test(error.message),
    );
  refused({ by: ['Sex'] }, /^no attribute Sex; labels.csv has sex, age$/);
  refused({ bands: { weight: [50] } }, /^no attribute weight/);
  refused({ bands: { sex: [1] } }, /^bands of sex: "F" is not a number$/);
  refused({ bands: { age: [60, 40] } }, /^bands of age: 60, 40; give rising numbers$/);
});
