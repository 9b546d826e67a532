import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { test } from 'node:test';
import { npyHeader, npyItems, npyValues } from './npy.js';

/** As NumPy's documentation of the format has it, version 1. */
function npy(descr: string, shape: string, data: Uint8Array, order = 'False'): Buffer {
  const text = `{'descr': '${descr}', 'fortran_order': ${order}, 'shape': ${shape}, }`;
  const padded = `${text.padEnd(117)}\n`;
  const head = Buffer.from([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0, padded.length, 0]);
  return Buffer.concat([head, Buffer.from(padded, 'latin1'), data]);
}

test('reads header and values', () => {
  const labels = npy('<i8', '(2, 1)', new Uint8Array(new BigInt64Array([3n, -1n]).buffer));
  assert.deepEqual(npyHeader(labels)?.header, { type: 'i8', bytes: 8, shape: [2, 1] });
  assert.deepEqual(npyValues(labels), { shape: [2, 1], values: Float64Array.of(3, -1) });
  assert.equal(npyHeader(labels.subarray(0, 40)), null);
});

test('streams items in chunks of any size', async () => {
  const file = npy(
    '|u1',
    '(3, 2, 2)',
    Uint8Array.from({ length: 12 }, (_, i) => i),
  );
  for (const size of [1, 5, 1000]) {
    const chunks = Array.from({ length: Math.ceil(file.length / size) }, (_, i) =>
      file.subarray(i * size, (i + 1) * size),
    );
    const items: number[][] = [];
    for await (const { item } of npyItems(Readable.from(chunks), 100)) items.push([...item]);
    assert.deepEqual(
      items,
      [
        [0, 1, 2, 3],
        [4, 5, 6, 7],
        [8, 9, 10, 11],
      ],
      `chunks of ${size}`,
    );
  }
});

test('what lies or is cut is refused', async () => {
  const all = async (file: Buffer, most = 100) => {
    for await (const _ of npyItems(Readable.from([file]), most));
  };
  await assert.rejects(all(npy('|u1', '(3, 2, 2)', new Uint8Array(11))), /cut short/);
  await assert.rejects(all(npy('|u1', '(3, 99, 99)', new Uint8Array(11))), /items of 9801 bytes/);
  await assert.rejects(all(Buffer.from('no array at all, but long')), /not a NumPy array/);
  assert.throws(
    () => npyValues(npy('<i8', '(99999999999, 9999999)', new Uint8Array(8))),
    /cut short/,
  );
  assert.throws(() => npyHeader(npy('|O', '(1,)', new Uint8Array(8))), /not understood/);
  assert.throws(() => npyHeader(npy('|u1', '(1,)', new Uint8Array(8), 'True')), /Fortran/);
  assert.throws(() => npyHeader(npy('>i8', '(1,)', new Uint8Array(8))), /big-endian/);
});
