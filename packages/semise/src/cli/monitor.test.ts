// semise monitor as a scheduler meets it: exit codes, what is kept, what is not counted twice.

import assert from 'node:assert/strict';
import { appendFile, cp, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { before, test } from 'node:test';
import sharp from 'sharp';
import { InputError } from '../errors.js';
import { initMonitoring, monitorRun } from '../run/index.js';
import { readHistory } from '../run/monitoring/history.js';
import { writeTinyCohort } from '../testing/cohort.js';
import { semise } from '../testing/command.js';
import { halfWidth } from '../testing/japanese-page.js';
import { scratchFolder } from '../testing/scratch.js';

const folder = scratchFolder();
const at = (...names: string[]) => join(folder, ...names);
const run = at('run');
const history = () => readHistory(at('run', 'monitoring', 'history.jsonl'));

const done = async (...args: string[]) => {
  const { code, stdout, stderr } = await semise(['monitor', run, ...args, '--json']);
  return { code, stderr, told: code === 2 ? null : JSON.parse(stdout) };
};
const refused = async (message: RegExp, ...args: string[]) => {
  const before = await history();
  const { code, stdout, stderr } = await semise(['monitor', run, ...args]);
  assert.deepEqual([code, stdout], [2, ''], stderr);
  assert.match(stderr, /^semise: [^\n]+\n$/);
  assert.match(stderr, message);
  assert.deepEqual(await history(), before);
};

/** The same of the library's own functions, which need no process. */
const rejected = async (message: RegExp, work: Promise<unknown>) => {
  const before = await history();
  await assert.rejects(work, (error) => {
    assert.ok(error instanceof InputError, String(error));
    assert.match(error.message, message);
    return true;
  });
  assert.deepEqual(await history(), before);
};

/** Rewrites the lines of a labels.csv, the header left out. */
async function table(from: string, to: string, change: (line: string, i: number) => string[]) {
  const [header, ...lines] = (await readFile(from, 'utf8')).trim().split('\n');
  await writeFile(to, `${[header, ...lines.flatMap(change)].join('\n')}\n`);
  return to;
}

/** A cohort of a device that burns a bright bar into the corner. */
async function marked(name: string, seed: number): Promise<string> {
  const { labels, images } = await writeTinyCohort(at(`${name}-plain`), { seed });
  await mkdir(at(name));
  const bar = await sharp({ create: { width: 6, height: 3, channels: 3, background: 'white' } })
    .png()
    .toBuffer();
  for (const image of images)
    await sharp(image)
      .composite([{ input: bar, left: 0, top: 0 }])
      .toFile(at(name, basename(image)));
  await cp(labels, at(name, 'labels.csv'));
  return at(name, 'labels.csv');
}

before(async () => {
  const { labels } = await writeTinyCohort(at('cohort'));
  const args = ['train', '--data', labels, '--out', run, '--image-size', '16', '--batch', '8'];
  const { code, stderr } = await semise([...args, '--steps', '4', '--json']);
  assert.equal(code, 0, stderr);
});

test('a run with few validation and test images is no reference; other images are', async () => {
  await refused(/9 subjects for a reference; it needs 20/, '--init');
  assert.ok(!(await readdir(run)).includes('monitoring'));
  const { labels } = await writeTinyCohort(at('reference'), { seed: 100 });
  await rejected(
    /--metadata kvp: no image of the reference has it/,
    initMonitoring(run, { reference: labels, metadata: ['kvp'] }),
  );
  const { code, told } = await done(
    '--init',
    '--data',
    labels,
    '--min-subjects',
    '5',
    '--false-alarms',
    '0.02',
  );
  assert.equal(code, 0);
  assert.deepEqual([told.images, told.subjects, told.minSubjects], [40, 20, 5]);
  assert.deepEqual(told.metadata, ['format', 'width', 'height', 'channels', 'bits']);
  await rejected(/there is a reference already/, initMonitoring(run, { reference: labels }));
  await refused(
    /--false-alarms: is fixed before the first batch/,
    '--data',
    labels,
    '--false-alarms',
    '0.1',
  );
  await refused(/--data is missing/);
});

test('a quiet week: 0, a line, a page; the same file again is not counted', async () => {
  const { labels } = await writeTinyCohort(at('week-1'), { seed: 200 });
  const ungraded = await table(labels, at('week-1', 'ungraded.csv'), (line) => [
    line.replace(/,\d*$/, ','),
  ]);
  const first = await done('--data', ungraded, '--name', 'week 1');
  assert.deepEqual(
    [first.code, first.told.verdict, first.told.name],
    [0, 'quiet', 'week 1'],
    first.stderr,
  );
  assert.deepEqual([first.told.drift.images, first.told.drift.subjects], [40, 20]);
  assert.ok(
    first.told.drift.score < 1 && first.told.performance === null && !('seen' in first.told),
  );
  assert.match(await readFile(first.told.page, 'utf8'), /week 1: quiet/);

  const again = await monitorRun(run, { data: ungraded });
  assert.equal(again.verdict, 'quiet');
  assert.match(again.note!, /judged before, as week 1/);
  assert.equal((await history()).length, 1);

  // The same images with their grades: performance is judged, drift is not counted again.
  const graded = await monitorRun(run, { data: labels });
  assert.equal(graded.entry?.drift, null);
  assert.deepEqual([graded.entry?.performance?.images, graded.entry?.trend], [36, null]);
  // In part the same: only what is new counts.
  const { labels: other } = await writeTinyCohort(at('week-2'), { seed: 300 });
  const mixed = at('mixed.csv');
  await writeFile(
    mixed,
    `image,subject,grade\n${(
      await Promise.all(
        [labels, other].map(async (file, i) =>
          (
            await readFile(file, 'utf8')
          )
            .trim()
            .split('\n')
            .slice(1)
            .map((line) => `week-${i + 1}/${line.replace(',s', `,${i}s`)}`),
        ),
      )
    )
      .flat()
      .join('\n')}\n`,
  );
  const partly = await monitorRun(run, { data: mixed });
  assert.match(partly.note!, /40 images were judged in earlier batches/);
  assert.equal(partly.entry?.drift?.images, 40);
  assert.equal(partly.entry?.name, 'mixed');
});

test('another device: 3, what moved is named; --out and --lang; the state outlives a kill', async () => {
  const before = await history();
  const labels = await marked('device-b', 400);
  await refused(/already exists/, '--data', labels, '--out', at('device-b'));
  const { code, told } = await done('--data', labels, '--out', at('out'), '--lang', 'ja');
  assert.deepEqual([code, told.verdict, told.reasons[0]], [3, 'alarm', 'batch']);
  const moved = told.drift.features.filter(({ score }: { score: number }) => score > 1);
  assert.ok(moved.some(({ name }: { name: string }) => name === 'places'));
  assert.ok(told.drift.places[0] > 0.1);
  assert.deepEqual((await readdir(at('out'))).sort(), ['monitoring.html', 'monitoring.json']);
  assert.deepEqual(JSON.parse(await readFile(at('out', 'monitoring.json'), 'utf8')), told);
  const page = await readFile(at('out', 'monitoring.html'), 'utf8');
  assert.deepEqual(halfWidth(page), []);
  assert.match(page, /<html lang="ja">.*警報.*data:image\/jpeg;base64/s);
  assert.ok(!page.includes('<script') && !/(src|href)="http/.test(page));
  assert.equal((await done('--data', labels)).code, 3);

  await appendFile(at('run', 'monitoring', 'history.jsonl'), '{"name":"cut sho');
  const { labels: next } = await writeTinyCohort(at('week-4'), { seed: 500 });
  assert.notEqual((await monitorRun(run, { data: next })).entry, null);
  assert.deepEqual((await history()).map(({ content }) => content).slice(0, -1), [
    ...before.map(({ content }) => content),
    told.content,
  ]);
  assert.equal((await history()).length, before.length + 2);
});

test('too few subjects: not judged, not counted, 0', async () => {
  const { labels } = await writeTinyCohort(at('small'), { seed: 600 });
  const few = await table(labels, at('small', 'few.csv'), (line, i) => (i < 8 ? [line] : []));
  const before = await history();
  const { code, told } = await done('--data', few);
  assert.deepEqual([code, told.verdict, told.page], [0, 'not judged', null]);
  assert.match(told.note, /4 subjects; 5 are needed/);
  assert.deepEqual(await history(), before);
  // They come again with the next ones, and count then.
  assert.equal((await monitorRun(run, { data: labels })).entry?.drift?.subjects, 20);
});

test('bad input: named, and nothing is kept', async () => {
  const { labels, images } = await writeTinyCohort(at('bad'), { seed: 700 });
  await writeFile(images[3], 'no picture');
  await rejected(/1 of 40 images are unreadable: .*3\.jpg/, monitorRun(run, { data: labels }));
  assert.equal((await monitorRun(run, { data: labels, skipBad: true })).skipped.length, 1);
  await refused(/none\.csv/, '--data', at('none.csv'));
  const { labels: wrong } = await writeTinyCohort(at('wrong'), { seed: 800 });
  const beyond = await table(wrong, at('wrong', 'beyond.csv'), (line, i) => [
    i === 0 ? line.replace(/\d$/, '9') : line,
  ]);
  await rejected(
    /0\.png: grade 9 is not one of the model's 3 grades/,
    monitorRun(run, { data: beyond }),
  );
  await appendFile(at('run', 'model.onnx'), ' ');
  await rejected(/another model|cannot be loaded/, monitorRun(run, { data: wrong }));
});
