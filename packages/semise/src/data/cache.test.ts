import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm, unlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import sharp from 'sharp';
import { InputError } from '../errors.js';
import { type CacheOptions, openImageCache } from './cache.js';
import { decodeImage } from './image.js';

let root: string;
let folder: string;
let paths: string[];
let decoded: number;
let options: CacheOptions;

const draw = (path: string, level: number) =>
  sharp({ create: { width: 8, height: 8, channels: 3, background: { r: level, g: 7, b: 9 } } })
    .png()
    .toFile(path);

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'semise-cache-'));
  folder = join(root, 'cache');
  paths = Array.from({ length: 12 }, (_, i) => join(root, `${i}.png`));
  await Promise.all(paths.map((path, i) => draw(path, 10 * i)));
  decoded = 0;
  options = { size: 4, channels: 3, fit: 'stretch', folder, onProgress: () => decoded++ };
});
afterEach(() => rm(root, { recursive: true }));

/** Opens, checks every image against a fresh decode, closes; how many had to be decoded. */
async function check(more: Partial<CacheOptions> = {}): Promise<number> {
  decoded = 0;
  const all = { ...options, ...more };
  const cache = await openImageCache(paths, all);
  assert.equal(cache.count, paths.length);
  assert.deepEqual(cache.shape, [all.channels, all.size, all.size]);
  for (const [i, path] of paths.entries())
    assert.deepEqual(cache.read(i), new Uint8Array(await decodeImage(path, all)), path);
  assert.throws(() => cache.read(paths.length), RangeError);
  cache.close();
  return decoded;
}
const cacheFile = async (name: string) => join(folder, (await readdir(folder))[0], name);

test('decodes once; other options or a changed image decode again', async () => {
  assert.equal(await check(), 12);
  assert.equal(await check(), 0);
  assert.equal(await check({ channels: 1 }), 12);
  assert.equal(await check({ size: 2 }), 12);
  assert.equal(await check(), 0);
  await draw(paths[3], 200);
  await utimes(paths[3], 1e9, 1e9);
  assert.equal(await check(), 12);
});

test('a damaged cache is rebuilt', async () => {
  await check();
  const images = await cacheFile('images.u8');
  const whole = await readFile(images);
  const flipped = Buffer.from(whole);
  flipped[100] ^= 1;
  for (const damage of [flipped, whole.subarray(0, 99), Buffer.alloc(0)]) {
    await writeFile(images, damage);
    assert.equal(await check(), 12);
    assert.deepEqual(await readFile(images), whole);
  }
  for (const damage of ['', '{}', 'not json']) {
    await writeFile(await cacheFile('index.json'), damage);
    assert.equal(await check(), 12);
  }
  await unlink(images);
  assert.equal(await check(), 12);
  assert.equal(await check(), 0);
  assert.equal((await readdir(folder)).length, 1, 'nothing is left over');
});

test('several openers at once all read the right pixels', async () => {
  const caches = await Promise.all(Array.from({ length: 6 }, () => openImageCache(paths, options)));
  const images = await Promise.all(paths.map((path) => decodeImage(path, options)));
  for (const cache of caches) {
    for (const [i, image] of images.entries())
      assert.deepEqual(cache.read(i), new Uint8Array(image));
    cache.close();
  }
  assert.deepEqual(
    (await readdir(folder)).filter((name) => name.endsWith('.tmp')),
    [],
  );
  assert.equal(await check(), 0);
});

test('unreadable images are all listed, or skipped; mended ones come back', async () => {
  const sound = await readFile(paths[2]);
  await writeFile(paths[2], sound.subarray(0, 50));
  await writeFile(paths[5], 'no picture');
  await assert.rejects(openImageCache(paths, options), (error: Error) => {
    assert.ok(error instanceof InputError);
    assert.match(error.message, /^2 of 12 images are unreadable: .*2\.png \(.+\), .*5\.png \(.+\)/);
    return !error.message.includes('\n');
  });
  const cache = await openImageCache(paths, { ...options, skipBad: true });
  assert.deepEqual(
    cache.bad.map(({ index, path }) => [index, path]),
    [
      [2, paths[2]],
      [5, paths[5]],
    ],
  );
  assert.deepEqual(cache.read(5), new Uint8Array(48));
  assert.deepEqual(cache.read(6), new Uint8Array(await decodeImage(paths[6], options)));
  cache.close();
  await writeFile(paths[2], sound);
  await draw(paths[5], 1);
  assert.equal(await check(), 12);
});

test('an image that could not be opened is tried again, though its file is the same', async () => {
  // As after a lost network share: the cache holds an entry for a file that is now readable.
  await check();
  const index = await cacheFile('index.json');
  const content = JSON.parse(await readFile(index, 'utf8'));
  content.bad = [{ index: 1, path: paths[1], reason: 'EIO' }];
  await writeFile(index, JSON.stringify(content));
  assert.equal(await check(), 12);
  assert.equal(await check(), 0);
});

test('stopping leaves nothing behind', async () => {
  const stop = new AbortController();
  const opening = openImageCache(paths, {
    ...options,
    signal: stop.signal,
    onProgress: () => stop.abort(),
  });
  await assert.rejects(opening, { name: 'AbortError' });
  assert.deepEqual(await readdir(folder), []);
  assert.equal(await check(), 12);
});

test('a cache folder that cannot be made is refused with the cure', async () => {
  await writeFile(folder, 'a file');
  await assert.rejects(
    openImageCache(paths, { ...options, folder: join(folder, 'below') }),
    (error: Error) => error instanceof InputError && error.message.includes('SEMISE_CACHE'),
  );
});
