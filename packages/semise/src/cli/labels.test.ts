// semise labels: with a run and without, in both languages, and what it refuses.

import assert from 'node:assert/strict';
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { parse } from 'csv-parse/sync';
import type { LabelCheck } from '../report/labels/render.js';
import { type TinyCohort, writeTinyCohort } from '../testing/cohort.js';
import { semise } from '../testing/command.js';
import { scratchFolder } from '../testing/scratch.js';

const folder = scratchFolder();
const at = (...names: string[]) => join(folder, ...names);
let cohort: TinyCohort;

async function done(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await semise(args);
  assert.equal(code, 0, stderr);
  return stdout;
}

before(async () => {
  cohort = await writeTinyCohort(at('cohort'));
  // Two more answers: the healthy image worse than the worst, and its contrary.
  const comparisons = await readFile(cohort.comparisons, 'utf8');
  await writeFile(cohort.comparisons, `${comparisons}0.png,4.png,r2\n4.png,0.png,r1\n`);
  const args = ['train', '--data', cohort.labels, '--comparisons', cohort.comparisons];
  args.push('--out', at('run'), '--image-size', '16', '--batch', '8', '--steps', '4');
  await done(...args);
});

test('--help shows an example', async () => {
  assert.match(await done('labels', '--help'), /\nExample:\n {2}semise labels run --out/);
});

test('with a run: grades and comparisons are judged, and the list is written', async () => {
  const out = at('checked');
  const check: LabelCheck = JSON.parse(await done('labels', at('run'), '--out', out, '--json'));
  assert.deepEqual((await readdir(out)).sort(), ['labels.html', 'labels.json', 'relabel.csv']);
  assert.deepEqual(JSON.parse(await readFile(join(out, 'labels.json'), 'utf8')), check);
  assert.equal(check.sources.data, cohort.labels);
  assert.equal(check.sources.comparisons, cohort.comparisons);
  assert.equal(check.agreement, null);
  assert.equal(check.grades!.graded, 36);
  // Validation and test by the model: what split.csv did not show to training.
  const split: { split: string; grade: string }[] = parse(
    await readFile(at('run', 'split.csv'), 'utf8'),
    { columns: true },
  );
  const unseen = split.filter((row) => row.split !== 'train' && row.grade !== '').length;
  // 9 trained patients are too few for the probe's folds.
  assert.deepEqual(
    check.grades!.judgements.map(({ judge, images }) => [judge, images]),
    [['model', unseen]],
  );
  const { contradictions, againstGrades } = check.comparisons!;
  assert.deepEqual(
    contradictions.map(({ a, b }) => [a, b].sort()),
    [['0.png', '4.png']],
  );
  assert.deepEqual(
    againstGrades.map(({ moreSevere, lessSevere, rater, gap }) => [
      moreSevere,
      lessSevere,
      rater,
      gap,
    ]),
    [['0.png', '4.png', 'r2', 2]],
  );
  const rows: Record<string, string>[] = parse(await readFile(join(out, 'relabel.csv'), 'utf8'), {
    columns: true,
  });
  assert.equal(rows.length, check.relabel.length);
  const pair = rows.find((row) => row.compare_with !== '')!;
  assert.match(pair.why, /called worse with grade 0 against grade 2/);
  assert.match(pair.why, /answered both ways/);
  const page = await readFile(join(out, 'labels.html'), 'utf8');
  assert.match(page, /<html lang="en">/);
  assert.match(page, /src="data:image\/jpeg;base64,/);
  assert.doesNotMatch(page.replaceAll(/base64,[^"]*/g, ''), /<script|undefined|NaN/);
  // The report of the run has the section too.
  assert.match(await readFile(at('run', 'report.html'), 'utf8'), /<section id="labels"/);
});

test('in Japanese', async () => {
  const out = at('ja');
  await done('labels', at('run'), '--out', out, '--lang', 'ja');
  const page = await readFile(join(out, 'labels.html'), 'utf8');
  assert.match(page, /<html lang="ja">/);
  assert.match(page, /再確認/);
  const list = await readFile(join(out, 'relabel.csv'), 'utf8');
  assert.ok(list.startsWith('\ufeff画像,'));
});

test('without a run: agreement of a long table, by patients', async () => {
  const file = at('ratings.csv');
  await writeFile(
    file,
    'image,subject,rater,grade\na,1,x,0\na,1,y,0\nb,1,x,2\nb,1,y,2\nc,2,x,1\nc,2,y,3\nc,2,x,1\n',
  );
  const check: LabelCheck = JSON.parse(await done('labels', '--ratings', file, '--json'));
  const { overall, subjects, repeats } = check.agreement!;
  assert.ok(Math.abs(overall.exact.value! - 2 / 3) < 1e-12);
  assert.equal(subjects, 2);
  assert.equal(repeats[0].exact.value, 1);
  assert.deepEqual(
    check.relabel.map(({ image, priority }) => [image, priority]),
    [['c', 1]],
  );
  assert.deepEqual([check.grades, check.comparisons], [null, null]);
  assert.match(
    await done('labels', '--ratings', file),
    /^2 raters, 3 images of 2 subjects graded by two or more: same 0\.667 \[/,
  );
});

test('without a run: grades of several raters in labels.csv, against its own', async () => {
  const rows = (await readFile(cohort.labels, 'utf8')).trim().split('\n');
  const wide = rows.map((row, i) => {
    const grade = row.split(',')[2];
    return i === 0 ? `${row},grade_x,grade_y` : `${row},${grade},${i === 1 ? 2 : grade}`;
  });
  const file = at('cohort', 'wide.csv');
  await writeFile(file, `${wide.join('\n')}\n`);
  const check: LabelCheck = JSON.parse(await done('labels', '--data', file, '--json'));
  assert.equal(check.agreement!.shared, 36);
  assert.ok(Math.abs(check.agreement!.overall.exact.value! - 35 / 36) < 1e-12);
  assert.deepEqual(
    check.relabel.map(({ image, grade, suspected }) => [image, grade, suspected]),
    [['0.png', 0, 1]],
  );
});

test('without a run: circles of comparisons whose images are nowhere', async () => {
  const file = at('circle.csv');
  await writeFile(file, 'more_severe,less_severe,rater\na,b,x\nb,c,x\nc,a,x\n');
  const out = at('circle');
  const said = await done('labels', '--comparisons', file, '--out', out);
  assert.match(
    said,
    /^3 comparisons: 0 pairs answered both ways, 3 answers on circles \(1 shortest/,
  );
  assert.match(await readFile(join(out, 'labels.html'), 'utf8'), /a (>|&gt;) b (>|&gt;) c/);
});

test('refused with code 2 and one line, and nothing is written', async () => {
  const bad = at('bad.csv');
  await writeFile(bad, 'image,rater,grade\nnowhere.png,x,0\nnowhere.png,y,1\n');
  const out = at('refused');
  for (const [args, message] of [
    [[], /nothing to look through: give a run, --ratings/],
    [
      ['--ratings', bad, '--data', cohort.labels],
      /1 images are not in .*labels\.csv: nowhere\.png/,
    ],
    [[at('run'), '--lang', 'xx'], /Allowed choices are en, ja/],
  ] as const) {
    const { code, stdout, stderr } = await semise(['labels', ...args, '--out', out]);
    assert.equal(code, 2, stderr);
    assert.equal(stdout, '');
    assert.match(stderr, message);
    assert.equal(stderr.trim().split('\n').length, 1);
    await assert.rejects(readdir(out));
  }
  await rm(bad);
});
