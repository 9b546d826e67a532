// semise explain as a user meets it: on a run that has learnt to see bright discs, whose outlines are known.

import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { before, test } from 'node:test';
import sharp from 'sharp';
import type { ExplanationCheck } from '../explanation/index.js';
import type { ExplainedLine } from '../run/index.js';
import { semise } from '../testing/command.js';
import { writeMaskedCohort } from '../testing/masked-cohort.js';
import { runPlain } from '../testing/plain-onnx.js';
import { scratchFolder } from '../testing/scratch.js';

const folder = scratchFolder();
const at = (...names: string[]) => join(folder, ...names);
const image = (i: number) => at('cohort', `${i}.png`);
const SIZE = 32;
let labels: string;

async function done(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await semise(args);
  assert.equal(code, 0, stderr);
  return stdout;
}
async function refused(message: RegExp, ...args: string[]): Promise<void> {
  const { code, stdout, stderr } = await semise(args);
  assert.equal(code, 2, stderr);
  assert.equal(stdout, '');
  assert.match(stderr, message);
  assert.equal(stderr.trim().split('\n').length, 1);
}

before(async () => {
  labels = await writeMaskedCohort(at('cohort'));
  const args = ['train', '--data', labels, '--out', at('run'), '--json', '--method', 'supervised'];
  args.push('--image-size', `${SIZE}`, '--batch', '16', '--steps', '40', '--view-strength', '0.3');
  await done(...args);
});

test('the report of a run shows why a few images have their score', async () => {
  const report = await readFile(at('run', 'report.html'), 'utf8');
  assert.match(report, /<section id="explanation"/);
  assert.match(report, /href="#explanation"/);
});

test('pictures at the size of the image, a page, and what they rest on', async () => {
  const files = [image(2), image(8)];
  const out = at('why');
  const { images } = JSON.parse(
    await done('explain', at('run'), ...files, '--out', out, '--json'),
  ) as {
    images: ExplainedLine[];
  };
  assert.deepEqual(JSON.parse(await readFile(join(out, 'explanations.json'), 'utf8')), images);
  const pictures = ['2', '8'].flatMap((name) =>
    ['gradcam', 'integrated', 'occlusion'].map((method) => `${name}.${method}.png`),
  );
  const written = ['explain.html', 'explanations.json', ...pictures];
  assert.deepEqual((await readdir(out)).sort(), written.sort());
  for (const name of pictures) {
    const { width, height } = await sharp(join(out, name)).metadata();
    assert.deepEqual([width, height], [44, 36]);
  }
  for (const { score, baselineScore, integratedSum, neighbours } of images) {
    const whole = score - baselineScore;
    assert.ok(Math.abs((integratedSum as number) - whole) < 0.02 + 0.05 * Math.abs(whole));
    assert.ok(neighbours);
    assert.ok(neighbours.below.every((n) => n.score < score));
    assert.ok(neighbours.above.every((n) => n.score > score));
    assert.equal(neighbours.alike.length, 2);
  }
  const page = await readFile(join(out, 'explain.html'), 'utf8');
  assert.ok(!/<script|src="(?!data:)/.test(page));
});

test('compared with another image, in Japanese', async () => {
  const out = at('compared');
  const args = ['--compare', image(0), '--method', 'integrated', '--lang', 'ja', '--json'];
  const said = JSON.parse(
    await done('explain', at('run'), image(4), image(0), '--out', out, ...args),
  );
  const [other, same] = said.images as ExplainedLine[];
  assert.ok(Math.abs(other.baselineScore - same.score) < 1e-4);
  assert.ok(
    Math.abs(same.integratedSum as number) < 1e-5,
    'an image differs from itself in nothing',
  );
  const page = await readFile(join(out, 'explain.html'), 'utf8');
  assert.match(page, /<html lang="ja">/);
  assert.match(page, /統合勾配/);
});

test('the exported file says the same in plain ONNX Runtime', async () => {
  await done('export', at('run'), '--what', 'explain', '--out', at('explain.onnx'));
  const pixels = await sharp(image(2))
    .resize(SIZE, SIZE, { fit: 'contain', background: 'black', fastShrinkOnLoad: false })
    .toColourspace('b-w')
    .raw()
    .toBuffer();
  const said = await runPlain(await readFile(at('explain.onnx')), [pixels], [1, SIZE]);
  const [known] = JSON.parse(
    await readFile(at('why', 'explanations.json'), 'utf8'),
  ) as ExplainedLine[];
  assert.ok(Math.abs(said.score[0] - known.score) < 1e-3);
  assert.ok(Math.abs(said.baseline_score[0] - known.baselineScore) < 1e-3);
  assert.equal(said.gradcam.length, SIZE * SIZE);
  const sum = said.integrated.reduce((a, b) => a + b);
  assert.ok(Math.abs(sum - (known.integratedSum as number)) < 1e-3);
});

test('--check: the maps of a model that has learnt mark the lesion, and need the model', async () => {
  const out = at('check.json');
  const args = ['--check', '--data', labels, '--images', '10', '--out', out, '--json'];
  args.push('--method', 'integrated,occlusion');
  const check = JSON.parse(await done('explain', at('run'), ...args)) as ExplanationCheck;
  assert.deepEqual(JSON.parse(await readFile(out, 'utf8')), check);
  assert.equal(check.images, 10);
  const { integrated, occlusion, centre, chance } = check.localisation!;
  assert.ok(centre && chance);
  assert.ok(
    integrated!.energy.ci95![0] > chance.energy.value!,
    'on the lesion more than by chance',
  );
  assert.ok(occlusion!.iou.value! > chance.iou.value!);
  for (const { deletionGain } of Object.values(check.faithfulness))
    assert.ok(deletionGain.ci95![0] > 0, `deletion ${deletionGain.value}`);
  assert.ok(check.incompleteness!.value! < 0.1);
  const last = check.sanity.filter(({ part }) => part === 'stem');
  assert.deepEqual(
    last.map(({ method }) => method),
    ['integrated', 'occlusion'],
  );
  for (const { rankCorrelation } of last) assert.ok(Math.abs(rankCorrelation.value!) < 0.6);
  assert.match(
    await done('explain', at('run'), '--check', '--images', '3', '--method', 'gradcam'),
    /gradcam/,
  );
});

test('what cannot be done is refused in one line', async () => {
  const run = at('run');
  await refused(/no images; give image files/, 'explain', run, '--out', at('x'));
  await refused(/no --out/, 'explain', run, image(1));
  await refused(
    /--method lime: unknown; choose of gradcam/,
    'explain',
    run,
    image(1),
    '--method',
    'lime',
    '--out',
    at('x'),
  );
  await refused(/unreadable image/, 'explain', run, labels, '--out', at('x'));
  await refused(/already exists/, 'explain', run, image(1), '--out', at('why'));
  await refused(
    /both would be written as 1\.gradcam\.png/,
    'explain',
    run,
    image(1),
    image(1),
    '--out',
    at('x'),
  );
  await refused(/takes no image files/, 'explain', run, image(1), '--check');
  await refused(/no config\.json/, 'explain', at('cohort'), image(1), '--out', at('x'));
  assert.ok(!(await readdir(folder)).includes('x'));
});
