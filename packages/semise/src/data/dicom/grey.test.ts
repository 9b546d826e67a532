// The grey pipeline against values worked by hand and against dcmtk's dcm2pnm.

import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  dicomFile,
  type Elements,
  imageElements,
  missing,
  type Picture,
  runTool,
  words16,
} from '../../testing/dicom.js';
import { scratchFolder } from '../../testing/scratch.js';
import { throughWindow } from './grey.js';
import { readDicom } from './index.js';
import { extractSamples } from './samples.js';

const folder = scratchFolder();

test('the window functions of PS3.3 C.11.2.1.2 and C.11.2.1.3, by hand', () => {
  // The example of the standard: c = 2048, w = 4096: 0 -> 0, 4095 -> 1.
  const linear = { center: 2048, width: 4096, shape: 'LINEAR' } as const;
  assert.equal(throughWindow(0, linear), 0);
  assert.equal(throughWindow(4095, linear), 1);
  assert.equal(throughWindow(2047.5, linear), 0.5);
  // c = 2048, w = 1: a threshold above 2047.
  const threshold = { center: 2048, width: 1, shape: 'LINEAR' } as const;
  assert.deepEqual(
    [2047, 2048].map((x) => throughWindow(x, threshold)),
    [0, 1],
  );
  // LINEAR_EXACT, c = 2048, w = 4096: 0 -> 0, 4096 -> 1, 1024 -> 1/4.
  const exact = { center: 2048, width: 4096, shape: 'LINEAR_EXACT' } as const;
  assert.deepEqual(
    [0, 1024, 2048, 4096, 5000].map((x) => throughWindow(x, exact)),
    [0, 0.25, 0.5, 1, 1],
  );
  // SIGMOID: 1/2 at the centre, 1/(1 + e^2) half a width below.
  const sigmoid = { center: 100, width: 50, shape: 'SIGMOID' } as const;
  assert.equal(throughWindow(100, sigmoid), 0.5);
  assert.ok(Math.abs(throughWindow(75, sigmoid) - 1 / (1 + Math.E ** 2)) < 1e-12);
});

test('samples come out of any place of a cell, whatever shares it', () => {
  const layout = fc
    .tuple(fc.constantFrom(8, 16), fc.integer({ min: 1, max: 16 }), fc.nat(15), fc.boolean())
    .filter(([allocated, stored, shift]) => stored + shift <= allocated);
  fc.assert(
    fc.property(
      layout,
      fc.integer(),
      fc.nat(65535),
      ([allocated, stored, shift, signed], n, junk) => {
        const count = 2 ** stored;
        const value = (((n % count) + count) % count) - (signed ? count / 2 : 0);
        const mask = (count - 1) << shift;
        const cell = ((value & (count - 1)) << shift) | (junk & ~mask & (2 ** allocated - 1));
        const cells = allocated === 8 ? Uint8Array.of(cell) : Uint16Array.of(cell);
        const highBit = shift + stored - 1;
        const [sample] = extractSamples(cells, { allocated, stored, highBit, signed });
        assert.equal(sample, value);
      },
    ),
  );
});

const RAMP: Picture = { width: 64, height: 64, bits: [16, 12, 11] };
const ramp = Array.from({ length: 4096 }, (_, i) => i);
const signedRamp = ramp.map((value) => value - 2048);

const shown = async (picture: Picture, more: Elements, values: readonly number[]) => {
  const pixels = picture.bits[0] === 16 ? words16(values) : Buffer.from(values);
  return readDicom(dicomFile({ ...imageElements(picture), ...more }, pixels));
};

test('16 bits stay until the window is applied: neighbours 1/4096 apart stay apart', async () => {
  const image = await shown(RAMP, { '00281050 DS': '2048', '00281051 DS': '4096' }, ramp);
  assert.equal(image.bits, 16);
  assert.deepEqual(
    Array.from(image.pixels),
    ramp.map((value) => Math.round((65535 * value) / 4095)),
  );
});

