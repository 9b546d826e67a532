import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { input, type NamedTensor, size, writeSafetensors } from '@semise/autograd';
import { InputError } from '../errors.js';
import { ENCODERS, type EncoderName } from './resnet.js';
import { rootScope } from './scope.js';
import { readTorchvisionWeights } from './weights.js';

let folder: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'semise-weights-'));
});
after(() => rm(folder, { recursive: true }));

/** What torchvision would save for an encoder: our variables under its names, each value its own. */
function stateDict(encoder: EncoderName, channels: number, prefix = ''): Map<string, NamedTensor> {
  const root = rootScope({ seed: 1, training: false });
  ENCODERS[encoder](root, input('images', [1, channels, 64, 64]));
  return new Map(
    [...root.weights, ...root.statistics].map(({ name, shape, initial }, i) => [
      prefix + name,
      { shape, data: initial.map((v) => v + i) },
    ]),
  );
}

async function saved(name: string, tensors: ReadonlyMap<string, NamedTensor>): Promise<string> {
  const file = join(folder, `${name}.safetensors`);
  await writeSafetensors(file, tensors);
  return file;
}

const small = { encoder: 'small', channels: 3 } as const;

/** The message of the InputError that reading throws. */
async function refusal(file: string, model: Parameters<typeof readTorchvisionWeights>[1]) {
  let message = '';
  await assert.rejects(readTorchvisionWeights(file, model), (error) => {
    assert.ok(error instanceof InputError, String(error));
    message = error.message;
    return true;
  });
  assert.ok(message.startsWith(file), `names the file: ${message}`);
  assert.ok(!message.includes('\n'), 'one line');
  return message;
}

test('a torchvision ResNet-18 file fills every weight and running statistic', async () => {
  const tensors = stateDict('resnet18', 3);
  const file = await saved(
    'resnet18',
    new Map([
      ...tensors,
      ['bn1.num_batches_tracked', { shape: [], data: Float32Array.of(7) }],
      ['fc.weight', { shape: [1000, 512], data: new Float32Array(512_000) }],
      ['fc.bias', { shape: [1000], data: new Float32Array(1000) }],
    ]),
  );
  const values = await readTorchvisionWeights(file, { encoder: 'resnet18', channels: 3 });
  assert.equal(values.size, 100); // 20 convolutions, and 4 tensors of each of 20 batch norms
  for (const [name, { data }] of tensors) assert.deepEqual(values.get(`encoder.${name}`), data);
});

for (const prefix of ['module.', 'encoder.', 'backbone.', 'module.encoder.']) {
  test(`names may begin with ${prefix}`, async () => {
    const file = await saved(prefix, stateDict('small', 3, prefix));
    const values = await readTorchvisionWeights(file, small);
    const plain = stateDict('small', 3);
    assert.equal(values.size, plain.size);
    for (const [name, { data }] of plain) assert.deepEqual(values.get(`encoder.${name}`), data);
  });
}

test('for grey images the first kernel is summed over its colours', async () => {
  const tensors = stateDict('small', 3);
  const values = await readTorchvisionWeights(await saved('colour', tensors), {
    encoder: 'small',
    channels: 1,
  });
  const { data } = tensors.get('conv1.weight')!;
  const grey = values.get('encoder.conv1.weight')!;
  assert.equal(grey.length, 32 * 9);
  for (let out = 0; out < 32; out++) {
    for (let k = 0; k < 9; k++) {
      const at = (channel: number) => data[(out * 3 + channel) * 9 + k];
      assert.ok(Math.abs(grey[out * 9 + k] - (at(0) + at(1) + at(2))) < 1e-5);
    }
  }
  const layer = 'layer1.0.conv1.weight';
  assert.deepEqual(values.get(`encoder.${layer}`), tensors.get(layer)!.data);
});

test('missing and misshapen tensors are named all at once, with their shapes', async () => {
  const tensors = stateDict('small', 3);
  tensors.delete('layer2.0.bn1.running_mean');
  tensors.set('layer1.0.conv1.weight', { shape: [32, 32, 1, 1], data: new Float32Array(1024) });
  const message = await refusal(await saved('two', tensors), small);
  assert.match(message, /layer1\.0\.conv1\.weight is \[32,32,1,1\], expected \[32,32,3,3\]/);
  assert.match(message, /layer2\.0\.bn1\.running_mean \[64\] is missing/);
  assert.doesNotMatch(message, /more/);
});

test('weights of another encoder: a few misfits named, the rest counted', async () => {
  const file = await saved('other', stateDict('small', 3));
  const message = await refusal(file, { encoder: 'resnet18', channels: 3 });
  assert.match(message, /resnet18/);
  assert.match(message, /conv1\.weight is \[32,3,3,3\], expected \[64,3,7,7\]/);
  // All 100 tensors misfit; 5 are named.
  assert.match(message, /; and 95 more/);
});

test('grey weights do not fit colour images', async () => {
  const message = await refusal(await saved('grey', stateDict('small', 1)), small);
  assert.match(message, /conv1\.weight is \[32,1,3,3\], expected \[32,3,3,3\]/);
});

test('two networks in one file are refused', async () => {
  const both = new Map([...stateDict('small', 3), ...stateDict('small', 3, 'encoder.')]);
  assert.match(await refusal(await saved('both', both), small), /several tensors named/);
});

test('a file that is missing, or is no safetensors, says so and how to make one', async () => {
  assert.match(await refusal(join(folder, 'none.safetensors'), small), /cannot be read \(ENOENT\)/);
  const file = join(folder, 'weights.pth');
  await writeFile(file, Buffer.from('PK\x03\x04 a pickled PyTorch checkpoint'));
  assert.match(await refusal(file, small), /not a safetensors file.*save_file/);
  const cut = await saved('cut', stateDict('small', 3));
  const bytes = await readFile(cut);
  await writeFile(cut, bytes.subarray(0, bytes.length - size([256])));
  assert.match(await refusal(cut, small), /past the end/);
});
