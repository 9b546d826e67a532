// Decodes what no shard holds yet, shard by shard: whatever is finished stays, whoever made it.

import { hash } from 'node:crypto';
import { statSync } from 'node:fs';
import { readdir, rm } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import type { InputError } from '../../errors.js';
import { type DecodeOptions, decodeImage, type Paths } from '../image.js';
import { type ImageList, NOWHERE } from './list.js';
import {
  KEY,
  MOST_ROWS,
  readShardTable,
  rowsPerShard,
  type ShardTable,
  shardFile,
  shardName,
  writeShard,
} from './shard.js';

export interface BuildHooks {
  /** Told after each image that had to be decoded. */
  readonly onProgress?: (done: number, total: number) => void;
  readonly signal?: AbortSignal;
}

/** An image as its file is now: path, time and size; 16 bytes. */
export const keyOf = (path: string, file: { mtimeMs: number; size: number } | null): Buffer =>
  hash('sha256', `${path}\0${file?.mtimeMs}\0${file?.size}`, 'buffer').subarray(0, KEY);

/** Calls `work` for 0 to count - 1, a few at a time. @throws what the first failing one throws */
async function inLanes(
  count: number,
  lanes: number,
  work: (index: number) => Promise<void>,
): Promise<void> {
  let next = 0;
  const lane = async () => {
    while (next < count) await work(next++);
  };
  const ends = await Promise.allSettled(Array.from({ length: Math.min(lanes, count) }, lane));
  for (const end of ends) if (end.status === 'rejected') throw end.reason;
}

/** The file's time and size, null if it is not there or cannot be reached. */
export function look(path: string): { mtimeMs: number; size: number } | null {
  try {
    return statSync(path, { throwIfNoEntry: false }) ?? null;
  } catch {
    return null;
  }
}

/**
 * The keys of all images, one after the other. On a local disk a synchronous look takes a fifth of
 * what an asynchronous one does.
 */
export async function keysOf(paths: Paths): Promise<Buffer> {
  const keys = Buffer.alloc(paths.length * KEY);
  for (let i = 0; i < paths.length; i++) {
    const path = paths.at(i)!;
    keyOf(path, look(path)).copy(keys, i * KEY);
    if (i % 1000 === 999) await setImmediate(); // signals and timers have their turn
  }
  return keys;
}

/**
 * Finds every image in the shards of a folder and decodes those that are in none. Killed or stopped,
 * it loses the shard under way.
 *
 * @param folder of shards of images decoded with these options, must exist
 */
export async function buildList(
  folder: string,
  paths: Paths,
  decoding: DecodeOptions,
  { onProgress, signal }: BuildHooks,
): Promise<ImageList> {
  const imageBytes = decoding.channels * decoding.size ** 2;
  const keys = await keysOf(paths);
  const key = (i: number) => keys.toString('latin1', i * KEY, (i + 1) * KEY);
  /** The first image of each key: a path may stand twice. */
  const wanted = new Map<string, number>();
  for (let i = 0; i < paths.length; i++) if (!wanted.has(key(i))) wanted.set(key(i), i);

  const slots = new Uint32Array(paths.length).fill(NOWHERE);
  const checksums = new Uint32Array(paths.length);
  const shards: { name: string; rows: number }[] = [];
  const take = (name: string, table: ShardTable) => {
    let used = false;
    for (let row = 0; row < table.rows; row++) {
      const i = wanted.get(table.keys.toString('latin1', row * KEY, (row + 1) * KEY));
      if (i === undefined || slots[i] !== NOWHERE) continue;
      slots[i] = shards.length * MOST_ROWS + row;
      checksums[i] = table.checksums[row];
      used = true;
    }
    if (used) shards.push({ name, rows: table.rows });
  };
  for (const file of (await readdir(folder)).sort()) {
    if (!file.endsWith('.shard')) continue;
    const table = readShardTable(join(folder, file), imageBytes);
    if (table) take(file.slice(0, -'.shard'.length), table);
    else await rm(join(folder, file), { force: true });
  }

  const missing = [...wanted.values()].filter((i) => slots[i] === NOWHERE);
  const reasons = new Map<number, string>();
  let done = 0;
  const rows = rowsPerShard(imageBytes);
  for (let start = 0; start < missing.length; start += rows) {
    const unit = missing.slice(start, start + rows);
    const unitKeys = (images: readonly number[]) =>
      Buffer.concat(images.map((i) => keys.subarray(i * KEY, (i + 1) * KEY)));
    // Another process may have made it meanwhile.
    const name = shardName(unitKeys(unit));
    const theirs = readShardTable(shardFile(folder, name), imageBytes);
    if (theirs) take(name, theirs);
    const left = unit.filter((i) => slots[i] === NOWHERE);
    done += unit.length - left.length;
    if (left.length === 0) continue;
    const leftKeys = unitKeys(left);
    const ours = await writeShard(folder, leftKeys, imageBytes, (write) =>
      inLanes(left.length, availableParallelism(), async (row) => {
        signal?.throwIfAborted();
        const pixels = await decodeImage(paths.at(left[row])!, decoding).catch(
          (error: InputError) => {
            reasons.set(left[row], (error.cause as Error).message);
          },
        );
        if (pixels) await write(row, pixels);
        onProgress?.(++done, missing.length);
      }),
    );
    if (ours) take(shardName(leftKeys), ours);
  }

  const bad: { index: number; reason: string }[] = [];
  for (let i = 0; i < paths.length; i++) {
    const first = wanted.get(key(i))!;
    slots[i] = slots[first];
    checksums[i] = checksums[first];
    if (slots[i] === NOWHERE) bad.push({ index: i, reason: reasons.get(first)! });
  }
  return { shards, slots, checksums, keys, bad };
}
