import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { readSafetensors } from '@semise/autograd';
import { InputError } from '../errors.js';
import { type TinyCohort, writeTinyCohort } from '../testing/cohort.js';
import { scratchFolder } from '../testing/scratch.js';
import type { TrainOptions } from './defaults.js';
import { fetched } from './start.js';
import { trainRun } from './train.js';

const folder = scratchFolder();
const at = (name: string) => join(folder, name);
const CONTENT = Buffer.from('weights, as far as a download is concerned');
const sha256 = createHash('sha256').update(CONTENT).digest('hex');

let requests = 0;
const server = createServer((request, response) => {
  requests++;
  if (request.url !== '/weights.safetensors') response.writeHead(404);
  response.end(CONTENT);
});
let address: string;
let cohort: TinyCohort;
const usual = process.env.SEMISE_CACHE;
before(async () => {
  process.env.SEMISE_CACHE = at('cache');
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  cohort = await writeTinyCohort(at('cohort'));
});
after(() => {
  if (usual === undefined) delete process.env.SEMISE_CACHE;
  else process.env.SEMISE_CACHE = usual;
  server.close();
});

const refuses = (started: Promise<unknown>, message: RegExp) =>
  assert.rejects(started, (error) => error instanceof InputError && message.test(error.message));

test('weights at a URL are downloaded once, checked, and downloaded again if damaged', async () => {
  const url = `${address}/weights.safetensors#sha256=${sha256}`;
  const file = await fetched(url);
  assert.ok((await readFile(file)).equals(CONTENT));
  assert.equal(await fetched(url.replace(sha256, sha256.toUpperCase())), file);
  assert.equal(requests, 1);
  await writeFile(file, 'cut sh');
  assert.ok((await readFile(await fetched(url))).equals(CONTENT));
  assert.equal(requests, 2);
});

test('weights that are not there, not what was promised or not named by hash are refused', async () => {
  const url = `${address}/weights.safetensors`;
  await refuses(fetched(url), /write http.*#sha256=/);
  await refuses(fetched(`${url}#sha256=${'0'.repeat(64)}`), /its SHA-256 is .*, expected 0000/);
  await refuses(fetched(`${address}/no#sha256=${'1'.repeat(64)}`), /404/);
  await refuses(fetched(`http://127.0.0.1:1/no#sha256=${'1'.repeat(64)}`), /download/);
  assert.deepEqual(await readdir(at('cache/weights')), [`${sha256}.safetensors`]);
});

const options = (changes: Partial<TrainOptions>): TrainOptions => ({
  data: cohort.labels,
  out: at('run'),
  imageSize: 16,
  batch: 8,
  steps: 2,
  seed: 3,
  ...changes,
});

test('a run starts from the encoder of another, which pretrained it', async () => {
  const out = at('pretrained');
  await trainRun(options({ out, method: 'simclr-probe', learningRate: 0.01 }));
  // So slow a start that the weights can hardly move: they are the other run's averages.
  await trainRun(options({ out: at('from'), init: out, learningRate: 1e-9, steps: 1 }));
  const { tensors: theirs } = await readSafetensors(join(out, 'checkpoint.safetensors'));
  const { tensors: ours } = await readSafetensors(join(at('from'), 'checkpoint.safetensors'));
  const name = 'encoder.layer2.0.conv1.weight';
  const given = theirs.get(`average.${name}`)!.data;
  assert.ok(given.some((v, i) => Math.abs(v - theirs.get(name)!.data[i]) > 1e-6));
  for (const kept of [name, `average.${name}`]) {
    ours.get(kept)!.data.forEach((v, i) => {
      assert.ok(Math.abs(v - given[i]) < 1e-6, kept);
    });
  }
  // Trained on what another seed's split tests with, of another shape, or not a run.
  await refuses(
    trainRun(options({ out: at('leaks'), init: out, seed: 4 })),
    /was trained on \d+ images or their subjects that this run validates or tests with/,
  );
  await refuses(
    trainRun(options({ out: at('other'), init: out, encoder: 'resnet18' })),
    /its encoder is small, here it is resnet18/,
  );
  await refuses(trainRun(options({ out: at('none'), init: folder })), /no config.json/);
});
