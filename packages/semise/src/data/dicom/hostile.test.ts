// Whatever the bytes are: an image or an InputError with a reason, soon, and the next file still decodes.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { test } from 'node:test';
import { InputError } from '../../errors.js';
import { random } from '../../random.js';
import { dicomFile, type Elements, imageElements, words16 } from '../../testing/dicom.js';
import { isDicom, readDicom } from './index.js';

const ELEMENTS = imageElements({ width: 16, height: 16, bits: [16, 12, 11] });
const VALUES = Array.from({ length: 256 }, (_, i) => (i * 37) % 4096);
const GOOD = dicomFile(ELEMENTS, words16(VALUES));

const refuses = (bytes: Uint8Array, reason: RegExp, options = {}) =>
  assert.rejects(readDicom(bytes, options), (error: Error) => {
    assert.ok(error instanceof InputError, `${error.name}: ${error.message}`);
    assert.match(error.message, reason);
    assert.ok(!error.message.includes('\n'));
    return true;
  });

/** A JPEG 2000 codestream of the good image. */
async function jpeg2000(): Promise<Buffer> {
  const require = createRequire(import.meta.url);
  const { J2KEncoder } = await require('@cornerstonejs/codec-openjpeg/wasmjs')({
    wasmBinary: readFileSync(require.resolve('@cornerstonejs/codec-openjpeg/wasm')),
    print: () => {},
  });
  const encoder = new J2KEncoder();
  const info = { width: 16, height: 16, bitsPerSample: 12, componentCount: 1, isSigned: false };
  encoder.setDecompositions(2);
  encoder.getDecodedBuffer(info).set(words16(VALUES));
  encoder.encode();
  return Buffer.from(encoder.getEncodedBuffer());
}
const J2K = '1.2.840.10008.1.2.4.90';
const encapsulated = (stream: Uint8Array, syntax = J2K, elements = ELEMENTS) =>
  dicomFile(elements, [Buffer.alloc(0), stream], syntax);

test('a file is DICOM by its content, with or without preamble', () => {
  assert.ok(isDicom(GOOD) && isDicom(GOOD.subarray(0, 132)));
  assert.ok(isDicom(GOOD.subarray(132)), 'file meta without preamble');
  const dataSet = GOOD.subarray(GOOD.indexOf('0800050043530a00', 0, 'hex'));
  assert.ok(isDicom(dataSet), 'data set alone');
  for (const other of [
    '',
    'DICM',
    '\x08\0 and then text, much of it',
    '\x89PNG\r\n\x1a\n0000000',
  ]) {
    assert.ok(!isDicom(Buffer.from(other, 'latin1')), other);
  }
});

test('files without preamble or meta decode', async () => {
  for (const bytes of [
    GOOD.subarray(132),
    GOOD.subarray(GOOD.indexOf('0800050043530a00', 0, 'hex')),
  ]) {
    assert.deepEqual(Array.from((await readDicom(bytes)).stored.data), VALUES);
  }
});

test('pixel data cut short, absent, or of another kind', async () => {
  await refuses(GOOD.subarray(0, -1), /cut short: 511 bytes, 512 are needed/);
  await refuses(dicomFile(ELEMENTS), /no pixel data \(modality OT\)/);
  await refuses(dicomFile(ELEMENTS, words16(VALUES), J2K), /not encapsulated/);
  await refuses(encapsulated(Buffer.alloc(512), '1.2.840.10008.1.2.1'), /are encapsulated/);
  await refuses(GOOD.subarray(0, 300), /./);
});

