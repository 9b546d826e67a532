import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import sharp from 'sharp';
import { InputError } from '../errors.js';
import { dicomFile, imageElements, words16 } from '../testing/dicom.js';
import { decodeImage, detectChannels } from './image.js';
import { previewOf } from './preview.js';

let folder: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'semise-image-'));
});
after(() => rm(folder, { recursive: true }));

const file = async (name: string, bytes: Uint8Array) => {
  await writeFile(join(folder, name), bytes);
  return join(folder, name);
};
const raw = (
  data: Uint8Array | Uint16Array,
  width: number,
  height: number,
  channels: 1 | 2 | 3 | 4,
) => sharp(data, { raw: { width, height, channels } });
const grey = { size: 4, channels: 1, fit: 'stretch' } as const;
const colour = { ...grey, channels: 3 } as const;

/** A 4 x 4 grey TIFF of any sample format, by hand: sharp writes no floats. Pages share the pixels. */
function tiff(pixels: Uint8Array, bits: number, sampleFormat: 1 | 3, pages = 1): Buffer {
  const tags = [
    [256, 4],
    [257, 4],
    [258, bits],
    [259, 1],
    [262, 1],
    [273, 0],
    [277, 1],
    [278, 4],
    [279, pixels.length],
    [339, sampleFormat],
  ];
  const directory = 2 + 12 * tags.length + 4;
  const bytes = Buffer.alloc(8 + pages * directory + pixels.length);
  bytes.write('II*\0\x08\0\0\0', 'latin1');
  for (let page = 0; page < pages; page++) {
    const start = 8 + page * directory;
    bytes.writeUInt16LE(tags.length, start);
    tags.forEach(([tag, value], i) => {
      const at = start + 2 + 12 * i;
      bytes.writeUInt16LE(tag, at);
      bytes.writeUInt16LE(4, at + 2);
      bytes.writeUInt32LE(1, at + 4);
      bytes.writeUInt32LE(tag === 273 ? bytes.length - pixels.length : value, at + 8);
    });
    bytes.writeUInt32LE(page + 1 < pages ? start + directory : 0, start + directory - 4);
  }
  bytes.set(pixels, bytes.length - pixels.length);
  return bytes;
}

test('colour comes out planar: all red, then all green, then all blue', async () => {
  const pixels = Uint8Array.from({ length: 48 }, (_, i) => (i % 3) * 80 + Math.floor(i / 3));
  const path = await file('rgb.png', await raw(pixels, 4, 4, 3).png().toBuffer());
  const decoded = await decodeImage(path, colour);
  assert.deepEqual(
    [...decoded],
    [0, 80, 160].flatMap((base) => Array.from({ length: 16 }, (_, i) => base + i)),
  );
});

test('16 bits become 8 by the full range, grey and colour, PNG and TIFF', async () => {
  const side = 64;
  const ramp = Uint16Array.from({ length: side * side }, (_, i) => Math.round((i * 65535) / 4095));
  const three = Uint16Array.from({ length: 3 * side * side }, (_, i) =>
    i % 3 === 1 ? 65535 - ramp[Math.floor(i / 3)] : ramp[Math.floor(i / 3)],
  );
  for (const format of ['png', 'tiff'] as const) {
    const image = raw(ramp, side, side, 1)
      .toColourspace('grey16')
      .toFormat(format, { compression: 'none' });
    const path = await file(`ramp.${format}`, await image.toBuffer());
    assert.equal((await sharp(path).metadata()).depth, 'ushort');
    const decoded = await decodeImage(path, { ...grey, size: side });
    ramp.forEach((value, i) => {
      assert.ok(Math.abs(decoded[i] - value / 257) < 1, `${format} ${value} -> ${decoded[i]}`);
    });
  }
  const image = raw(three, side, side, 3).toColourspace('rgb16').png();
  const path = await file('ramp-rgb.png', await image.toBuffer());
  assert.equal((await sharp(path).metadata()).depth, 'ushort');
  const decoded = await decodeImage(path, { ...colour, size: side });
  three.forEach((value, i) => {
    const at = (i % 3) * side * side + Math.floor(i / 3);
    assert.ok(Math.abs(decoded[at] - value / 257) < 1, `${value} -> ${decoded[at]}`);
  });
});

test('shrinking is antialiased: a checkerboard of single pixels becomes even grey', async () => {
  const pixels = Uint8Array.from({ length: 64 * 64 }, (_, i) =>
    (i + Math.floor(i / 64)) % 2 ? 255 : 0,
  );
  const path = await file('checks.png', await raw(pixels, 64, 64, 1).png().toBuffer());
  const decoded = await decodeImage(path, { ...grey, size: 8 });
  assert.ok(Math.min(...decoded) > 115 && Math.max(...decoded) < 140, [...decoded].join());
});