test('a window given goes before that of the file', async () => {
  const bytes = dicomFile({ ...imageElements(RAMP), ...window(10, 20) }, words16(ramp));
  const image = await readDicom(bytes, { window: { center: 2048, width: 4096 } });
  assert.equal(image.pixels[1000], Math.round((65535 * 1000) / 4095));
  await assert.rejects(readDicom(bytes, { window: { center: 0, width: 0 } }), /width of 1 or more/);
});

test('padding is black and does not count, also inverted', async () => {
  const picture: Picture = { ...RAMP, bits: [16, 16, 15], signed: true, width: 4, height: 1 };
  const padding = { '00280120 SS': [-2000], '00280121 SS': [-1990] };
  const image = await shown(picture, padding, [-2000, -1995, 100, 300]);
  assert.deepEqual(Array.from(image.pixels), [0, 0, 0, 65535]);
  const inverted = { ...picture, photometric: 'MONOCHROME1' };
  const other = await shown(inverted, padding, [-2000, -1995, 100, 300]);
  assert.deepEqual(Array.from(other.pixels), [0, 0, 65535, 0]);
});

test('without a window 8 bits stay as they are, 16 bits spread', async () => {
  const eight = await shown({ width: 3, height: 1, bits: [8, 8, 7] }, {}, [10, 20, 200]);
  assert.deepEqual([eight.bits, ...eight.pixels], [8, 10, 20, 200]);
  const sixteen = await shown({ width: 3, height: 1, bits: [16, 16, 15] }, {}, [1000, 1500, 2000]);
  assert.deepEqual([sixteen.bits, ...sixteen.pixels], [16, 0, 32768, 65535]);
});

test('a Modality LUT, then a VOI LUT, by hand', async () => {
  // Stored 0..3 -> 10, 20, 30, 40; VOI from 20 on: 0, 128 at 21.., 255 from 40 on.
  const voi = Array.from({ length: 21 }, (_, i) => (i === 0 ? 0 : i < 20 ? 128 : 255));
  const image = await shown(
    { width: 4, height: 1, bits: [8, 8, 7] },
    {
      '00283000': [{ '00283002': [4, 0, 8], '00283003 LO': 'm', '00283006': [10, 20, 30, 40] }],
      '00283010': [{ '00283002': [21, 20, 8], '00283006': voi }],
    },
    [0, 1, 2, 3],
  );
  assert.deepEqual(Array.from(image.pixels), [0, 0, 128, 255]);
});

test('palettes, plain and segmented, by hand', async () => {
  const descriptor = [4, 0, 16];
  const plain = [0, 100, 200, 300];
  const elements = {
    '00281101': descriptor,
    '00281102': descriptor,
    '00281103': descriptor,
    '00281201 OW': words16(plain),
    '00281202 OW': words16(plain.map((value) => value + 1)),
    // Discrete 5; linear, 3 entries up to 305.
    '00281223 OW': words16([0, 1, 5, 1, 3, 305]),
  };
  const picture: Picture = { width: 4, height: 1, bits: [8, 8, 7], photometric: 'PALETTE COLOR' };
  const image = await shown(picture, elements, [3, 2, 1, 0]);
  assert.deepEqual([image.channels, image.bits], [3, 16]);
  assert.deepEqual(
    Array.from(image.pixels),
    [
      [300, 301, 305],
      [200, 201, 205],
      [100, 101, 105],
      [0, 1, 5],
    ].flat(),
  );
});

test('planar, YBR full and YBR 4:2:2', async () => {
  const rgb: Picture = { width: 2, height: 1, channels: 3, bits: [8, 8, 7] };
  const planar = await shown({ ...rgb, planar: true }, {}, [1, 2, 3, 4, 5, 6]);
  assert.deepEqual(Array.from(planar.pixels), [1, 3, 5, 2, 4, 6]);
  // Red, 255 0 0, is Y 76, Cb 85, Cr 255 after rounding; back it is 254 0 0.
  const full = await shown({ ...rgb, photometric: 'YBR_FULL' }, {}, [76, 85, 255, 150, 128, 128]);
  assert.deepEqual(Array.from(full.pixels), [254, 0, 0, 150, 150, 150]);
  const half = await shown({ ...rgb, photometric: 'YBR_FULL_422' }, {}, [76, 80, 85, 255]);
  assert.deepEqual(Array.from(half.pixels), [254, 0, 0, 255, 4, 4]);
});

