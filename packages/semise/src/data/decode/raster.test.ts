import assert from 'node:assert/strict';
import { test } from 'node:test';
import { crc32, deflateSync } from 'node:zlib';
import sharp from 'sharp';
import { LIMITS } from './picture.js';
import { readRaster, writePng } from './raster.js';
import { windowed } from './window.js';

/** A PNG by hand (W3C PNG, sections 5 and 11), so that nothing of sharp is trusted. */
function pngOf(width: number, height: number, depth: 8 | 16, colour: 0 | 2, values: number[]) {
  const channels = colour === 2 ? 3 : 1;
  const rows = Array.from({ length: height }, (_, y) => [
    0,
    ...values
      .slice(y * width * channels, (y + 1) * width * channels)
      .flatMap((v) => (depth === 16 ? [v >> 8, v & 255] : [v])),
  ]);
  const chunk = (type: string, data: Buffer) => {
    const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
    const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
    length.writeUInt32BE(data.length);
    sum.writeUInt32BE(crc32(body));
    return Buffer.concat([length, body, sum]);
  };
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([depth, colour], 8);
  return Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10]),
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(Buffer.from(rows.flat()))),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

const wide = [0, 1, 255, 256, 257, 4095, 32768, 65534, 65535, 12345, 54321, 7];

test('16 bits stay 16, to the last bit, grey and colour, on the way in and out', async () => {
  const grey = await readRaster(pngOf(4, 3, 16, 0, wide), LIMITS);
  assert.deepEqual(
    { ...grey, pixels: [...grey.pixels] },
    {
      ...{ width: 4, height: 3, channels: 1, bits: 16, spacing: null },
      pixels: wide,
    },
  );
  assert.deepEqual(await readRaster(await writePng(grey), LIMITS), grey);
  const colour = await readRaster(pngOf(2, 2, 16, 2, wide), LIMITS);
  assert.equal(colour.channels, 3);
  assert.deepEqual([...colour.pixels], wide);
  assert.deepEqual(await readRaster(await writePng(colour), LIMITS), colour);
  const tiff = await sharp(Uint16Array.from(wide), { raw: { width: 4, height: 3, channels: 1 } })
    .toColourspace('grey16')
    .tiff({ compression: 'none' })
    .toBuffer();
  assert.deepEqual([...(await readRaster(tiff, LIMITS)).pixels], wide);
});

test('8 bits stay 8, unless a window is asked for', async () => {
  const values = [0, 50, 100, 200];
  const picture = await readRaster(pngOf(2, 2, 8, 0, values), LIMITS);
  assert.deepEqual([picture.bits, [...picture.pixels]], [8, values]);
  assert.deepEqual(await readRaster(await writePng(picture), LIMITS), picture);
  assert.equal(windowed(picture, 'full'), picture);
  assert.deepEqual([...windowed(picture, 'range').pixels], [0, 16384, 32768, 65535]);
  const narrow = windowed(picture, { center: 100, width: 100 });
  assert.deepEqual([narrow.bits, [...narrow.pixels]], [16, [0, 0, 32768, 65535]]);
});

test('other formats, cut files, lying sizes and too many pixels are refused with a reason', async () => {
  const good = pngOf(4, 3, 16, 0, wide);
  await assert.rejects(readRaster(good.subarray(0, good.length - 20), LIMITS));
  await assert.rejects(readRaster(good, { ...LIMITS, pixels: 11 }), /pixel/i);
  const bomb = Buffer.from(good);
  bomb.writeUInt32BE(60_000, 16); // the header's width; its checksum no longer fits either
  await assert.rejects(readRaster(bomb, LIMITS));
  await assert.rejects(readRaster(Buffer.from('GIF89a'), LIMITS));
  const gif = await sharp(good).gif().toBuffer();
  await assert.rejects(readRaster(gif, LIMITS), /is gif/);
});
