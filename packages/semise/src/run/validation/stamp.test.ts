// What was stamped or opened first, by the run's log.

import assert from 'node:assert/strict';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, test } from 'node:test';
import { InputError } from '../../errors.js';
import { parseLimits } from '../../evaluation/acceptance/limits.js';
import { scratchFolder } from '../../testing/scratch.js';
import { appendToLog, imageFingerprint, openedImages, readLog } from './log.js';
import { checkedStamp, modelHash, precedence, readLimits, stampLimits } from './stamp.js';

const folder = scratchFolder();
let run: string;
let file: string;
let count = 0;

const CONTENT = '{"limits":[{"metric":"qwk","lower":0.5}]}';
const [A, B, C] = ['a', 'b', 'c'].map((name) => imageFingerprint(Buffer.from(name)));

beforeEach(async () => {
  run = join(folder, `run-${++count}`);
  await mkdir(run);
  await writeFile(join(run, 'model.onnx'), `model ${count}`);
  file = join(run, 'limits.json');
  await writeFile(file, CONTENT);
});

/** A moment later, so that dates tell the order. */
const later = () => new Promise((resolve) => setTimeout(resolve, 5));

const open = async (...images: string[]) => {
  await later();
  await appendToLog(run, {
    event: 'opened',
    date: new Date().toISOString(),
    command: 'validate',
    data: 'd',
    site: null,
    limits: null,
    images: images.join(''),
  });
  await later();
};

/** What a validation on these images would say. */
async function said(...images: string[]) {
  const limits = await readLimits(file);
  const stamp = checkedStamp(file, limits, await modelHash(run));
  return precedence(await readLog(run), stamp, images);
}

test('stamped, then opened: first; it stays so when the same images are opened again', async () => {
  const stamp = await stampLimits(file, { run });
  assert.deepEqual(await said(A, B), {
    stamped: 'first',
    date: stamp.date,
    inLog: true,
    firstOpened: null,
    openedBefore: 0,
  });
  await open(A, B);
  const again = await said(A, B);
  assert.deepEqual([again.stamped, again.openedBefore], ['first', 2]);
});

test('opened, then stamped: after, if only one image is the same', async () => {
  await open(A, B);
  await stampLimits(file, { run });
  const one = await said(B, C);
  assert.deepEqual([one.stamped, one.openedBefore], ['after', 1]);
  assert.ok(one.firstOpened !== null && one.firstOpened < one.date!);
  // Other images were not opened.
  assert.equal((await said(C)).stamped, 'first');
});

test('stamped first, then stamped anew: after, as the limits could be others now', async () => {
  await stampLimits(file, { run });
  await open(A);
  await writeFile(file, (await readFile(file, 'utf8')).replace('0.5', '0.1'));
  await stampLimits(file, { run, again: true });
  assert.equal((await said(A)).stamped, 'after');
});

test('never stamped', async () => {
  assert.equal((await said(A)).stamped, 'never');
  await open(A);
  const { stamped, firstOpened } = await said(A);
  assert.deepEqual([stamped, firstOpened === null], ['never', false]);
});

test('a stamp without a run: the date in the file decides, and it is said that nothing else does', async () => {
  const stamp = await stampLimits(file);
  assert.equal(stamp.model, null);
  await later();
  const before = await said(A);
  assert.deepEqual([before.stamped, before.inLog], ['first', false]);
  await open(A);
  assert.equal((await said(A)).stamped, 'first');
  await stampLimits(file, { again: true });
  assert.equal((await said(A)).stamped, 'after');
});

test('the same limits stamped twice were set the first time', async () => {
  const { date } = await stampLimits(file, { run });
  await open(A);
  await stampLimits(file, { run, again: true });
  const { stamped, date: told } = await said(A);
  assert.deepEqual([stamped, told], ['first', date]);
});

test('the log is believed, not a date that was edited', async () => {
  await open(A);
  const { date } = await stampLimits(file, { run });
  await writeFile(file, (await readFile(file, 'utf8')).replace(date, '2020-01-01T00:00:00.000Z'));
  const { stamped, inLog, date: told } = await said(A);
  assert.deepEqual([stamped, inLog, told], ['after', true, date]);
});

test('a stamped file that is edited is refused; so is a stamp for another model', async () => {
  const stamp = await stampLimits(file, { run });
  const text = await readFile(file, 'utf8');
  await writeFile(file, text.replace('0.5', '0.4'));
  const refusal = async (message: RegExp) =>
    assert.rejects(said(A), (error) => error instanceof InputError && message.test(error.message));
  await refusal(new RegExp(`limits\\.json: was edited after its stamp of ${stamp.date}`));
  await assert.rejects(stampLimits(file, { run }), /was edited after its stamp .*--again/);
  // Layout is not content.
  await writeFile(file, JSON.stringify(JSON.parse(text)));
  assert.equal((await said(A)).stamped, 'first');
  await assert.rejects(stampLimits(file, { run }), /is stamped since .*--again/);
  await writeFile(join(run, 'model.onnx'), 'another');
  await refusal(/was stamped for another model/);
});

test('the stamp adds to the file and changes nothing of it', async () => {
  await writeFile(
    file,
    '{"note":"n","limits":[{"metric":"maee","upper":2,"note":"m"}],"fewestSubjects":9}',
  );
  const before = parseLimits(await readFile(file, 'utf8'), file);
  const stamp = await stampLimits(file, { run });
  assert.deepEqual(await readLimits(file), { ...before, stamp });
  await assert.rejects(stampLimits(join(run, 'none.json')), /none\.json: cannot be read/);
  await assert.rejects(
    stampLimits(file, { run: join(run, 'none'), again: true }),
    /model\.onnx: cannot be read/,
  );
});

test('a log in which a line was changed or taken out says so; two at a time do not break it', async () => {
  await stampLimits(file, { run });
  await open(A);
  await open(B);
  const log = join(run, 'validations.jsonl');
  const text = await readFile(log, 'utf8');
  const lines = text.trim().split('\n');
  const whole = async (...kept: string[]) => {
    await writeFile(log, kept.map((line) => `${line}\n`).join(''));
    return (await readLog(run)).whole;
  };
  assert.equal(await whole(...lines), true);
  assert.equal(await whole(lines[0], lines[2]), false);
  assert.equal(await whole(lines[1], lines[2]), false);
  assert.equal((await said(A)).stamped, 'unknown');
  assert.equal(await whole(lines[0], lines[1].replace('validate', 'evaluate'), lines[2]), false);
  assert.equal(await whole(lines[0], lines[0], lines[1]), false);
  assert.equal(await whole(...lines, 'torn {'), false);
  await writeFile(log, text);
  await Promise.all([open(A), open(B), open(C)]);
  const { entries, whole: still } = await readLog(run);
  assert.deepEqual([entries.length, still], [6, true]);
  assert.deepEqual(openedImages(entries[1] as { images: string }), [A]);
});