test('letterbox pads with 0, crop cuts the ends, stretch keeps all', async () => {
  // 8 x 4: columns 10, 20, ... 80; twice as wide as high.
  const pixels = Uint8Array.from({ length: 32 }, (_, i) => 10 * ((i % 8) + 1));
  const path = await file('wide.png', await raw(pixels, 8, 4, 1).png().toBuffer());
  const letterbox = await decodeImage(path, { size: 8, channels: 1, fit: 'letterbox' });
  const row = [10, 20, 30, 40, 50, 60, 70, 80];
  const black = [0, 0, 0, 0, 0, 0, 0, 0];
  assert.deepEqual([...letterbox], [black, black, row, row, row, row, black, black].flat());
  const crop = await decodeImage(path, { size: 4, channels: 1, fit: 'crop' });
  assert.deepEqual([...crop], [30, 40, 50, 60, 30, 40, 50, 60, 30, 40, 50, 60, 30, 40, 50, 60]);
  const stretch = await decodeImage(path, { size: 4, channels: 1, fit: 'stretch' });
  for (let i = 0; i < 4; i++) assert.ok(Math.abs(stretch[i] - (15 + 20 * i)) <= 3, `${stretch}`);
});

test('EXIF rotation is applied', async () => {
  // Orientation 6: the stored picture's left column is the top row, seen from the right.
  const pixels = Uint8Array.from({ length: 64 * 64 }, (_, i) => (i % 64 < 32 ? 200 : 20));
  const jpeg = await raw(pixels, 64, 64, 1).withMetadata({ orientation: 6 }).jpeg().toBuffer();
  const decoded = await decodeImage(await file('turned.jpg', jpeg), { ...grey, size: 2 });
  assert.deepEqual(
    [...decoded].map((value) => value > 110),
    [true, true, false, false],
  );
});

test('transparent becomes black; a palette, one bit and equal channels stay what they are', async () => {
  const alpha = Uint8Array.from({ length: 64 }, (_, i) => (i % 4 === 3 ? (i < 32 ? 255 : 0) : 150));
  const seen = await decodeImage(
    await file('a.png', await raw(alpha, 4, 4, 4).png().toBuffer()),
    grey,
  );
  assert.deepEqual([...seen], [...Array(8).fill(150), ...Array(8).fill(0)]);

  const steps = Uint8Array.from({ length: 48 }, (_, i) => 17 * Math.floor(i / 3));
  const palette = await raw(steps, 4, 4, 3).png({ palette: true }).toBuffer();
  assert.equal((await sharp(palette).metadata()).isPalette, true);
  for (const [name, bytes] of [
    ['palette.png', palette],
    ['equal.png', await raw(steps, 4, 4, 3).png().toBuffer()],
  ] as const)
    assert.deepEqual(
      [...(await decodeImage(await file(name, bytes), grey))],
      Array.from({ length: 16 }, (_, i) => 17 * i),
      name,
    );

  const bits = Uint8Array.from({ length: 16 }, (_, i) => (i % 3 ? 255 : 0));
  const one = await raw(bits, 4, 4, 1).tiff({ bitdepth: 1, compression: 'none' }).toBuffer();
  assert.deepEqual([...(await decodeImage(await file('one.tif', one), grey))], [...bits]);
});

test('an image that cannot be decoded to the end is refused by name', async () => {
  const noise = Uint8Array.from({ length: 64 * 64 * 3 }, (_, i) => (i * 7919) % 251);
  const jpeg = await raw(noise, 64, 64, 3).jpeg().toBuffer();
  const png = await raw(noise, 64, 64, 3).png().toBuffer();
  const corrupt = Buffer.from(jpeg).fill(0xff, 1000, 1200);
  const bad = {
    'truncated.jpg': jpeg.subarray(0, jpeg.length * 0.7),
    'corrupt.jpg': corrupt,
    'truncated.png': png.subarray(0, png.length * 0.7),
    'empty.png': Buffer.alloc(0),
    'text.png': Buffer.from('no picture'),
    'animation.gif': await raw(noise, 64, 64, 3).gif().toBuffer(),
    'float.tif': tiff(Buffer.alloc(64), 32, 3),
    '32-bit.tif': tiff(Buffer.alloc(64), 32, 1),
    'pages.tif': tiff(Buffer.alloc(16), 8, 1, 2),
  };
  for (const [name, bytes] of Object.entries(bad)) {
    const path = await file(name, bytes);
    await assert.rejects(decodeImage(path, { ...grey, size: 64 }), (error: InputError) => {
      assert.ok(error instanceof InputError, `${name}: ${error}`);
      assert.ok(error.message.startsWith(`${path}: unreadable image (`), error.message);
      assert.ok(!error.message.includes('\n') && error.cause instanceof Error);
      return true;
    });
  }
  await assert.rejects(decodeImage(join(folder, 'none.png'), grey), /none\.png: .*no such file/);
  // The hand-made TIFF itself is sound.
  const sound = await file('sound.tif', tiff(Buffer.alloc(16, 9), 8, 1));
  assert.deepEqual([...(await decodeImage(sound, grey))], Array(16).fill(9));
});

