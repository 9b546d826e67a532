// Bad input, as a user meets it: exit code 2, one line that names the place and the cure, nothing
// half-written.

import assert from 'node:assert/strict';
import { cp, mkdir, readdir, readFile, stat, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { trainRun } from '../run/index.js';
import { type TinyCohort, writeTinyCohort } from '../testing/cohort.js';
import { semise } from '../testing/command.js';
import { scratchFolder } from '../testing/scratch.js';

const folder = scratchFolder();
const at = (...names: string[]) => join(folder, ...names);
const out = at('out');
const finished = at('finished');
const unfinished = at('unfinished');
let cohort: TinyCohort;
let lines: string[];

before(async () => {
  cohort = await writeTinyCohort(at('cohort'));
  lines = (await readFile(cohort.labels, 'utf8')).trim().split('\n');
  const { labels: data, comparisons } = cohort;
  const options = { data, comparisons, imageSize: 16, batch: 8, steps: 2 };
  await trainRun({ ...options, out: finished });
  const stop = new AbortController();
  await trainRun(
    { ...options, out: unfinished },
    { onStep: () => stop.abort(), signal: stop.signal },
  );
});

/** Writes a changed labels.csv beside the images; the first line is 0, the header. */
async function labels(name: string, change: (line: string, i: number) => string | null) {
  const file = at('cohort', name);
  const changed = lines.map(change).filter((line) => line !== null);
  await writeFile(file, `${changed.join('\n')}\n`);
  return file;
}

/** Every file there is, with its size and time: what a refused command must not change. */
async function everything(): Promise<string[]> {
  const names = await readdir(folder, { recursive: true });
  const files = names.filter((name) => !name.startsWith('cache')).sort();
  const stats = await Promise.all(files.map((name) => stat(at(name))));
  return files.map((name, i) => `${name} ${stats[i].isFile() ? stats[i].mtimeMs : ''}`);
}

/** Runs a command that must be refused. @returns its one line */
async function refused(...args: string[]): Promise<string> {
  const before = await everything();
  const { code, stdout, stderr } = await semise(args);
  assert.equal(code, 2, stderr);
  assert.equal(stdout, '');
  assert.match(stderr, /^semise: [^\n]+\n$/);
  assert.deepEqual(await everything(), before, 'nothing may be left behind');
  return stderr.slice('semise: '.length, -1);
}

const quick = ['--image-size', '16', '--batch', '8', '--steps', '2', '--out', out];
const train = (data: string, ...more: string[]) =>
  refused('train', '--data', data, ...quick, ...more);

/** That a line holds each of the pieces. */
function tells(line: string, ...pieces: string[]): void {
  for (const piece of pieces) assert.ok(line.includes(piece), `"${piece}" in: ${line}`);
}

test('images that are not there: all of them at once', async () => {
  const file = await labels('missing.csv', (line, i) =>
    i === 3 || i === 5 ? line.replace(/^\d+/, `no${i}`) : line,
  );
  const line = await train(file);
  tells(line, `${file}:4: 2 of 40 image files are not there`, 'drop the rows');
  tells(line, `${at('cohort', 'no3.png')} (line 4)`, `${at('cohort', 'no5.png')} (line 6)`);
});

test('images cut short: all of them at once; --skip-bad goes on and counts them', async () => {
  await cp(at('cohort'), at('cut'), { recursive: true });
  await truncate(at('cut', '1.jpg'), 300);
  await truncate(at('cut', '7.jpg'), 500);
  await truncate(at('cut', '8.png'), 60);
  const line = await train(at('cut', 'labels.csv'));
  tells(line, '3 of 40 images are unreadable', '--skip-bad');
  for (const name of ['1.jpg', '7.jpg', '8.png']) tells(line, `${at('cut', name)} (`);

  const again = await train(at('cut', 'labels.csv'));
  assert.equal(again, line, 'the cache must not forget what is unreadable');
  const without = at('without');
  const went = await semise([
    'train',
    '--data',
    at('cut', 'labels.csv'),
    ...quick.slice(0, -1),
    without,
    '--skip-bad',
  ]);
  assert.equal(went.code, 0, went.stderr);
  tells(went.stderr, 'skipped 3 images that cannot be read');
  const predictions = await readFile(join(without, 'predictions.csv'), 'utf8');
  assert.equal(predictions.trim().split('\n').length, 1 + 37);
});

test('a grade that is not an integer', async () => {
  const file = await labels('grade.csv', (line, i) =>
    i === 2 ? line.replace(/\d$/, '1.5') : line,
  );
  tells(await train(file), `${file}:3: grade "1.5" is not an integer`, 'mend it');
});

test('a subject with two splits', async () => {
  const file = await labels('splits.csv', (line, i) =>
    i === 0 ? `${line},split` : `${line},${i === 2 ? 'test' : 'train'}`,
  );
  tells(await train(file), `${file}:3: subject s0 has split test here and train on line 2`);
});

test('wrong columns, no rows, no file, a folder', async () => {
  const wrong = await labels('columns.csv', (line, i) =>
    i === 0 ? 'picture,subject,level' : line,
  );
  tells(await train(wrong), `${wrong}:1: no column image, grade; found picture, subject, level`);
  const semicolons = await labels('semicolons.csv', (line) => line.replaceAll(',', ';'));
  tells(await train(semicolons), 'no column image, grade', 'separated by commas');
  const header = await labels('header.csv', (line, i) => (i === 0 ? line : null));
  tells(await train(header), header, 'no rows');
  tells(await train(at('no.csv')), `${at('no.csv')}: no such file`);
  const noise = at('noise.csv');
  await writeFile(noise, Buffer.from([0x1b, 0x5b, 0x32, 0x4a, 0xff, 0x07, 0x0a]));
  tells(await train(noise), `${noise}:1: no column image, grade; found ?[2J??;`);
});

test('one class only, or none', async () => {
  const one = await labels('one.csv', (line) => line.replace(/,[12]$/, ',0'));
  tells(await train(one), `${one}: every graded image has grade 0`, 'two grades at least');
  const none = await labels('none.csv', (line, i) => (i ? line.replace(/,\d$/, ',') : line));
  tells(await train(none), `${none}: column grade is empty in every row`);
});

test('an empty label budget', async () => {
  tells(await train(cohort.labels, '--label-budget', '0'), '--label-budget', '1 or more');
});

test('a folder that exists', async () => {
  const again = ['--data', cohort.labels, '--out', finished];
  tells(await refused('train', ...again), `${finished}: already exists`, '--out', '--resume');
  const file = at('cohort', '0.png');
  tells(await refused('train', '--data', cohort.labels, '--out', file), 'already exists');
  tells(await refused('phantom', '--out', finished), finished, 'not empty');
  tells(await refused('demo', '--out', finished), `${finished}: already exists`);
  const data = ['--data', cohort.labels];
  tells(await refused('evaluate', finished, ...data, '--out', finished), 'already exists');
});

test('a place that cannot be written to', async () => {
  const file = at('cohort', '0.png', 'run');
  tells(await refused('train', '--data', cohort.labels, ...quick.slice(0, -1), file), file);
  const nowhere = at('nowhere', 'x');
  for (const what of ['model', 'weights'])
    tells(
      await refused('export', finished, '--what', what, '--out', nowhere),
      `${nowhere}: its folder does not exist`,
    );
  tells(await refused('embed', finished, cohort.images[0], '--out', nowhere), 'does not exist');
  const few = ['--subjects', '12', '--comparisons', '4'];
  const against = ['evaluate', finished, '--data', cohort.labels];
  // Below /proc Node's own recursive mkdir never returns.
  for (const place of [file, ...(process.platform === 'linux' ? ['/proc/nowhere/x'] : [])]) {
    tells(await refused('phantom', ...few, '--out', place), place);
    tells(await refused('demo', '--out', place), place);
    tells(await refused(...against, '--out', place), place);
    tells(await refused('train', '--data', cohort.labels, ...quick.slice(0, -1), place), place);
  }
});

test('--resume on what is no run', async () => {
  tells(await refused('train', '--resume', '--out', at('none')), 'no config.json', 'semise train');
  await mkdir(at('broken'));
  await writeFile(at('broken', 'config.json'), '{');
  tells(await refused('train', '--resume', '--out', at('broken')), 'config.json: not valid JSON');
  await writeFile(at('broken', 'config.json'), '{"semise": "0"}');
  tells(await refused('train', '--resume', '--out', at('broken')), 'config.json: field data');
});

test('--resume with data that have changed, or with other options', async () => {
  const resume = (...more: string[]) => refused('train', '--resume', '--out', unfinished, ...more);
  const has = (line: string, option: string) => tells(line, `--${option}`, 'began with', 'leave');
  has(await resume('--steps', '3'), 'steps 3');
  has(await resume('--tau', '0.1'), 'tau 0.1');
  has(await resume('--data', at('other.csv')), `data ${at('other.csv')}`);
  for (const file of [cohort.labels, cohort.comparisons]) {
    const text = await readFile(file, 'utf8');
    await writeFile(file, text.replace(/\n[^\n]*\n$/, '\n'));
    tells(await resume(), `${file}: has changed since the run began; restore it`);
    await writeFile(file, text);
  }
});

test('--resume from a damaged checkpoint', async () => {
  await cp(unfinished, at('damaged'), { recursive: true });
  await truncate(at('damaged', 'checkpoint.safetensors'), 5000);
  const line = await refused('train', '--resume', '--out', at('damaged'));
  tells(line, at('damaged', 'checkpoint.safetensors'), 'cannot be read as a checkpoint');
});

test('comparisons of unknown images, or none', async () => {
  const file = at('cohort', 'strange.csv');
  await writeFile(file, 'more_severe,less_severe,rater\n0.png,99.png,r\n98.png,1.jpg,r\n');
  const line = await train(cohort.labels, '--comparisons', file);
  tells(
    line,
    `${file}: 2 images are not in ${cohort.labels}`,
    '"99.png" (line 2)',
    '"98.png" (line 3)',
  );
  await writeFile(file, 'better,worse\n0.png,1.jpg\n');
  tells(await train(cohort.labels, '--comparisons', file), `${file}:1: no column more_severe`);
});

test('weights that do not fit, or are none', async () => {
  tells(
    await train(cohort.labels, '--init', cohort.labels),
    cohort.labels,
    'not a safetensors file',
  );
  tells(await train(cohort.labels, '--init', at('no')), `${at('no')}: cannot be read (ENOENT)`);
  const weights = at('weights.safetensors');
  assert.equal((await semise(['export', finished, '--what', 'weights', '--out', weights])).code, 0);
  const line = await train(cohort.labels, '--init', weights, '--encoder', 'resnet18');
  tells(line, `${weights}: does not fit the encoder resnet18`, 'Choose the encoder');
});

test('options and commands that there are not, and values out of bounds', async () => {
  const { labels: data } = cohort;
  tells(await refused('trian'), "unknown command 'trian'", 'train');
  tells(await train(data, '--bogus'), "unknown option '--bogus'");
  tells(await train(data, '--batch', '3'), '--batch 3', '>=4');
  tells(await train(data, '--image-size', '100000'), '--image-size 100000', '<=4096');
  tells(await train(data, '--margin', '3'), '--margin 3', '<=2');
  tells(await train(data, '--method', 'semise-paper'), 'steps 2', 'give 3 steps or more');
  tells(await refused('train', '--out', out), '--data: missing');
  tells(await refused('train', '--data', data), "required option '--out <folder>'");
  tells(await refused('phantom', '--out', out, '--subjects', '2'), 'subjects is 2');
});

test('a run that is not finished', async () => {
  const cure = `finish it with semise train --resume --out ${unfinished}`;
  const [image] = cohort.images;
  tells(await refused('predict', unfinished, image), cure);
  tells(await refused('embed', unfinished, image, '--out', out), cure);
  tells(await refused('evaluate', unfinished, '--data', cohort.labels), cure);
  for (const what of ['model', 'weights'])
    tells(await refused('export', unfinished, '--what', what, '--out', out), cure);
});

test('a model that is damaged', async () => {
  await cp(finished, at('damaged-model'), { recursive: true });
  await truncate(at('damaged-model', 'model.onnx'), 5000);
  const line = await refused('predict', at('damaged-model'), cohort.images[0]);
  tells(line, at('damaged-model', 'model.onnx'), 'cannot be loaded');
});

test('images to predict that cannot be read: all of them at once', async () => {
  const text = cohort.labels;
  const line = await refused('predict', finished, cohort.images[0], at('no.png'), text);
  tells(line, '2 of 3 images are unreadable', `${at('no.png')} (no such file)`, `${text} (`);
  tells(await refused('predict', finished, at('no.png')), `${at('no.png')}: unreadable image`);
});

test('evaluation against what cannot be evaluated', async () => {
  const against = (file: string, ...more: string[]) =>
    refused('evaluate', finished, '--data', file, '--out', out, ...more);
  const unknown = await labels('unknown.csv', (line, i) =>
    i === 4 ? line.replace(/\d$/, '7') : line,
  );
  tells(await against(unknown), `${unknown}:5: grade 7, but the model knows grades 0 to 2`, 'map');
  const none = await labels('ungraded.csv', (line, i) => (i ? line.replace(/\d$/, '') : line));
  tells(await against(none), `${none}: no graded image`);
  tells(await against(cohort.labels, '--split', 'test'), 'no graded image in the split test');
});

test('no command at all shows the help, and is no success', async () => {
  const { code, stderr } = await semise([]);
  assert.equal(code, 2);
  assert.match(stderr, /Usage: semise/);
});
