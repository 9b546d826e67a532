// NumPy's array format, as MedMNIST keeps its images and labels
// (https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html).

import type { Readable } from 'node:stream';

export interface NpyHeader {
  /** As NumPy writes it, e.g. `|u1`, `<i8`. */
  readonly type: string;
  readonly bytes: number;
  readonly shape: readonly number[];
}

const GETTERS: Readonly<Record<string, keyof DataView>> = {
  u1: 'getUint8',
  i1: 'getInt8',
  b1: 'getUint8',
  u2: 'getUint16',
  i2: 'getInt16',
  u4: 'getUint32',
  i4: 'getInt32',
  u8: 'getBigUint64',
  i8: 'getBigInt64',
  f4: 'getFloat32',
  f8: 'getFloat64',
};

/** Longest header believed, in bytes. NumPy's own are below 200. */
const LONGEST = 65_535;

/**
 * Reads the header at the start of an npy file.
 * @returns the header and its length in bytes; null if `head` is still too short
 * @throws Error with the reason, if it is no npy file of plain numbers in C order
 */
export function npyHeader(head: Buffer): { header: NpyHeader; length: number } | null {
  if (head.length < 12) return null;
  if (head.toString('latin1', 0, 6) !== '\x93NUMPY') throw new Error('is not a NumPy array');
  const wide = head[6] >= 2;
  const start = wide ? 12 : 10;
  const length = start + (wide ? head.readUInt32LE(8) : head.readUInt16LE(8));
  if (length > LONGEST) throw new Error(`NumPy header of ${length} bytes`);
  if (head.length < length) return null;
  const text = head.toString('latin1', start, length);
  const descr = /'descr'\s*:\s*'([<>|=])(\w\d+)'/.exec(text);
  const shape = /'shape'\s*:\s*\(([\d\s,L]*)\)/.exec(text);
  if (!descr || !shape || !(descr[2] in GETTERS))
    throw new Error(`NumPy header not understood: ${text.trim().slice(0, 120)}`);
  if (!/'fortran_order'\s*:\s*False/.test(text)) throw new Error('NumPy array in Fortran order');
  if (descr[1] === '>') throw new Error('NumPy array in big-endian order');
  const extents = shape[1].split(',').map((n) => n.trim().replace(/L$/, ''));
  return {
    header: {
      type: descr[2],
      bytes: Number(descr[2].slice(1)),
      shape: extents.filter((n) => n !== '').map(Number),
    },
    length,
  };
}

/** The values of a whole array, e.g. of labels. @throws Error if it is cut short */
export function npyValues(file: Buffer): { shape: readonly number[]; values: Float64Array } {
  const read = npyHeader(file);
  if (!read) throw new Error('NumPy array is cut short');
  const { header, length } = read;
  const count = header.shape.reduce((product, n) => product * n, 1);
  if (!Number.isSafeInteger(count) || length + count * header.bytes > file.length)
    throw new Error('NumPy array is cut short');
  const view = new DataView(file.buffer, file.byteOffset + length, count * header.bytes);
  const get = (view[GETTERS[header.type]] as (at: number, little: boolean) => number | bigint).bind(
    view,
  );
  const values = Float64Array.from({ length: count }, (_, i) =>
    Number(get(i * header.bytes, true)),
  );
  return { shape: header.shape, values };
}

/**
 * The items along the first axis, one after the other, however long the file is.
 * @throws Error if the array is cut short or an item is larger than `itemBytes`
 */
export async function* npyItems(
  stream: Readable,
  itemBytes: number,
): AsyncGenerator<{ header: NpyHeader; item: Buffer }> {
  let held: Buffer = Buffer.alloc(0);
  let read: { header: NpyHeader; length: number } | null = null;
  let size = 0;
  let left = 0;
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    held = held.length === 0 ? chunk : Buffer.concat([held, chunk]);
    if (!read) {
      read = npyHeader(held);
      if (!read) continue;
      held = held.subarray(read.length);
      const { shape, bytes } = read.header;
      size = shape.slice(1).reduce((product, n) => product * n, bytes);
      left = shape[0] ?? 0;
      if (!(size > 0 && size <= itemBytes)) throw new Error(`items of ${size} bytes`);
    }
    while (left > 0 && held.length >= size) {
      yield { header: read.header, item: held.subarray(0, size) };
      held = held.subarray(size);
      left--;
    }
    if (left === 0) break;
  }
  if (!read || left > 0) throw new Error('NumPy array is cut short');
}