test('channels: grey files and colour files with equal channels are 1, one colour image makes 3', async () => {
  const level = Uint8Array.from({ length: 64 * 64 }, (_, i) => i % 256);
  const equal = Uint8Array.from({ length: 3 * 64 * 64 }, (_, i) => level[Math.floor(i / 3)]);
  const red = equal.map((value, i) => (i % 3 === 0 ? 255 : value));
  const paths = [
    await file('grey.jpg', await raw(level, 64, 64, 1).jpeg().toBuffer()),
    await file('equal.jpg', await raw(equal, 64, 64, 3).jpeg().toBuffer()),
    await file('grey.png', await raw(level, 64, 64, 1).png().toBuffer()),
  ];
  assert.equal((await sharp(paths[1]).metadata()).channels, 3);
  assert.equal(await detectChannels(paths), 1);
  paths.push(await file('red.png', await raw(red, 64, 64, 3).png().toBuffer()));
  assert.equal(await detectChannels(paths), 3);
  assert.equal(await detectChannels([join(folder, 'none.png'), ...paths]), 3);
});

test('a preview fits into 256 pixels, keeps its shape and its colours', async () => {
  const pixels = { width: 400, height: 200, background: { r: 200, g: 100, b: 50 } };
  const colour = await previewOf(
    await sharp({ create: { ...pixels, channels: 3 } })
      .png()
      .toBuffer(),
  );
  assert.deepEqual([colour.width, colour.height, colour.channels], [256, 128, 3]);
  assert.deepEqual([...colour.pixels.subarray(0, 3)], [200, 100, 50]);
  const sixteen = await sharp(new Uint16Array(12).fill(0x8000), {
    raw: { width: 4, height: 3, channels: 1 },
  })
    .toColourspace('grey16')
    .png()
    .toBuffer();
  const grey = await previewOf(sixteen);
  assert.deepEqual([grey.width, grey.height, grey.channels], [4, 3, 1]);
  assert.ok(grey.pixels.every((value) => value === 128));
});

test('a DICOM file is decoded as a picture of the same pixels: 8 and 16 bits, colour', async () => {
  const level = (i: number) => (i * 37) % 256;
  const cases = [
    { channels: 1 as const, bits: [8, 8, 7] as const, samples: 7 * 5 },
    { channels: 3 as const, bits: [8, 8, 7] as const, samples: 7 * 5 * 3 },
    { channels: 1 as const, bits: [16, 16, 15] as const, samples: 7 * 5 },
  ];
  for (const [n, { channels, bits, samples }] of cases.entries()) {
    const wide = bits[0] === 16;
    // 16 bits are shown from the lowest to the highest stored value: both are there.
    const values = Array.from({ length: samples }, (_, i) =>
      wide ? (i === 0 ? 0 : i === 1 ? 65535 : 257 * level(i)) : level(i),
    );
    const elements = imageElements({ width: 7, height: 5, channels, bits });
    const pixels = wide ? words16(values) : Uint8Array.from(values);
    const even = Buffer.concat([pixels, Buffer.alloc(pixels.length % 2)]);
    const dicom = await file(`${n}.dcm`, dicomFile(elements, even));
    const picture = raw(wide ? Uint16Array.from(values) : Uint8Array.from(values), 7, 5, channels);
    const space = wide ? 'grey16' : channels === 1 ? 'b-w' : 'srgb';
    const png = await file(`${n}.png`, await picture.toColourspace(space).png().toBuffer());
    for (const options of [grey, colour, { ...colour, fit: 'letterbox' as const, size: 9 }])
      assert.deepEqual(await decodeImage(dicom, options), await decodeImage(png, options), `${n}`);
  }
});
