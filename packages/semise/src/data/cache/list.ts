// Which image of a manifest lies where: one small file a list of paths, so that a million images
// open without a look at any of them.

import { createHash } from 'node:crypto';
import { z } from 'zod';
import { asUint32, readColumns, writeColumns } from '../columns.js';
import type { Paths } from '../image.js';
import { KEY } from './shard.js';

export interface ImageList {
  readonly shards: readonly { readonly name: string; readonly rows: number }[];
  /** Of each image `shard * MOST_ROWS + row`, or `NOWHERE`. */
  readonly slots: Uint32Array;
  /** CRC-32 of each image's pixels. */
  readonly checksums: Uint32Array;
  /** Keys of the images as they were when decoded, one after the other. */
  readonly keys: Buffer;
  /** Images that could not be decoded. */
  readonly bad: readonly { readonly index: number; readonly reason: string }[];
}

/** The slot of an image that could not be decoded. */
export const NOWHERE = 0xffffffff;

const CONTENT = z.object({
  shards: z.array(z.object({ name: z.string(), rows: z.number() })),
  bad: z.array(z.object({ index: z.number(), reason: z.string() })),
});

/** Identifies a list by its paths and their order, not by what the files hold. */
export function listName(paths: Paths): string {
  const hash = createHash('sha256');
  if (paths.identity) return hash.update(paths.identity).digest('hex').slice(0, 32);
  for (let start = 0; start < paths.length; start += 4096) {
    const length = Math.min(4096, paths.length - start);
    hash.update(Array.from({ length }, (_, i) => `${paths.at(start + i)}\0`).join(''));
  }
  return hash.digest('hex').slice(0, 32);
}

export const writeList = (file: string, list: ImageList): Promise<void> =>
  writeColumns(file, { shards: list.shards, bad: list.bad }, [
    list.slots,
    list.checksums,
    list.keys,
  ]);

/** @returns null where the file is missing, damaged or of another number of images */
export async function readList(file: string, count: number): Promise<ImageList | null> {
  const stored = await readColumns(file);
  const content = CONTENT.safeParse(stored?.content);
  if (!stored || !content.success) return null;
  const [slots, checksums, keys] = stored.columns;
  if (slots?.length !== 4 * count || checksums?.length !== 4 * count) return null;
  if (keys?.length !== KEY * count) return null;
  return { ...content.data, slots: asUint32(slots), checksums: asUint32(checksums), keys };
}
