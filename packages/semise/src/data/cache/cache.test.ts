import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, readFile, rm, unlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import sharp from 'sharp';
import { InputError } from '../../errors.js';
import { decodeImage } from '../image.js';
import { type CacheOptions, openImageCache } from './cache.js';
import { NOWHERE, readList, writeList } from './list.js';

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
const files = async (ending: string) =>
  (await readdir(folder, { recursive: true }))
    .filter((name) => name.endsWith(ending))
    .map((name) => join(folder, name))
    .sort();

test('decodes once; other options decode again, a changed image alone', async () => {
  assert.equal(await check(), 12);
  assert.equal(await check(), 0);
  assert.equal(await check({ channels: 1 }), 12);
  assert.equal(await check({ size: 2 }), 12);
  assert.equal(await check(), 0);
  await draw(paths[3], 200);
  await utimes(paths[3], 1e9, 1e9);
  assert.equal(await check(), 1);
  assert.equal(await check(), 0);
});

test('lists share their images: more, fewer, another order, one twice', async () => {
  const all = paths;
  paths = all.slice(0, 7);
  assert.equal(await check(), 7);
  paths = all;
  assert.equal(await check(), 5);
  paths = [all[11], ...all.slice(2, 6).reverse(), all[3]];
  assert.equal(await check(), 0);
  paths = [all[1], all[1]];
  assert.equal(await check({ size: 2 }), 1);
  assert.equal((await files('.shard')).length, 3);
});

test('paths may be made one by one, and be relative', async () => {
  const here = paths.map((path) => relative('', path));
  for (const identity of [undefined, 'this list']) {
    const cache = await openImageCache({ length: 12, at: (i) => here[i], identity }, options);
    assert.deepEqual(cache.read(4), new Uint8Array(await decodeImage(paths[4], options)));
    cache.close();
    assert.equal(await check(), 0);
  }
});

test('a damaged cache is rebuilt', async () => {
  await check();
  const [shard] = await files('.shard');
  const whole = await readFile(shard);
  const flipped = (at: number) => {
    const bytes = Buffer.from(whole);
    bytes[at] ^= 1;
    return bytes;
  };
  const [list] = await files('.list');
  const inPixels = [whole.length - 1, whole.length - 12 * 48].map(flipped);
  for (const damage of [...inPixels, whole.subarray(0, 99), Buffer.alloc(0)]) {
    await writeFile(shard, damage);
    assert.equal(await check(), 12);
    assert.deepEqual(await readFile(shard), whole);
  }
  for (const at of [0, 16, 20, 30, 260]) {
    await writeFile(shard, flipped(at));
    await unlink(list); // it knows where the images are without the shard's table
    assert.equal(await check(), 12);
    assert.deepEqual(await readFile(shard), whole);
  }
  await unlink(shard);
  assert.equal(await check(), 12);
  const sound = await readFile(list);
  for (const damage of [sound.subarray(0, 50), Buffer.from('none'), sound.with(40, 3)]) {
    await writeFile(list, damage);
    assert.equal(await check(), 0, 'the shards are there');
    assert.deepEqual(await readFile(list), sound);
  }
  assert.equal((await readdir(folder, { recursive: true })).length, 3, 'nothing is left over');
});

test('several openers at once all read the right pixels', async () => {
  const caches = await Promise.all(Array.from({ length: 6 }, () => openImageCache(paths, options)));
  const images = await Promise.all(paths.map((path) => decodeImage(path, options)));
  for (const cache of caches) {
    for (const [i, image] of images.entries())
      assert.deepEqual(cache.read(i), new Uint8Array(image));
    cache.close();
  }
  assert.deepEqual(await files('.tmp'), []);
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
  assert.equal(await check(), 2);
});

test('an image that could not be opened is tried again, though its file is the same', async () => {
  // As after a lost network share: a list says that a file is bad that now can be read.
  await check();
  const [file] = await files('.list');
  const list = (await readList(file, 12))!;
  const slots = list.slots.with(1, NOWHERE);
  await writeList(file, { ...list, slots, bad: [{ index: 1, reason: 'EIO' }] });
  assert.equal(await check(), 0, 'its pixels are still there');
  assert.deepEqual((await readList(file, 12))?.bad, []);
});

test('stopping leaves nothing half-written behind', async () => {
  const stop = new AbortController();
  const opening = openImageCache(paths, {
    ...options,
    signal: stop.signal,
    onProgress: () => stop.abort(),
  });
  await assert.rejects(opening, { name: 'AbortError' });
  assert.equal((await readdir(folder, { recursive: true })).length, 1, 'the empty store alone');
  assert.equal(await check(), 12);
});

test('killed in the middle, it goes on with the shard that was under way', async () => {
  const many = join(root, 'many');
  await mkdir(many);
  const image = await readFile(paths[1]);
  paths = Array.from({ length: 1200 }, (_, i) => join(many, `${i}.png`));
  for (const path of paths) await writeFile(path, image);
  const script = `
    import { openImageCache } from ${JSON.stringify(new URL('./cache.js', import.meta.url).href)};
    const onProgress = (done) => done === 700 && process.kill(process.pid, 'SIGKILL');
    await openImageCache(${JSON.stringify(paths)}, { ...${JSON.stringify(options)}, onProgress });`;
  const child = spawn(process.execPath, ['--input-type=module', '--eval', script]);
  assert.deepEqual(await once(child, 'exit'), [null, 'SIGKILL']);
  assert.equal((await files('.tmp')).length, 1, 'it was at work');
  assert.equal(await check(), 1200 - 512);
  assert.equal(await check(), 0);
});

test('a large set: files are looked at when first read', async () => {
  await check();
  const large = { lookAtOnce: 11 };
  assert.equal(await check(large), 0);
  await draw(paths[3], 200);
  await utimes(paths[3], 1e9, 1e9);
  await unlink(paths[7]);
  const cache = await openImageCache(paths, { ...options, ...large });
  assert.deepEqual(cache.read(2), new Uint8Array(await decodeImage(paths[2], options)));
  for (const name of [3, 7])
    assert.throws(
      () => cache.read(name),
      (error: Error) =>
        error instanceof InputError && error.message.startsWith(`${paths[name]}: has changed`),
    );
  cache.close();
  await assert.rejects(
    openImageCache(paths, { ...options, ...large }),
    /1 of 12 .*7\.png \(no such file\)/,
  );
  paths = paths.filter((_, i) => i !== 7);
  assert.equal(await check(large), 0);
});

test('a large set: damage is found when read, and mended by the next opening', async () => {
  await check();
  const [shard] = await files('.shard');
  const bytes = await readFile(shard);
  bytes[bytes.length - 1] ^= 1;
  await writeFile(shard, bytes);
  const cache = await openImageCache(paths, { ...options, checkAtOnce: 0 });
  assert.deepEqual(cache.read(0), new Uint8Array(await decodeImage(paths[0], options)));
  assert.throws(() => cache.read(11), /cached images are damaged; start again/);
  cache.close();
  assert.equal(await check({ checkAtOnce: 0 }), 12);
});

test('a cache folder that cannot be made is refused with the cure', async () => {
  await writeFile(folder, 'a file');
  for (const place of [join(folder, 'below'), '/proc/nowhere/semise'])
    await assert.rejects(
      openImageCache(paths, { ...options, folder: place }),
      (error: Error) => error instanceof InputError && error.message.includes('SEMISE_CACHE'),
    );
});
