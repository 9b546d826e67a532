// A training that is killed or interrupted goes on, and ends as if nothing had been.

import assert from 'node:assert/strict';
import type { ChildProcess } from 'node:child_process';
import { existsSync, watch } from 'node:fs';
import { appendFile, mkdir, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { writeTinyCohort } from '../testing/cohort.js';
import { semise } from '../testing/command.js';
import { scratchFolder } from '../testing/scratch.js';

const folder = scratchFolder();
const at = (...names: string[]) => join(folder, ...names);
const whole = at('whole');
/** 13 steps: a checkpoint at every second. */
let options: string[];

before(async () => {
  const { labels, comparisons } = await writeTinyCohort(at('cohort'));
  options = ['--data', labels, '--comparisons', comparisons];
  options.push('--image-size', '16', '--batch', '8', '--steps', '13', '--seed', '3');
  const { code, stderr } = await semise(['train', ...options, '--out', whole]);
  assert.equal(code, 0, stderr);
});

const started = (out: string, meanwhile: (child: ChildProcess) => void) =>
  semise(['train', ...options, '--out', out], meanwhile);

/** Everything a run ends with, but for how fast it went. */
async function endsAlike(out: string): Promise<void> {
  assert.deepEqual((await readdir(out)).sort(), (await readdir(whole)).sort());
  for (const file of [
    'calibration.json',
    'checkpoint.safetensors',
    'model.onnx',
    'encoder.onnx',
    'predictions.csv',
    'metrics.json',
    'config.json',
    'split.csv',
  ]) {
    const [actual, expected] = await Promise.all(
      [out, whole].map((run) => readFile(join(run, file))),
    );
    assert.ok(actual.equals(expected), file);
  }
  const history = async (run: string) =>
    (await readFile(join(run, 'metrics.jsonl'), 'utf8'))
      .trim()
      .split('\n')
      .map((line) => ({ ...JSON.parse(line), imagesPerSecond: 0 }))
      .filter((line) => !line.validation);
  assert.deepEqual(await history(out), await history(whole));
}

test('kill -9 in the middle, --resume: the same weights, the same model, the same answers', async () => {
  const out = at('killed');
  const { code } = await started(out, (child) => {
    const look = setInterval(() => {
      if (!existsSync(join(out, 'checkpoint.safetensors'))) return;
      clearInterval(look);
      child.kill('SIGKILL');
    }, 5);
    child.on('close', () => clearInterval(look));
  });
  assert.equal(code, null, 'it must have been killed while it ran');
  assert.ok(!existsSync(join(out, 'model.onnx')));
  // As if killed between the history and the checkpoint, in the middle of a line.
  await appendFile(join(out, 'metrics.jsonl'), '{"step":12,"phase":"joint"}\n{"step":13,"ph');
  const resumed = await semise(['train', '--resume', '--out', out, ...options]);
  assert.equal(resumed.code, 0, resumed.stderr);
  assert.doesNotMatch(resumed.stderr, / 1\/13 /, 'it goes on, not from the start');
  await endsAlike(out);
});

test('Ctrl-C stops after the step under way, says how to go on, and exits with 130', async () => {
  const out = at('interrupted');
  const stopped = await started(out, (child) => {
    child.stderr!.on('data', (text: Buffer) => {
      if (/ 5\/13 /.test(`${text}`)) child.kill('SIGINT');
    });
  });
  assert.equal(stopped.code, 130, stopped.stderr);
  assert.equal(stopped.stdout, '');
  assert.match(stopped.stderr, /\nstopping after this step; press Ctrl-C again to end at once\n/);
  assert.ok(stopped.stderr.endsWith(`stopped; go on with: semise train --resume --out ${out}\n`));
  assert.ok(!existsSync(join(out, 'model.onnx')));
  const resumed = await semise(['train', '--resume', '--out', out, '--json']);
  assert.equal(resumed.code, 0, resumed.stderr);
  assert.equal(resumed.stderr, '');
  assert.deepEqual(
    JSON.parse(resumed.stdout).test,
    (({ validation: _, uncertainty: __, ...metrics }) => metrics)(
      JSON.parse(await readFile(join(whole, 'metrics.json'), 'utf8')),
    ),
  );
  await endsAlike(out);
});

test('Ctrl-C twice ends at once, in the middle of a step', async () => {
  const out = at('twice');
  const slow = ['--image-size', '64', '--batch', '64', '--steps', '100'];
  const { labels } = await writeTinyCohort(at('again'));
  const { code, stderr } = await semise(
    ['train', '--data', labels, ...slow, '--out', out],
    (child) => {
      child.stderr!.on('data', (text: Buffer) => {
        if (/to train/.test(`${text}`)) setTimeout(() => child.kill('SIGINT'), 1000);
        if (/stopping/.test(`${text}`)) child.kill('SIGINT');
      });
    },
  );
  // By the signal, which a shell calls 130; or the step ended in the moment between the two.
  assert.ok(code === null || code === 130, `${code}`);
  assert.match(
    stderr,
    /\nstopping after this step; press Ctrl-C again to end at once\n(stopped.*\n)?$/,
  );
});

test('a finished run resumed stays as it is', async () => {
  const { code, stderr } = await semise(['train', '--resume', '--out', whole]);
  assert.equal(code, 0, stderr);
  await endsAlike(at('interrupted'));
});

test('Ctrl-C while a cohort is drawn leaves nothing behind', async () => {
  const place = at('drawn');
  await mkdir(place);
  const args = [
    'phantom',
    '--out',
    join(place, 'cohort'),
    '--subjects',
    '500',
    '--comparisons',
    '0',
  ];
  const { code, stderr } = await semise(args, (child) => {
    const watcher = watch(place).once('change', () => child.kill('SIGINT'));
    child.on('close', () => watcher.close());
  });
  assert.equal(code, 130, stderr);
  assert.ok(stderr.endsWith('semise: interrupted; nothing was written\n'), stderr);
  assert.deepEqual(await readdir(place), []);
});
