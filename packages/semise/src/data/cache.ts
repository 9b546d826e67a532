// Decoded images on disk, so that only the first epoch of the first run decodes.
//
// A cache is a folder named after the fingerprint of what it holds (paths, sizes and times of the
// files, decoding options): `images.u8`, the images one after the other, and `index.json`. It is
// built under a temporary name and renamed when whole, so several processes may open it at once.

import { createHash, randomUUID } from 'node:crypto';
import { closeSync, createReadStream, openSync, readSync } from 'node:fs';
import { mkdir, open, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { availableParallelism, homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { pipeline } from 'node:stream/promises';
import sharp from 'sharp';
import { z } from 'zod';
import { InputError } from '../errors.js';
import { type DecodeOptions, decodeImage } from './image.js';
import { listed } from './table.js';

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
  /** The pixels of one image in [0, 255], planar, the caller's own copy. */
  read(index: number): Uint8Array;
  close(): void;
}

export interface CacheOptions extends DecodeOptions {
  /** Where caches are kept: `SEMISE_CACHE`, `$XDG_CACHE_HOME/semise` or `~/.cache/semise`. */
  readonly folder?: string;
  /** Go on without unreadable images instead of throwing. */
  readonly skipBad?: boolean;
  /** Told after each image that had to be decoded; never called where the cache was there. */
  readonly onProgress?: (done: number, total: number) => void;
  /** Stops decoding; nothing half-written stays. */
  readonly signal?: AbortSignal;
}

const VERSION = 1;
const INDEX = z.object({
  fingerprint: z.string(),
  sha256: z.string(),
  bad: z.array(z.object({ index: z.number(), path: z.string(), reason: z.string() })),
});
type Index = z.infer<typeof INDEX>;

/**
 * Opens the cache of these images, decoding them first if there is none, if an image has changed
 * (time or size of the file) or if the cache is damaged.
 *
 * @throws InputError naming all unreadable images at once, unless `skipBad`; or if the cache folder
 *   cannot be written
 * @throws the signal's reason if stopped
 */
export async function openImageCache(
  paths: readonly string[],
  options: CacheOptions,
): Promise<ImageCache> {
  const { size, channels, fit, skipBad = false } = options;
  const root = resolve(options.folder ?? defaultFolder());
  const files = await Promise.all(
    paths.map((path) =>
      stat(path).then(
        ({ mtimeMs, size }) => [resolve(path), mtimeMs, size],
        () => [resolve(path), null, null],
      ),
    ),
  );
  const fingerprint = createHash('sha256')
    .update(JSON.stringify([VERSION, sharp.versions.vips, { size, channels, fit }, files]))
    .digest('hex');
  const folder = join(root, fingerprint.slice(0, 32));
  const bytes = channels * size * size;

  let index = await readIndex(folder, fingerprint, paths.length * bytes);
  if (!index || (await anyReadable(index.bad, options))) {
    index = await build(root, folder, fingerprint, paths, options).catch((error) => {
      if (!['EACCES', 'EPERM', 'EROFS', 'ENOSPC', 'EDQUOT', 'ENOTDIR'].includes(error.code))
        throw error;
      throw new InputError(
        `${root}: cannot keep decoded images there (${error.code}); ` +
          'free space, or name another folder in the environment variable SEMISE_CACHE',
      );
    });
  }
  const { bad } = index;
  if (bad.length > 0 && !skipBad)
    throw new InputError(
      `${bad.length} of ${paths.length} images are unreadable: ` +
        `${listed(bad.map(({ path, reason }) => `${path} (${reason})`))}; ` +
        'mend or drop them, or go on without them (--skip-bad)',
    );
  const file = openSync(join(folder, 'images.u8'), 'r');
  return {
    count: paths.length,
    shape: [channels, size, size],
    bad,
    read(index) {
      if (!(Number.isInteger(index) && index >= 0 && index < paths.length))
        throw new RangeError(`no image ${index} among ${paths.length}`);
      const pixels = new Uint8Array(bytes);
      if (readSync(file, pixels, 0, bytes, index * bytes) !== bytes)
        throw new Error(`${folder}: image cache was cut short while in use; start again`);
      return pixels;
    },
    close: () => closeSync(file),
  };
}

function defaultFolder(): string {
  const { SEMISE_CACHE, XDG_CACHE_HOME } = process.env;
  return SEMISE_CACHE || join(XDG_CACHE_HOME || join(homedir(), '.cache'), 'semise');
}

/** The index of a whole, undamaged cache, else null. */
async function readIndex(
  folder: string,
  fingerprint: string,
  bytes: number,
): Promise<Index | null> {
  try {
    const index = INDEX.parse(JSON.parse(await readFile(join(folder, 'index.json'), 'utf8')));
    const images = join(folder, 'images.u8');
    const whole =
      index.fingerprint === fingerprint &&
      (await stat(images)).size === bytes &&
      (await sha256(images)) === index.sha256;
    return whole ? index : null;
  } catch {
    return null;
  }
}

/** A file share that came back, a right that was given: bad images are tried again. */
async function anyReadable(bad: readonly BadImage[], options: DecodeOptions): Promise<boolean> {
  for (const { path } of bad)
    if (await decodeImage(path, options).then(Boolean, () => false)) return true;
  return false;
}

async function build(
  root: string,
  folder: string,
  fingerprint: string,
  paths: readonly string[],
  options: CacheOptions,
): Promise<Index> {
  await mkdir(root, { recursive: true });
  await sweep(root);
  const temporary = join(root, `${randomUUID()}.tmp`);
  await mkdir(temporary);
  try {
    const images = join(temporary, 'images.u8');
    const bad = await decodeAll(images, paths, options);
    const index = { fingerprint, sha256: await sha256(images), bad };
    await writeFile(join(temporary, 'index.json'), JSON.stringify(index));
    await rename(temporary, folder).catch(async (error: NodeJS.ErrnoException) => {
      if (!['ENOTEMPTY', 'EEXIST', 'EPERM'].includes(error.code ?? '')) throw error;
      // There is one: another process's, as good as ours, or a damaged one.
      const other = await readIndex(folder, fingerprint, (await stat(images)).size);
      if (other && other.bad.length <= bad.length) return;
      const old = join(root, `${randomUUID()}.tmp`);
      await rename(folder, old);
      await rename(temporary, folder);
      await rm(old, { recursive: true, force: true });
    });
    return index;
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
}

async function decodeAll(
  file: string,
  paths: readonly string[],
  options: CacheOptions,
): Promise<BadImage[]> {
  const { size, channels, onProgress, signal } = options;
  const bytes = channels * size * size;
  const bad: BadImage[] = [];
  const output = await open(file, 'wx');
  try {
    await output.truncate(paths.length * bytes);
    let next = 0;
    let done = 0;
    const lane = async () => {
      while (next < paths.length) {
        signal?.throwIfAborted();
        const index = next++;
        const pixels = await decodeImage(paths[index], options).catch((error: InputError) => {
          bad.push({ index, path: paths[index], reason: (error.cause as Error).message });
        });
        if (pixels) await output.write(pixels, 0, bytes, index * bytes);
        onProgress?.(++done, paths.length);
      }
    };
    const lanes = await Promise.allSettled(Array.from({ length: availableParallelism() }, lane));
    for (const { status, reason } of lanes as PromiseRejectedResult[])
      if (status === 'rejected') throw reason;
  } finally {
    await output.close();
  }
  return bad.sort((a, b) => a.index - b.index);
}

async function sha256(file: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file, { highWaterMark: 1 << 20 }), hash);
  return hash.digest('hex');
}

/** Removes what processes killed more than a day ago left behind. */
async function sweep(root: string): Promise<void> {
  for (const name of await readdir(root)) {
    if (!name.endsWith('.tmp')) continue;
    const left = join(root, name);
    const { mtimeMs } = await stat(left).catch(() => ({ mtimeMs: Number.POSITIVE_INFINITY }));
    if (Date.now() - mtimeMs > 24 * 3600 * 1000) await rm(left, { recursive: true, force: true });
  }
}
