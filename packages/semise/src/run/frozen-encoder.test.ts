import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import {
  add,
  concat,
  type Engine,
  exportModel,
  input,
  mean,
  mul,
  openEngine,
  type Tensor,
} from '@semise/autograd';
import { InputError } from '../errors.js';
import { type TinyCohort, writeTinyCohort } from '../testing/cohort.js';
import { scratchFolder } from '../testing/scratch.js';
import { openFrozenEncoder } from './frozen-encoder.js';
import { openRun } from './predict.js';
import { resumeRun, trainRun } from './train.js';

const folder = scratchFolder();
const at = (name: string) => join(folder, name);
let engine: Engine;
let cohort: TinyCohort;
before(async () => {
  engine = await openEngine({ threads: 1 });
  cohort = await writeTinyCohort(at('cohort'));
});
after(() => engine.close());

/** Writes a model of one output, made by our own exporter. */
async function encoderFile(name: string, output: Tensor): Promise<string> {
  const file = at(`${name}.onnx`);
  await writeFile(file, exportModel({ name, outputs: { out: output }, weights: new Map() }));
  return file;
}
const near = (actual: ArrayLike<number>, expected: readonly number[]) => {
  assert.equal(actual.length, expected.length);
  expected.forEach((e, i) => {
    assert.ok(Math.abs(actual[i] - e) < 1e-4 * Math.max(1, Math.abs(e)), `${actual[i]}: ${e}`);
  });
};

const colours = input('colours', [1, 3, 4, 4]);
const grey = input('grey', [1, 1, 4, 4], 'uint8');
const pixels = [10, 100, 250].flatMap((level) => Array<number>(16).fill(level));
const image = Uint8Array.from(pixels, (level, i) => level + (i % 4));

test('float images are standardised as ImageNet is; maps are averaged, the first token is taken', async () => {
  const levels = [11.5, 101.5, 251.5];
  const [m, d] = [
    [0.485, 0.456, 0.406],
    [0.229, 0.224, 0.225],
  ];
  const expected = levels.map((level, c) => (level / 255 - m[c]) / d[c]);
  const means = mean(colours, [2, 3]);
  const tokens = mean(colours, [3]); // three channels of four rows: three tokens of four
  for (const [name, output, from, to] of [
    ['maps', add(colours, 0), 0, 3],
    ['vectors', means, 0, 3],
    ['tokens', tokens, 0, 1],
  ] as const) {
    const encoder = await openFrozenEncoder(engine, await encoderFile(name, output));
    assert.equal(encoder.size, 4);
    const [features, again] = await encoder.features([image, image]);
    near(
      features,
      name === 'tokens' ? Array<number>(4).fill(expected[0]) : expected.slice(from, to),
    );
    assert.deepEqual(again, features);
  }
});

test('grey images are repeated for three channels', async () => {
  const encoder = await openFrozenEncoder(engine, at('vectors.onnx'));
  const [features] = await encoder.features([image.slice(0, 16)]);
  const level = 11.5 / 255;
  near(features, [(level - 0.485) / 0.229, (level - 0.456) / 0.224, (level - 0.406) / 0.225]);
});

test('files that are no encoder are refused, with what they take and give', async () => {
  const refused = async (file: string, message: RegExp) =>
    assert.rejects(
      openFrozenEncoder(engine, file),
      (error) => error instanceof InputError && message.test(error.message),
    );
  const two = concat([mean(colours, [2, 3]), mean(input('more', [1, 3, 4, 4]), [2, 3])]);
  await refused(
    await encoderFile('two', two),
    /expected one input.*colours float32 \[\?,3,4,4\], more/,
  );
  const flat = mul(input('flat', [1, 12]), 2);
  await refused(await encoderFile('flat', flat), /not square images/);
  const oblong = mean(input('oblong', [1, 3, 4, 8]), [2, 3]);
  await refused(
    await encoderFile('oblong', oblong),
    /not square images.*oblong float32 \[\?,3,4,8\]/,
  );
  await refused(await encoderFile('scalars', mean(colours, [1, 2, 3])), /none of its outputs/);
  await refused(await encoderFile('bytes', grey), /none of its outputs/);
  await assert.rejects(
    openFrozenEncoder(engine, at('vectors.onnx'), 32),
    /--image-size 32: the encoder .* takes images of 4 pixels/,
  );
  await refused(at('missing.onnx'), /cannot be read \(ENOENT\)/);
  await writeFile(at('text.onnx'), 'no model');
  await refused(at('text.onnx'), /is not an ONNX model/);
});

test('a run on features of a file: trained, resumed and asked with the file it keeps', async () => {
  const base = { data: cohort.labels, comparisons: cohort.comparisons, batch: 8, seed: 2 };
  await trainRun({ ...base, out: at('own'), steps: 2, imageSize: 16 });
  const encoder = `${at('own')}/encoder.onnx` as const;
  const out = at('probe');
  const stop = new AbortController();
  const options = { ...base, out, encoder, steps: 12, learningRate: 0.02 };
  const stopped = await trainRun(options, {
    signal: stop.signal,
    onStep: ({ step }) => step === 6 && stop.abort(),
  });
  assert.equal(stopped, null);
  const result = await resumeRun(out);
  const whole = await trainRun({ ...options, out: at('whole') });
  assert.deepEqual(result?.predictions, whole?.predictions);
  assert.deepEqual(await readFile(join(out, 'encoder.onnx')), await readFile(encoder));

  const [own, probe] = [await openRun(at('own')), await openRun(out)];
  try {
    assert.equal(probe.config.training.imageSize, 16);
    const files = cohort.images.slice(0, 6);
    const seen = await own.predict(files);
    const said = await probe.predict(files);
    const { mean, deviation } = probe.config.training.pixels;
    said.forEach(({ embedding, score }, i) => {
      near(
        embedding,
        [...seen[i].embedding].map((v, f) => (v - mean[f]) / deviation[f]),
      );
      const kept = result?.predictions.find(({ image }) => files[i].endsWith(`/${image}`));
      near([score], [kept?.score as number]);
    });
  } finally {
    await own.close();
    await probe.close();
  }
});
