// Decoded images on disk, so that only the first epoch of the first run decodes.
//
//   CACHE/
//     HASH OF DECODING OPTIONS/   size, channels, fit, version of libvips
//       HASH.shard                a few hundred decoded images (shard.ts)
//       HASH.list                 which image of a list of paths lies where (list.ts)
//     manifests/                  large labels.csv files as columns (manifest-columns.ts)
//
// Shards hold images, not runs: a manifest with ten images more decodes ten images, and lists share
// what they have in common. An image is known by its path, time and size. Pixels are read by position
// (`pread`) through the system's page cache; docs/image-cache.md says why not by `mmap`.

import { createHash } from 'node:crypto';
import { closeSync, openSync, readSync, rmSync } from 'node:fs';
import { readdir, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { crc32 } from 'node:zlib';
import sharp from 'sharp';
import { makeFolder } from '../../atomic.js';
import { InputError } from '../../errors.js';
import { type DecodeOptions, decodeImage, type Paths } from '../image.js';
import { listed } from '../table.js';
import { type BuildHooks, buildList, keyOf, keysOf, look } from './build.js';
import { cacheError, defaultCacheFolder, sweep } from './folder.js';
import { type ImageList, listName, NOWHERE, readList, writeList } from './list.js';
import { KEY, MOST_ROWS, rowOffset, shardFile } from './shard.js';

export interface BadImage {
  /** Index into the paths. */
  readonly index: number;
  readonly path: string;
  readonly reason: string;
}

export interface ImageCache {
  /** Number of images, bad ones included. */
  readonly count: number;
  /** Channels, rows, columns of every image. */
  readonly shape: readonly [channels: number, height: number, width: number];
  /** Images that could not be decoded (only with `skipBad`): they read as all 0. */
  readonly bad: readonly BadImage[];
  /**
   * The pixels of one image in [0, 255], planar, the caller's own copy.
   * @throws InputError if the image's file is found to have changed since it was decoded (large
   *   sets only, at the first reading; others are looked at when opened)
   * @throws Error if the cache is damaged; the next opening mends it
   */
  read(index: number): Uint8Array;
  close(): void;
}

export interface CacheOptions extends DecodeOptions, BuildHooks {
  /** Where caches are kept: `SEMISE_CACHE`, `$XDG_CACHE_HOME/semise` or `~/.cache/semise`. */
  readonly folder?: string;
  /** Go on without unreadable images instead of throwing. */
  readonly skipBad?: boolean;
  /** Images up to which all files are looked at when opened; beyond, each when first read. */
  readonly lookAtOnce?: number;
  /** Bytes of pixels up to which all are checked when opened; every reading checks its own. */
  readonly checkAtOnce?: number;
}

const VERSION = 2;
/** A look at a file takes 3 to 7 us: a third of a second at most. */
const LOOK_AT_ONCE = 50_000;
const CHECK_AT_ONCE = 256 * 2 ** 20;
/** Shards open at a time, below what systems allow a process. */
const OPEN_SHARDS = 256;

/**
 * Opens the cache of these images. Those that no earlier run has decoded are decoded first, as are
 * those whose file has changed (time or size) and those whose pixels are damaged.
 *
 * @throws InputError naming all unreadable images at once, unless `skipBad`; or if the cache folder
 *   cannot be written
 * @throws the signal's reason if stopped; what is finished stays
 */
export async function openImageCache(paths: Paths, options: CacheOptions): Promise<ImageCache> {
  const { folder, skipBad = false, onProgress, signal, ...rest } = options;
  const { lookAtOnce = LOOK_AT_ONCE, checkAtOnce = CHECK_AT_ONCE, ...decoding } = rest;
  const root = resolve(folder ?? defaultCacheFolder());
  const store = join(root, storeName(decoding));
  const imageBytes = decoding.channels * decoding.size ** 2;
  const absolute: Paths = {
    length: paths.length,
    identity: paths.identity,
    at: (i) => resolve(paths.at(i)!),
  };
  const file = join(store, `${listName(absolute)}.list`);
  const lookNow = paths.length <= lookAtOnce;
  const checkNow = paths.length * imageBytes <= checkAtOnce;

  let list = await readList(file, paths.length);
  if (list && !(await isCurrent(store, list, absolute, decoding, lookNow))) list = null;
  if (list && checkNow && (await removeDamaged(store, list, imageBytes))) list = null;
  if (!list) {
    try {
      await makeFolder(store);
      await sweep(store);
      const build = () => buildList(store, absolute, decoding, { onProgress, signal });
      list = await build();
      if (checkNow && (await removeDamaged(store, list, imageBytes))) list = await build();
      await writeList(file, list);
    } catch (error) {
      throw cacheError(root, error as NodeJS.ErrnoException);
    }
  }
  const bad = list.bad.map(({ index, reason }) => ({ index, path: paths.at(index)!, reason }));
  if (bad.length > 0 && !skipBad)
    throw new InputError(
      `${bad.length} of ${paths.length} images are unreadable: ` +
        `${listed(bad.map(({ path, reason }) => `${path} (${reason})`))}; ` +
        'mend or drop them, or go on without them (--skip-bad)',
    );
  return {
    count: paths.length,
    shape: [decoding.channels, decoding.size, decoding.size],
    bad,
    ...reader(store, file, list, absolute, imageBytes, lookNow),
  };
}

/** All that decides what decoding an image gives. */
const storeName = (decoding: DecodeOptions): string =>
  createHash('sha256')
    .update(JSON.stringify([VERSION, sharp.versions.vips, Object.entries(decoding).sort()]))
    .digest('hex')
    .slice(0, 32);

/** False if a shard is gone, an image has changed, or one that was unreadable now can be read. */
async function isCurrent(
  store: string,
  list: ImageList,
  paths: Paths,
  decoding: DecodeOptions,
  lookNow: boolean,
): Promise<boolean> {
  const there = new Set(await readdir(store));
  if (list.shards.some(({ name }) => !there.has(`${name}.shard`))) return false;
  if (lookNow && !(await keysOf(paths)).equals(list.keys)) return false;
  // A file share that came back, a right that was given: bad images are tried again.
  for (const { index } of list.bad)
    if (await decodeImage(paths.at(index)!, decoding).then(Boolean, () => false)) return false;
  return true;
}

/** Deletes shards with an image of the list whose pixels are damaged. @returns whether any was */
async function removeDamaged(store: string, list: ImageList, imageBytes: number): Promise<boolean> {
  const damaged = new Set<string>();
  const { pixels, close } = shardReader(store, list, imageBytes);
  for (const [i, slot] of list.slots.entries()) {
    if (slot === NOWHERE) continue;
    const { name } = list.shards[Math.floor(slot / MOST_ROWS)];
    if (!damaged.has(name) && !pixels(i)) damaged.add(name);
  }
  close();
  for (const name of damaged) await rm(shardFile(store, name), { force: true });
  return damaged.size > 0;
}

/** Pixels of the list's images by positional reads. */
function shardReader(store: string, list: ImageList, imageBytes: number) {
  /** Open shards, the one used last at the end. */
  const open = new Map<number, number>();
  const descriptorOf = (shard: number): number => {
    let descriptor = open.get(shard);
    if (descriptor === undefined) {
      const [oldest] = open;
      if (oldest && open.size >= OPEN_SHARDS) {
        open.delete(oldest[0]);
        closeSync(oldest[1]);
      }
      descriptor = openSync(shardFile(store, list.shards[shard].name), 'r');
    } else open.delete(shard);
    open.set(shard, descriptor);
    return descriptor;
  };
  return {
    /** @returns null if they are gone, cut short or not those that were written */
    pixels(index: number): Uint8Array | null {
      const slot = list.slots[index];
      const shard = Math.floor(slot / MOST_ROWS);
      const offset = rowOffset(list.shards[shard].rows, imageBytes, slot % MOST_ROWS);
      const pixels = new Uint8Array(imageBytes);
      try {
        const read = readSync(descriptorOf(shard), pixels, 0, imageBytes, offset);
        return read === imageBytes && crc32(pixels) === list.checksums[index] ? pixels : null;
      } catch {
        return null;
      }
    },
    close: () => {
      for (const descriptor of open.values()) closeSync(descriptor);
      open.clear();
    },
  };
}

function reader(
  store: string,
  listFile: string,
  list: ImageList,
  paths: Paths,
  imageBytes: number,
  looked: boolean,
): Pick<ImageCache, 'read' | 'close'> {
  const { pixels, close } = shardReader(store, list, imageBytes);
  /** 1 for each image whose file was looked at. */
  const seen = new Uint8Array(looked ? 0 : paths.length);
  const lookAt = (index: number) => {
    const path = paths.at(index)!;
    if (!keyOf(path, look(path)).equals(list.keys.subarray(index * KEY, (index + 1) * KEY))) {
      rmSync(listFile, { force: true }); // so that the next opening looks at every file
      throw new InputError(
        `${path}: has changed since it was decoded; start again, and all that have changed are ` +
          'decoded anew',
      );
    }
    seen[index] = 1;
  };
  return {
    read(index) {
      if (!(Number.isInteger(index) && index >= 0 && index < paths.length))
        throw new RangeError(`no image ${index} among ${paths.length}`);
      const slot = list.slots[index];
      if (slot === NOWHERE) return new Uint8Array(imageBytes);
      if (!looked && seen[index] === 0) lookAt(index);
      const read = pixels(index);
      if (read) return read;
      const shard = shardFile(store, list.shards[Math.floor(slot / MOST_ROWS)].name);
      rmSync(shard, { force: true }); // so that the next opening decodes its images again
      throw new Error(
        `${shard}: cached images are damaged; start again, and they are decoded anew`,
      );
    },
    close,
  };
}
