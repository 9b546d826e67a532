// A million rows without a million objects: columns of numbers and text, and the file they are kept
// in. Used for the parsed labels.csv of large sets and for the lists of the image cache.

import { isAscii } from 'node:buffer';
import { randomUUID } from 'node:crypto';
import { open, readFile, rename, rm } from 'node:fs/promises';
import { crc32 } from 'node:zlib';

/** Texts one after the other, UTF-8; text `i` ends at byte `ends[i]`. */
export class TextColumn {
  readonly bytes: Buffer;
  readonly ends: Uint32Array;
  /** In ASCII alone a text is cut out without decoding. */
  readonly #ascii: boolean;

  constructor(bytes: Buffer, ends: Uint32Array) {
    this.bytes = bytes;
    this.ends = ends;
    this.#ascii = isAscii(bytes);
  }

  at(i: number): string {
    const start = i === 0 ? 0 : this.ends[i - 1];
    return this.bytes.toString(this.#ascii ? 'latin1' : 'utf8', start, this.ends[i]);
  }
}

/** A column of numbers that grows. */
export class NumbersBuilder<T extends Uint8Array | Uint32Array> {
  #values: T;
  #length = 0;
  readonly #create: (length: number) => T;

  /** @param create makes an array of a length, as `(n) => new Uint8Array(n)` */
  constructor(create: (length: number) => T) {
    this.#create = create;
    this.#values = create(1024);
  }

  push(value: number): void {
    if (this.#length === this.#values.length) {
      const larger = this.#create(2 * this.#length);
      larger.set(this.#values);
      this.#values = larger;
    }
    this.#values[this.#length++] = value;
  }

  finish(): T {
    return this.#values.slice(0, this.#length) as T;
  }
}

/** A column of text that grows, to 4 GiB at most. */
export class TextBuilder {
  #bytes = Buffer.allocUnsafe(1 << 14);
  #length = 0;
  readonly #ends = new NumbersBuilder((length) => new Uint32Array(length));

  push(text: string): void {
    const most = this.#length + 3 * text.length; // UTF-8 takes no more
    if (most > this.#bytes.length) {
      const larger = Buffer.allocUnsafe(2 * most);
      this.#bytes.copy(larger, 0, 0, this.#length);
      this.#bytes = larger;
    }
    this.#length += this.#bytes.write(text, this.#length);
    this.#ends.push(this.#length);
  }

  finish(): TextColumn {
    return new TextColumn(Buffer.from(this.#bytes.subarray(0, this.#length)), this.#ends.finish());
  }
}

const MAGIC = 'semise columns 1\n';
const ALIGN = 8;
const padding = (length: number) => Buffer.alloc((ALIGN - (length % ALIGN)) % ALIGN);

/**
 * Writes columns into one file, under a temporary name first: magic, length of the header (uint32),
 * header (JSON), the columns, CRC-32 of all before; each part padded to 8 bytes. The machine's byte
 * order: such files stay on the machine.
 */
export async function writeColumns(
  file: string,
  content: unknown,
  columns: readonly NodeJS.ArrayBufferView[],
): Promise<void> {
  const header = Buffer.from(
    JSON.stringify({ content, lengths: columns.map(({ byteLength }) => byteLength) }),
  );
  const start = Buffer.alloc(24);
  start.write(MAGIC);
  start.writeUInt32LE(header.length, 20);
  const parts = [start, header, ...columns].flatMap((part) => [part, padding(part.byteLength)]);
  const check = Buffer.alloc(4);
  check.writeUInt32LE(parts.reduce((crc, part) => crc32(part, crc), 0));

  const temporary = `${file}.${randomUUID()}.tmp`;
  try {
    const output = await open(temporary, 'wx');
    try {
      for (const part of [...parts, check]) await output.writeFile(part as Uint8Array);
      await output.datasync();
    } finally {
      await output.close();
    }
    await rename(temporary, file);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

/** What `writeColumns` wrote; null where there is no such file or it is damaged. */
export async function readColumns(
  file: string,
): Promise<{ content: unknown; columns: Buffer[] } | null> {
  try {
    const bytes = await readFile(file);
    const end = bytes.length - 4;
    if (crc32(bytes.subarray(0, end)) !== bytes.readUInt32LE(end)) return null;
    if (!bytes.subarray(0, MAGIC.length).equals(Buffer.from(MAGIC))) return null;
    let at = 24;
    const take = (length: number) => {
      const part = bytes.subarray(at, at + length);
      at += length + padding(length).length;
      return part;
    };
    const { content, lengths } = JSON.parse(take(bytes.readUInt32LE(20)).toString()) as {
      content: unknown;
      lengths: number[];
    };
    return { content, columns: lengths.map(take) };
  } catch {
    return null;
  }
}

/** The numbers of a column that `readColumns` gave, without a copy. */
export const asUint32 = (column: Buffer): Uint32Array =>
  new Uint32Array(column.buffer, column.byteOffset, column.byteLength / 4);
