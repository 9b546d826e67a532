import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { scratchFolder } from '../testing/scratch.js';
import { readRatings } from './ratings.js';

const folder = scratchFolder();
const file = join(folder, 'ratings.csv');
const read = async (text: string) => {
  await writeFile(file, text);
  return readRatings(file);
};

test('long, in the order of time', async () => {
  assert.deepEqual(
    await read(
      'image,rater,grade,time\na.png,ana,2,2025-02-01\na.png,ana,1.0,2025-01-31\nb.png,ben,,2025-01-01\nb.png,ana,0,2024-12-31\n',
    ),
    [
      { image: 'b.png', subject: null, rater: 'ana', grade: 0 },
      { image: 'a.png', subject: null, rater: 'ana', grade: 1 },
      { image: 'a.png', subject: null, rater: 'ana', grade: 2 },
    ],
  );
});

test('wide, as labels.csv may be', async () => {
  assert.deepEqual(
    await read('image,subject,grade,grade_ana,grade_ben\na.png,p1,1,1,2\nb.png,p1,,0,\n'),
    [
      { image: 'a.png', subject: 'p1', rater: 'ana', grade: 1 },
      { image: 'a.png', subject: 'p1', rater: 'ben', grade: 2 },
      { image: 'b.png', subject: 'p1', rater: 'ana', grade: 0 },
    ],
  );
});

const refused = {
  'image,grade\na,1\n': /found the columns image, grade; give image, rater, grade/,
  'image,grade_ana\na,1\n': /column grade_NAME for each of two raters or more/,
  'picture,rater,grade\na,r,1\n': /no column image/,
  'image,rater,grade\na,r,1.5\n': /ratings\.csv:2: grade "1.5" of r is not an integer from 0 to 99/,
  'image,rater,grade\na,,1\n': /ratings\.csv:2: rater is empty/,
  'image,rater,grade\n,r,1\n': /ratings\.csv:2: image is empty/,
  'image,rater,grade\na,r,\n': /every grade is empty/,
  'image,rater,grade,time\na,r,1,soon\n': /time "soon" is not a date/,
  'image,rater,grade,time\na,r,1,2020-01-01\nb,r,1,\n': /time is empty in some rows/,
  'image,subject,rater,grade\na,p1,r,1\na,p2,s,1\n': /a has subject p2 here and p1 above/,
};
for (const [text, message] of Object.entries(refused)) {
  test(`refused: ${JSON.stringify(text)}`, async () => {
    await assert.rejects(read(text), message);
  });
}