test('sizes that contradict or bomb', async () => {
  const sized = (rows: number, columns: number): Elements => ({
    ...ELEMENTS,
    '00280010': [rows],
    '00280011': [columns],
  });
  await refuses(dicomFile(sized(65535, 65535), words16(VALUES)), /65535 x 65535 x 1 samples: more/);
  await refuses(dicomFile(sized(0, 16), words16(VALUES)), /Rows is missing or 0/);
  await refuses(GOOD, /more than 100$/, { limits: { samples: 100 } });
  await refuses(GOOD, /more than 20 data elements/, { limits: { elements: 20 } });
  await refuses(
    encapsulated(await jpeg2000(), J2K, sized(8, 8)),
    /is 16 x 16 x 1.* says 8 x 8 x 1/,
  );
  await refuses(
    dicomFile({ ...ELEMENTS, '00280008 IS': '1000000000' }, words16(VALUES)),
    /cut short/,
    {
      frame: 'last',
    },
  );
  await refuses(GOOD, /frame 1 was asked for; the file has 1/, { frame: 1 });
});

test('a deflated bomb stops at the limit', async () => {
  const { deflateRawSync } = await import('node:zlib');
  const head = dicomFile({}, undefined, '1.2.840.10008.1.2.1.99');
  const bomb = Buffer.concat([head, deflateRawSync(Buffer.alloc(50_000_000))]);
  await refuses(bomb, /deflated data set cannot be inflated/, { limits: { inflatedBytes: 1e6 } });
});

test('sequences without end or bottom', async () => {
  const open = Buffer.from('0800151153510000ffffffff' + 'feff00e0ffffffff', 'hex');
  const head = GOOD.subarray(0, GOOD.indexOf('28000200555302', 0, 'hex'));
  const before = performance.now();
  await refuses(
    Buffer.concat([head, ...Array.from({ length: 50_000 }, () => open)]),
    /nested|DICOM/,
  );
  const items = Buffer.alloc(8 * 1_000_000, Buffer.from('feff00e000000000', 'hex'));
  const sequence = Buffer.from('0800151153510000ffffffff', 'hex');
  await refuses(Buffer.concat([head, sequence, items]), /more than 500000 data elements/);
  assert.ok(performance.now() - before < 10_000);
});

test('a codec that fails leaves the next file alone', async () => {
  const stream = await jpeg2000();
  assert.deepEqual(Array.from((await readDicom(encapsulated(stream))).stored.data), VALUES);
  const broken = Buffer.from(stream).fill(0xff, 60, 110);
  await refuses(encapsulated(broken), /frame/);
  await refuses(encapsulated(stream), /took longer than 0 s/, { limits: { seconds: 0 } });
  for (const syntax of ['.50', '.70', '.80']) {
    const jpeg = Buffer.from('ffd8' + 'ffc3000b0c00100010010111000000', 'hex');
    await refuses(encapsulated(jpeg, `1.2.840.10008.1.2.4${syntax}`), /./);
  }
  assert.deepEqual(Array.from((await readDicom(encapsulated(stream))).stored.data), VALUES);
});

test('flipped, cut and spliced files, and random bytes, end in an image or a reason', async () => {
  const rng = random(3, 'hostile');
  const seeds = [GOOD, encapsulated(await jpeg2000())];
  let images = 0;
  for (let i = 0; i < 400; i++) {
    const bytes = Buffer.from(rng.pick(seeds));
    for (let flips = rng.integer(6); flips >= 0; flips--) {
      bytes[132 + rng.integer(bytes.length - 132)] = rng.integer(256);
    }
    const start = rng.chance(0.2) ? rng.integer(bytes.length) : 0;
    const cut = rng.chance(0.3) ? bytes.subarray(0, rng.integer(bytes.length)) : bytes;
    const file = rng.chance(0.2) ? Buffer.concat([cut, bytes.subarray(start)]) : cut;
    try {
      const image = await readDicom(file, { limits: { seconds: 5 } });
      assert.equal(image.pixels.length, image.width * image.height * image.channels);
      images++;
    } catch (error) {
      assert.ok(error instanceof InputError, `file ${i}: ${error}`);
    }
  }
  assert.ok(images > 20, 'some still decode');
});
