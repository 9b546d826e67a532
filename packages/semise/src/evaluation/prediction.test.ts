import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import fc from 'fast-check';
import { InputError } from '../errors.js';
import { type Prediction, readPredictions, writePredictions } from './prediction.js';

let folder: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'semise-prediction-'));
});
after(() => rm(folder, { recursive: true }));

test('what is written is read back exactly, whatever the names', async () => {
  const finite = fc.double({ noNaN: true, noDefaultInfinity: true }).map((x) => x + 0 || 0);
  await fc.assert(
    fc.asyncProperty(
      fc.array(
        fc.record(
          {
            image: fc.string({ minLength: 1, unit: 'grapheme' }),
            subject: fc.constantFrom('a', 'b,c', 'd"e', 'f\ng'),
            split: fc.constantFrom('train', 'validation', 'test'),
            grade: fc.option(fc.nat(4)),
            predicted: fc.nat(4),
            score: finite,
            probabilities: fc.tuple(finite, finite, finite),
          },
          { noNullPrototype: true },
        ),
        { minLength: 1, maxLength: 8 },
      ),
      async (predictions) => {
        const file = join(folder, 'predictions.csv');
        await writePredictions(file, predictions as Prediction[]);
        assert.deepEqual(await readPredictions(file), predictions);
      },
    ),
    { numRuns: 50 },
  );
});

test('the file is the table of the design, and nothing else is left beside it', async () => {
  const file = join(folder, 'predictions.csv');
  await writePredictions(file, [
    {
      image: 'a.png',
      subject: 's1',
      split: 'test',
      grade: null,
      predicted: 1,
      score: 0.25,
      probabilities: [0.4, 0.6],
    },
  ]);
  assert.equal(
    await readFile(file, 'utf8'),
    'image,subject,split,grade,predicted,score,p0,p1\na.png,s1,test,,1,0.25,0.4,0.6\n',
  );
  assert.deepEqual(await readdir(folder), ['predictions.csv']);
});

test('a bad table is refused in one line with file, line, field and cure', async () => {
  const file = join(folder, 'bad.csv');
  const header = 'image,subject,split,grade,predicted,score,p0,p1\n';
  const good = 'a.png,s1,test,0,0,0.1,0.5,0.5\n';
  for (const [text, message] of [
    ['image,subject\n', /bad\.csv, line 1: no column split, grade, predicted, score;/],
    [`${header}${good}b.png,s1,test,0.5,0,0.1,0.5,0.5\n`, /line 3: grade is "0\.5"; give an int/],
    [`${header}b.png,s1,test,0,0,high,0.5,0.5\n`, /line 2: score is "high"; give a number/],
    [`${header}b.png,s1,test,0,0,0.1,,0.5\n`, /line 2: p0 is ""; give a number/],
    [`${header}b.png,s1,holdout,0,0,0.1,0.5,0.5\n`, /line 2: split is "holdout"; give train/],
    [`${header}b.png,s1\n`, /bad\.csv: not a table .*line 2/],
    ['', /line 1: no column image/],
  ] as const) {
    await writeFile(file, text);
    await assert.rejects(readPredictions(file), (error) => {
      assert.ok(error instanceof InputError);
      assert.match(error.message, message);
      assert.doesNotMatch(error.message, /\n/);
      return true;
    });
  }
  await assert.rejects(readPredictions(join(folder, 'none.csv')), /none\.csv: cannot be read/);
});