test('frames of an enhanced image have their own window, slope and spacing', async () => {
  const group = (center: string, slope: string, spacing: string): Elements => ({
    '00289132': [{ '00281050 DS': center, '00281051 DS': '100', '00281056 CS': 'LINEAR_EXACT' }],
    '00289145': [{ '00281052 DS': '0', '00281053 DS': slope, '00281054 LO': 'US' }],
    '00289110': [{ '00280030 DS': spacing }],
  });
  const image = (frame: number) =>
    readDicom(
      dicomFile(
        {
          ...imageElements({ width: 2, height: 1, bits: [16, 12, 11], frames: 2 }),
          '52009230': [group('50', '1', '0.5\\0.25'), group('150', '2', '1\\2')],
        },
        words16([25, 50, 75, 90]),
      ),
      { frame },
    );
  const [first, second] = [await image(0), await image(1)];
  assert.deepEqual(Array.from(first.pixels), [16384, 32768]);
  assert.deepEqual(Array.from(second.pixels), [32768, Math.round(0.8 * 65535)]);
  assert.deepEqual(
    [first.spacing, second.spacing],
    [
      [0.5, 0.25],
      [1, 2],
    ],
  );
});

/** What dcm2pnm makes of the same file, 16 bits. */
function byDcmtk(bytes: Buffer, ...options: string[]): number[] {
  const made = mkdtempSync(join(folder, 'pnm-'));
  writeFileSync(join(made, 'in.dcm'), bytes);
  runTool('dcm2pnm', '+opn', '16', ...options, join(made, 'in.dcm'), join(made, 'out.pnm'));
  const lines = readFileSync(join(made, 'out.pnm'), 'latin1').split('\n');
  return lines
    .filter((line) => !line.startsWith('#'))
    .join(' ')
    .trim()
    .split(/\s+/)
    .slice(4)
    .map(Number);
}

const window = (center: number, width: number, shape?: string): Elements => ({
  '00281050 DS': String(center),
  '00281051 DS': String(width),
  ...(shape && { '00281056 CS': shape }),
});
const signed: Picture = { ...RAMP, signed: true };
const lut = Array.from({ length: 256 }, (_, i) => Math.round(4095 * (i / 255) ** 2));
const AGAINST_DCMTK: readonly (readonly [string, Picture, Elements, ...string[]])[] = [
  ['a window', RAMP, window(1000, 800), '+Wi', '1'],
  ['a window on signed samples', signed, window(-100, 1500), '+Wi', '1'],
  ['a sigmoid', RAMP, window(2000, 1000, 'SIGMOID'), '+Wi', '1', '+Wfs'],
  ['MONOCHROME1', { ...RAMP, photometric: 'MONOCHROME1' }, window(1500, 2500), '+Wi', '1'],
  [
    'a rescale and a window',
    RAMP,
    { '00281052 DS': '-1024', '00281053 DS': '2', '00281054 LO': 'HU', ...window(40, 400) },
    '+Wi',
    '1',
  ],
  ['no window', signed, {}, '+Wm'],
  [
    'a VOI LUT',
    RAMP,
    { '00283010': [{ '00283002': [256, 1000, 12], '00283006': lut }] },
    '+Wl',
    '1',
  ],
];
for (const [name, picture, more, ...options] of AGAINST_DCMTK) {
  test(`${name}: as dcm2pnm shows it`, { skip: missing('dcm2pnm') }, async () => {
    const values = picture.signed ? signedRamp : ramp;
    const bytes = dicomFile({ ...imageElements(picture), ...more }, words16(values));
    const image = await readDicom(bytes);
    const theirs = byDcmtk(bytes, ...options);
    assert.equal(theirs.length, image.pixels.length);
    const worst = Math.max(...theirs.map((value, i) => Math.abs(value - image.pixels[i])));
    // dcm2pnm widens the 12 bits of a VOI LUT to 16 by a shift: up to one of its levels apart.
    assert.ok(worst <= (options[0] === '+Wl' ? 16 : 1), `${worst} of 65535 apart`);
  });
}
