import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import sharp from 'sharp';
import { dicomFile, imageElements, words16 } from '../testing/dicom.js';
import { scratchFolder } from '../testing/scratch.js';
import { readAcquired } from './acquisition.js';
import { decodeBytes } from './image.js';

const folder = scratchFolder();
const file = async (name: string, bytes: Uint8Array) => {
  await writeFile(join(folder, name), bytes);
  return join(folder, name);
};

test('DICOM: the picture through its window, and how it was taken, but not of whom', async () => {
  const elements = {
    ...imageElements({ width: 2, height: 2, bits: [16, 12, 11] }),
    '00080070 LO': 'Maker',
    '00081090 LO': 'Model 7',
    '00180060 DS': '120',
    '00280030 DS': '0.25\\0.25',
    '00281050 DS': '100\\50',
    '00281051 DS': '200\\10',
  };
  const path = await file('a.dcm', dicomFile(elements, words16([0, 100, 200, 400])));
  const { bytes, metadata } = await readAcquired(path);
  const told = Object.fromEntries(
    ['format', 'device', 'manufacturer', 'model', 'kvp', 'spacing', 'photometric', 'sex'].map(
      (name) => [name, metadata[name]],
    ),
  );
  assert.deepEqual(told, {
    format: 'dicom',
    device: 'Maker Model 7',
    manufacturer: 'Maker',
    model: 'Model 7',
    kvp: '120',
    spacing: '0.25',
    photometric: 'MONOCHROME2',
    sex: 'F',
  });
  assert.deepEqual([metadata.window_center, metadata.window_width], ['100', '200']);
  for (const secret of ['Doe', 'ID-1', 'ACC1', '1.2.826'])
    assert.ok(!JSON.stringify(metadata).includes(secret), secret);
  const pixels = await decodeBytes(bytes, { size: 2, channels: 1, fit: 'stretch' });
  assert.deepEqual([pixels[0], pixels[2], pixels[3]], [0, 255, 255]);
  assert.ok(Math.abs(pixels[1] - 128) <= 1);
});

test('a picture keeps its own bytes; what is none is named', async () => {
  const jpeg = await sharp({ create: { width: 5, height: 4, channels: 3, background: 'red' } })
    .jpeg()
    .toBuffer();
  const { bytes, metadata, sha256 } = await readAcquired(await file('b.jpg', jpeg));
  assert.ok(bytes.equals(jpeg));
  assert.equal(sha256.length, 64);
  assert.deepEqual(metadata, { format: 'jpeg', width: '5', height: '4', channels: '3', bits: '8' });
  await assert.rejects(
    readAcquired(await file('c.png', Buffer.from('no picture'))),
    /c\.png: unreadable image \(.*\); mend it/,
  );
  await assert.rejects(
    readAcquired(join(folder, 'none.png')),
    /none\.png: unreadable image \(no such file\)/,
  );
});
