// accept, validate and sample-size as a user meets them: exit codes, what is written, what is refused.

import assert from 'node:assert/strict';
import { access, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { readPredictions } from '../evaluation/prediction.js';
import type { Validation } from '../report/validation/report-data.js';
import { type TinyCohort, writeTinyCohort } from '../testing/cohort.js';
import { semise } from '../testing/command.js';
import { halfWidth } from '../testing/japanese-page.js';
import { scratchFolder } from '../testing/scratch.js';

const folder = scratchFolder();
const at = (...names: string[]) => join(folder, ...names);
const run = at('run');
const limits = at('limits.json');
let own: TinyCohort;
let data: string;

/** Whatever the model learned in four steps keeps these: each bound is the worst there is. */
const EASY = [
  { metric: 'accuracy', lower: 0 },
  { metric: 'qwk', lower: -1, subgroup: { sex: 'F' } },
  { metric: 'ece', upper: 1 },
  { metric: 'specificity', grade: 2, lower: 0, subgroup: { age: { from: 60 } } },
];

const write = (of: unknown, more: object = {}) =>
  writeFile(limits, JSON.stringify({ limits: of, fewestSubjects: 5, ...more }));

async function ended(expected: number, ...args: string[]) {
  const { code, stdout, stderr } = await semise(args);
  assert.equal(code, expected, stderr || stdout);
  if (expected === 2) assert.match(stderr, /^semise: .*\n$/);
  return { stdout, stderr };
}

const validated = async (expected: number, out: string, ...args: string[]): Promise<Validation> => {
  const { stdout } = await ended(
    expected,
    ...['validate', run, '--data', data, '--out', at(out), '--json', ...args],
  );
  return JSON.parse(stdout);
};

before(async () => {
  own = await writeTinyCohort(at('own'));
  const other = await writeTinyCohort(at('other'), { seed: 500 });
  // Another hospital: its own names, two sites, and who the patients are.
  const [header, ...rows] = (await readFile(other.labels, 'utf8')).trim().split('\n');
  data = at('other', 'external.csv');
  const lines = rows.map((row, i) => {
    const [image, subject, grade] = row.split(',');
    const s = i >> 1;
    return [
      image,
      `x${subject}`,
      grade,
      s % 2 ? 'south' : 'north',
      s % 4 < 2 ? 'F' : 'M',
      50 + s,
    ].join();
  });
  await writeFile(data, [`${header},site,sex,age`, ...lines, ''].join('\n'));
  const args = ['train', '--data', own.labels, '--out', run, '--image-size', '16'];
  await ended(0, ...args, '--batch', '8', '--steps', '4');
});

test('stamp, validate, accepted: exit code 0, and a folder with everything', async () => {
  await write(EASY);
  const { stdout } = await ended(0, 'accept', limits, '--run', run, '--json');
  const stamp = JSON.parse(stdout);
  assert.deepEqual(JSON.parse(await readFile(limits, 'utf8')).stamp, stamp);
  const validation = await validated(0, 'first', '--acceptance', limits);
  assert.equal(validation.verdict, 'pass');
  assert.equal(validation.acceptance!.precedence.stamped, 'first');
  assert.equal(validation.acceptance!.precedence.date, stamp.date);
  assert.equal(validation.run.model, stamp.model);
  assert.deepEqual(
    validation.acceptance!.limits.map(({ pass, n, subjects }) => [pass, n, subjects]),
    [
      [true, 36, 18],
      [true, 20, 10],
      [true, 36, 18],
      [true, 10, 5],
    ],
  );
  assert.deepEqual((await readdir(at('first'))).sort(), [
    'predictions.csv',
    'validation.html',
    'validation.json',
  ]);
  assert.deepEqual(JSON.parse(await readFile(at('first', 'validation.json'), 'utf8')), validation);
  const predictions = await readPredictions(at('first', 'predictions.csv'));
  assert.equal(predictions.length, 36);
  const html = await readFile(at('first', 'validation.html'), 'utf8');
  assert.match(html, /Accepted/);
  assert.match(html, /✓ The limits were stamped on [\d-]+ [\d:]+ UTC, before these images/);
  // The figures are those of evaluate and of the run.
  const evaluated = JSON.parse((await ended(0, 'evaluate', run, '--data', data, '--json')).stdout);
  const internal = JSON.parse(await readFile(join(run, 'metrics.json'), 'utf8'));
  const qwk = validation.figures.find(({ figure }) => figure === 'qwk')!;
  assert.deepEqual(qwk.external, evaluated.qwk);
  assert.deepEqual(qwk.internal, internal.qwk);
  const difference = evaluated.qwk.value - internal.qwk.value;
  assert.ok(Math.abs(qwk.difference!.value! - difference) < 1e-12);
  // Those without a grade are not part of it; nothing of the run is in it.
  assert.deepEqual(validation.shared.pictures, []);
  assert.equal(validation.shared.compared, 40);
  assert.equal(validation.drift!.external.images, 36);
  assert.deepEqual(validation.people.external.attributes[0], {
    name: 'sex',
    unknown: 0,
    kind: 'values',
    values: [
      { value: 'F', subjects: 10 },
      { value: 'M', subjects: 8 },
    ],
  });
});

test('limits that are not kept: exit code 3; stamped after the images were opened: the report says so', async () => {
  await write([{ metric: 'macroF1', lower: 1 }, ...EASY]);
  await ended(0, 'accept', limits, '--run', run);
  const validation = await validated(3, 'second', '--acceptance', limits, '--lang', 'ja');
  assert.equal(validation.verdict, 'fail');
  const { precedence, limits: judged, why } = validation.acceptance!;
  assert.equal(precedence.stamped, 'after');
  assert.equal(precedence.openedBefore, 36);
  assert.deepEqual(
    judged.map(({ pass }) => pass),
    [false, true, true, true, true],
  );
  assert.match(why[0], /^macroF1 is 0\.\d+, the lower end .*asked for at least 1: not kept/);
  const html = await readFile(at('second', 'validation.html'), 'utf8');
  assert.match(html, /<html lang="ja">/);
  assert.deepEqual(halfWidth(html), []);
  assert.match(html, /不合格/);
  // A subgroup of 5 subjects below grade 2, where 9 are needed.
  await write(EASY, { fewestSubjects: 9 });
  const { stdout } = await ended(
    3,
    'validate',
    run,
    '--data',
    data,
    '--acceptance',
    limits,
    '--out',
    at('third'),
  );
  assert.match(stdout, /NOT ACCEPTED/);
  assert.match(stdout, /specificity at grade 2 of age from 60: 5 subjects, fewer than the 9/);
  assert.match(stdout, /The limits were never stamped\./);
});

test('without limits no verdict; a site by itself', async () => {
  const validation = await validated(0, 'fourth', '--site', 'south');
  assert.deepEqual([validation.verdict, validation.acceptance], [null, null]);
  assert.deepEqual([validation.external.n, validation.external.subjects], [18, 9]);
  assert.match(await readFile(at('fourth', 'validation.html'), 'utf8'), /site south.*No verdict/s);
});

test('bad input: exit code 2, one line with the cure, nothing written', async () => {
  const refused = async (message: RegExp, ...args: string[]) => {
    const out = at('refused');
    const all = ['validate', run, '--data', data, '--out', out, ...args];
    assert.match((await ended(2, ...all)).stderr, message);
    await assert.rejects(access(out));
  };
  await write(EASY);
  await ended(0, 'accept', limits, '--run', run);
  await writeFile(limits, (await readFile(limits, 'utf8')).replace('"lower": -1', '"lower": -0.9'));
  await refused(/limits\.json: was edited after its stamp of/, '--acceptance', limits);
  await write([{ metric: 'macroF1', upper: 0.5 }]);
  await refused(/limits\.json: field limits\.0\.upper: more is better/, '--acceptance', limits);
  await write([{ metric: 'macroF1', lower: 0.5, subgroup: { smoker: 'yes' } }]);
  await refused(/no column smoker \(they have .*sex.*\); add it/, '--acceptance', limits);
  await refused(/no row of site west; there are north, south/, '--site', 'west');
});

test("the run's own images are not external: refused, left out, or allowed and shown", async () => {
  // A picture of the run among the external ones, under another name.
  const mixed = at('other', 'mixed.csv');
  await writeFile(mixed, `${await readFile(data, 'utf8')}../own/0.png,x99,0,north,F,77\n`);
  const args = ['validate', run, '--data', mixed, '--json', '--out'];
  const { stderr } = await ended(2, ...args, at('leak'));
  assert.match(
    stderr,
    /mixed\.csv: not external: 1 of its pictures are the run's own, as \.\.\/own\/0\.png \(0\.png in its \w+ split\); give --fix-leakage/,
  );
  const fixed: Validation = JSON.parse(
    (await ended(0, ...args, at('fixed'), '--fix-leakage')).stdout,
  );
  assert.deepEqual([fixed.external.n, fixed.shared.leftOut], [36, 1]);
  const allowed: Validation = JSON.parse(
    (await ended(0, ...args, at('allowed'), '--allow-leakage')).stdout,
  );
  assert.deepEqual([allowed.external.n, allowed.shared.pictures.length], [37, 1]);
  assert.match(
    await readFile(at('allowed', 'validation.html'), 'utf8'),
    /✗ 1 external images are pictures of the run/,
  );
  assert.match(
    (await ended(2, 'validate', run, '--data', own.labels, '--out', at('self'))).stderr,
    /not external/,
  );
});

test('sample-size: closed form, a pilot, and what is refused', async () => {
  const shares = ['sample-size', '--width', '0.1', '--metric', 'sensitivity', '--json'];
  const closed = JSON.parse(
    (await ended(0, ...shares, '--expected', '0.8', '--share', '0.5')).stdout,
  );
  assert.deepEqual([closed.subjects, closed.images], [490, 490]);
  const pilot = JSON.parse(
    (
      await ended(
        0,
        'sample-size',
        '--width',
        '0.2',
        '--pilot',
        run,
        '--metric',
        'accuracy',
        '--json',
      )
    ).stdout,
  );
  const [{ figure, needed }] = pilot.figures;
  assert.equal(figure, 'accuracy');
  assert.ok(needed.subjects > 6 && needed.images >= 2 * needed.subjects);
  const table = (
    await ended(0, 'sample-size', '--width', '0.2', '--pilot', at('first', 'predictions.csv'))
  ).stdout;
  assert.match(table, /from a pilot of 18 subjects/);
  assert.match(table, /│ macroF1 +│/);
  assert.match(
    (await ended(2, 'sample-size', '--width', '0.1', '--metric', 'qwk')).stderr,
    /no closed form; give --pilot/,
  );
});
