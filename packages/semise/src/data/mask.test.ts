import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import sharp from 'sharp';
import { scratchFolder } from '../testing/scratch.js';
import { decodeImage, type Fit } from './image.js';
import { fitMask, type Mask, readMask, resizeMask } from './mask.js';

const folder = scratchFolder();
const grey = (width: number, height: number, levels: Uint8Array | Uint16Array) =>
  sharp(levels, { raw: { width, height, channels: 1 } }).toColourspace(
    levels instanceof Uint16Array ? 'grey16' : 'b-w',
  );

test('white or class numbers, 8 or 16 bits, grey or equal colours: the same classes', async () => {
  const file = (name: string) => join(folder, name);
  await grey(3, 1, Uint8Array.of(0, 255, 0))
    .png()
    .toFile(file('white.png'));
  await grey(3, 1, Uint16Array.of(0, 65535, 0))
    .png()
    .toFile(file('white16.png'));
  await grey(3, 1, Uint16Array.of(0, 1, 0))
    .png()
    .toFile(file('one16.png'));
  await grey(3, 1, Uint8Array.of(0, 1, 0))
    .tiff({ compression: 'lzw' })
    .toFile(file('one.tiff'));
  await grey(3, 1, Uint8Array.of(0, 1, 0))
    .toColourspace('srgb')
    .png()
    .toFile(file('rgb.png'));
  for (const name of ['white.png', 'white16.png', 'one16.png', 'one.tiff', 'rgb.png']) {
    const mask = await readMask(file(name));
    assert.deepEqual(
      { ...mask, classes: [...mask.classes] },
      { width: 3, height: 1, classes: [0, 1, 0] },
      name,
    );
  }
  await grey(2, 2, Uint8Array.of(0, 7, 31, 2))
    .png()
    .toFile(file('classes.png'));
  assert.deepEqual([...(await readMask(file('classes.png'))).classes], [0, 7, 31, 2]);
});

test('what is no mask is refused with the reason', async () => {
  const refused = async (levels: number[], channels: 1 | 3, reason: RegExp) => {
    const path = join(folder, 'bad.png');
    const width = levels.length / channels;
    await sharp(Uint8Array.from(levels), { raw: { width, height: 1, channels } })
      .toColourspace(channels === 1 ? 'b-w' : 'srgb')
      .png()
      .toFile(path);
    await assert.rejects(readMask(path), { name: 'InputError', message: reason });
  };
  await refused([0, 128, 255], 1, /bad\.png: .*value 128/);
  await refused([0, 3, 255], 1, /both white and the class number 3/);
  await refused([0, 0, 0, 255, 0, 0], 3, /colours/);
  await assert.rejects(readMask(join(folder, 'none.png')), { message: /none\.png.*ENOENT/ });
});

test('a mask goes where its image goes, whatever the shape and the fit', () =>
  fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 40, max: 120 }),
      fc.integer({ min: 40, max: 120 }),
      fc.integer({ min: 12, max: 40 }),
      fc.constantFrom<Fit>('letterbox', 'crop', 'stretch'),
      async (width, height, size, fit) => {
        // A rectangle of a third of each side, off the middle.
        const inside = (x: number, y: number) =>
          x >= width * 0.4 && x < width * 0.75 && y >= height * 0.3 && y < height * 0.7;
        const classes = Uint8Array.from({ length: width * height }, (_, i) =>
          inside((i % width) + 0.5, Math.floor(i / width) + 0.5) ? 1 : 0,
        );
        const path = join(folder, 'image.png');
        await grey(
          width,
          height,
          classes.map((c) => c * 255),
        )
          .png()
          .toFile(path);
        const image = await decodeImage(path, { size, channels: 1, fit });
        const mask = fitMask({ width, height, classes }, size, fit);
        // Where the rectangle's edge does not run through a pixel, both say the same.
        const wrong = mask.reduce(
          (n, c, i) => n + (c === 1 ? Number(image[i] < 50) : Number(image[i] > 205)),
          0,
        );
        assert.ok(wrong <= 0.1 * size, `${wrong} pixels differ`);
      },
    ),
    { numRuns: 60, seed: 1 },
  ));

test('to another size and back by whole factors nothing changes', () => {
  const mask: Mask = { width: 3, height: 2, classes: Uint8Array.of(0, 1, 2, 3, 4, 5) };
  const large = resizeMask(mask, { width: 9, height: 8 });
  assert.deepEqual([...large.classes.subarray(0, 9)], [0, 0, 0, 1, 1, 1, 2, 2, 2]);
  assert.deepEqual([...resizeMask(large, mask).classes], [...mask.classes]);
});
