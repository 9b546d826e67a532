import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import fc from 'fast-check';
import sharp, { type Sharp } from 'sharp';
import { blobs, jpeg } from '../testing/pictures.js';
import {
  FARTHEST,
  groupsOf,
  nearDuplicates,
  type Print,
  perceptualHashes,
  printOf,
  shrink,
} from './duplicates.js';

test('the hash is the one SciPy gives (decode/fixtures/make_goldens.py)', async () => {
  const file = new URL('../../src/data/decode/fixtures/phash.json', import.meta.url);
  for (const { thumbnail, hash } of JSON.parse(await readFile(file, 'utf8'))) {
    const bits = perceptualHashes(Uint8Array.from(thumbnail))[0].map((half) =>
      half.toString(2).padStart(32, '0'),
    );
    assert.equal(bits.join(''), hash);
  }
});

test('finds just the pairs that comparing all with all finds', () => {
  const { detail } = printOf(blobs(1));
  const near = fc.record({ base: fc.nat(3), flips: fc.array(fc.nat(63), { maxLength: 6 }) });
  const bases = [0, 1, 2, 3].map((seed) => printOf(blobs(seed)).hashes[0]);
  fc.assert(
    fc.property(fc.array(near, { maxLength: 30 }), (some) => {
      const prints: Print[] = some.map(({ base, flips }) => {
        const hash: [number, number] = [...bases[base]];
        for (const bit of flips) hash[bit >> 5] = (hash[bit >> 5] ^ (1 << (bit & 31))) >>> 0;
        return { hashes: [hash], detail };
      });
      const differing = (a: number, b: number) =>
        [0, 1]
          .map((half) =>
            ((prints[a].hashes[0][half] ^ prints[b].hashes[0][half]) >>> 0).toString(2),
          )
          .join('')
          .replaceAll('0', '').length;
      const expected = prints.flatMap((_, a) =>
        prints.flatMap((_, b) => {
          const bits = differing(a, b);
          return a < b && bits <= FARTHEST ? [{ a, b, bits, agreement: 1 }] : [];
        }),
      );
      assert.deepEqual(nearDuplicates(prints), expected);
    }),
    { numRuns: 60 },
  );
});

test('copies that were compressed, halved or brightened are found, other pictures are not', async () => {
  const side = 128;
  const thumbnail = async (image: Buffer | Sharp) => {
    const { data, info } = await (Buffer.isBuffer(image) ? sharp(image) : image)
      .toColourspace('b-w')
      .raw()
      .toBuffer({ resolveWithObject: true });
    return printOf(shrink(data, info.width, info.height));
  };
  const originals = Array.from({ length: 40 }, (_, seed) => blobs(seed, side));
  const prints = originals.map((pixels) => printOf(shrink(pixels, side, side)));
  const raw = (pixels: Uint8Array) =>
    sharp(pixels, { raw: { width: side, height: side, channels: 1 } });
  prints.push(
    await thumbnail(await jpeg(originals[3], 30)),
    await thumbnail(raw(originals[5]).resize(side / 2)),
    await thumbnail(raw(originals[7]).linear(0.7, 30)),
  );
  const pairs = nearDuplicates(prints).map(({ a, b }) => [a, b]);
  assert.deepEqual(pairs, [
    [3, 40],
    [5, 41],
    [7, 42],
  ]);
});

test('mirror images and quarter turns are found, whichever of the eight', async () => {
  const side = 128;
  const originals = Array.from({ length: 20 }, (_, seed) => blobs(seed, side));
  const grey = (pixels: Uint8Array) =>
    sharp(pixels, { raw: { width: side, height: side, channels: 1 } });
  const laid = async (pixels: Uint8Array, mirrored: boolean, quarters: number) => {
    const first = await grey(pixels).flop(mirrored).toColourspace('b-w').raw().toBuffer();
    return grey(first)
      .rotate(90 * quarters)
      .toColourspace('b-w')
      .raw()
      .toBuffer();
  };
  const prints = originals.map((pixels) => printOf(shrink(pixels, side, side)));
  const expected: number[][] = [];
  for (const mirrored of [false, true])
    for (const quarters of [0, 1, 2, 3]) {
      const copied = 4 * Number(mirrored) + quarters;
      expected.push([copied, prints.length]);
      prints.push(printOf(shrink(await laid(originals[copied], mirrored, quarters), side, side)));
    }
  const pairs = nearDuplicates(prints);
  assert.deepEqual(
    pairs.map(({ a, b }) => [a, b]),
    expected,
  );
  for (const { bits, agreement } of pairs) {
    assert.ok(bits <= 2 && agreement > 0.99, `${bits} bits, ${agreement}`);
  }
});

test('blank pictures are like no other', () => {
  const blank = printOf(new Uint8Array(64 * 64).fill(9));
  assert.deepEqual(nearDuplicates([blank, blank]), []);
});

test('pairs join to groups', () => {
  assert.deepEqual(
    groupsOf([
      [5, 2],
      [7, 8],
      [2, 3],
      [9, 8],
    ]),
    [
      [2, 3, 5],
      [7, 8, 9],
    ],
  );
  assert.deepEqual(groupsOf([]), []);
});
