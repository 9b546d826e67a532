// A shard: a few hundred decoded images in one file that never changes once it has its name.
//
//   magic "semise shard 1\n\0", rows, bytes of an image         16 + 2 x uint32
//   of each row: key of the image (16 bytes), CRC-32 of its pixels; an empty row has the key 0
//   CRC-32 of all above
//   the pixels, row after row
//
// It is written under a temporary name and renamed when whole. Its name is the hash of the keys it
// was made for, so that two processes that decode the same images make the same file.

import { createHash, randomUUID } from 'node:crypto';
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { open, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';

/** Bytes of a key. */
export const KEY = 16;
const MAGIC = Buffer.from('semise shard 1\n\0');
const HEAD = MAGIC.length + 8;
const ENTRY = KEY + 4;
const tableBytes = (rows: number) => HEAD + rows * ENTRY + 4;

/** Most rows of any shard: a slot in a list is `shard * MOST_ROWS + row`. */
export const MOST_ROWS = 512;

/** Rows of a new shard: 64 MiB, but no fewer than 64 nor more than 512 images. */
export const rowsPerShard = (imageBytes: number): number =>
  Math.max(64, Math.min(MOST_ROWS, Math.floor(2 ** 26 / imageBytes)));

export const shardFile = (folder: string, name: string): string => join(folder, `${name}.shard`);

/** Name of the shard made for these keys (bytes of all keys, one after the other). */
export const shardName = (keys: Uint8Array): string =>
  createHash('sha256').update(keys).digest('hex').slice(0, 32);

/** Where in its file the pixels of a row begin; `rows` is the shard's number of rows. */
export const rowOffset = (rows: number, imageBytes: number, row: number): number =>
  tableBytes(rows) + row * imageBytes;

export interface ShardTable {
  readonly rows: number;
  /** Key of each row, one after the other; 0 where the row is empty. */
  readonly keys: Buffer;
  /** CRC-32 of each row's pixels. */
  readonly checksums: Uint32Array;
}

/** @returns null where the file is missing, damaged, cut short or holds images of another size */
export function readShardTable(file: string, imageBytes: number): ShardTable | null {
  let descriptor: number;
  try {
    descriptor = openSync(file, 'r');
  } catch {
    return null;
  }
  try {
    const head = Buffer.alloc(HEAD);
    if (readSync(descriptor, head, 0, HEAD, 0) !== HEAD) return null;
    const [rows, bytes] = [head.readUInt32LE(MAGIC.length), head.readUInt32LE(MAGIC.length + 4)];
    if (!head.subarray(0, MAGIC.length).equals(MAGIC) || rows > MOST_ROWS || bytes !== imageBytes)
      return null;
    if (fstatSync(descriptor).size !== rowOffset(rows, imageBytes, rows)) return null;
    const table = Buffer.alloc(tableBytes(rows));
    readSync(descriptor, table, 0, table.length, 0);
    const end = table.length - 4;
    if (crc32(table.subarray(0, end)) !== table.readUInt32LE(end)) return null;
    const keys = Buffer.alloc(rows * KEY);
    const checksums = new Uint32Array(rows);
    for (let row = 0; row < rows; row++) {
      const at = HEAD + row * ENTRY;
      table.copy(keys, row * KEY, at, at + KEY);
      checksums[row] = table.readUInt32LE(at + KEY);
    }
    return { rows, keys, checksums };
  } finally {
    closeSync(descriptor);
  }
}

function encodeTable({ rows, keys, checksums }: ShardTable, imageBytes: number): Buffer {
  const table = Buffer.alloc(tableBytes(rows));
  MAGIC.copy(table);
  table.writeUInt32LE(rows, MAGIC.length);
  table.writeUInt32LE(imageBytes, MAGIC.length + 4);
  for (let row = 0; row < rows; row++) {
    const at = HEAD + row * ENTRY;
    keys.copy(table, at, row * KEY, (row + 1) * KEY);
    table.writeUInt32LE(checksums[row], at + KEY);
  }
  table.writeUInt32LE(crc32(table.subarray(0, -4)), table.length - 4);
  return table;
}

/**
 * Writes a shard of `keys.length / 16` rows.
 *
 * @param fill is called once and writes rows in any order; rows it leaves out stay empty
 * @returns null, and no file, if no row was written
 * @throws what `fill` throws; no file is left then
 */
export async function writeShard(
  folder: string,
  keys: Buffer,
  imageBytes: number,
  fill: (write: (row: number, pixels: Uint8Array) => Promise<void>) => Promise<void>,
): Promise<ShardTable | null> {
  const rows = keys.length / KEY;
  const written = Buffer.alloc(keys.length);
  const checksums = new Uint32Array(rows);
  const name = shardName(keys);
  const temporary = join(folder, `${name}.${randomUUID()}.tmp`);
  try {
    const output = await open(temporary, 'wx');
    try {
      await output.truncate(rowOffset(rows, imageBytes, rows));
      await fill(async (row, pixels) => {
        await output.write(pixels, 0, imageBytes, rowOffset(rows, imageBytes, row));
        keys.copy(written, row * KEY, row * KEY, (row + 1) * KEY);
        checksums[row] = crc32(pixels);
      });
      const table = { rows, keys: written, checksums };
      if (written.every((byte) => byte === 0)) return null;
      await output.write(encodeTable(table, imageBytes), 0, tableBytes(rows), 0);
      await output.datasync();
      await rename(temporary, shardFile(folder, name));
      return table;
    } finally {
      await output.close();
    }
  } finally {
    await rm(temporary, { force: true });
  }
}
