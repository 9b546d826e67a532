import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import fc from 'fast-check';
import { size } from './graph.js';
import { type NamedTensor, readSafetensors, writeSafetensors } from './safetensors.js';
import { fixture } from './testing/goldens.js';
import { property } from './testing/property.js';

let folder = '';
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'safetensors-'));
});
after(() => rm(folder, { recursive: true }));

const tensor: fc.Arbitrary<NamedTensor> = fc
  .array(fc.nat(4), { maxLength: 4 })
  .chain((shape) =>
    fc
      .array(fc.float(), { minLength: size(shape), maxLength: size(shape) })
      .map((list) => ({ shape, data: Float32Array.from(list) })),
  );
const name = fc.oneof(
  fc
    .string({ unit: 'binary' })
    .filter((s) => s !== '__metadata__' && Buffer.from(s).toString() === s),
  fc.constantFrom('', '1', 'layer1.0.conv1.weight', '__proto__', 'constructor', 'größe/ß "x"'),
);

test('what is written is read back bit by bit, under any names', () =>
  property(
    100,
    fc.record({
      list: fc.uniqueArray(fc.tuple(name, tensor), { selector: ([n]) => n, maxLength: 5 }),
      metadata: fc.dictionary(name, fc.string(), { maxKeys: 3, noNullPrototype: true }),
    }),
    async ({ list, metadata }) => {
      const file = join(folder, 'round-trip.safetensors');
      await writeSafetensors(file, new Map(list), metadata);
      const read = await readSafetensors(file);
      assert.deepEqual([...read.tensors.keys()].sort(), list.map(([n]) => n).sort());
      for (const [n, { shape, data }] of list) {
        assert.deepEqual(read.tensors.get(n)?.shape, shape);
        assert.deepEqual(
          Buffer.from(read.tensors.get(n)!.data.buffer),
          Buffer.from(data.buffer),
          `bits of ${n}`,
        );
      }
      assert.deepEqual({ ...read.metadata }, { ...metadata });
    },
  ));

test('a part of a longer buffer is written as that part', async () => {
  const file = join(folder, 'part.safetensors');
  const data = Float32Array.of(1, 2, 3, 4, 5).subarray(1, 4);
  await writeSafetensors(file, new Map([['w', { shape: [3], data }]]));
  assert.deepEqual([...(await readSafetensors(file)).tensors.get('w')!.data], [2, 3, 4]);
});

test('the file is laid out as the format says', async () => {
  const file = join(folder, 'layout.safetensors');
  await writeSafetensors(
    file,
    new Map([
      ['a', { shape: [2], data: Float32Array.of(1, -2) }],
      ['b', { shape: [], data: Float32Array.of(0.5) }],
    ]),
    { step: '7' },
  );
  const bytes = await readFile(file);
  const length = Number(bytes.readBigUInt64LE(0));
  assert.equal((8 + length) % 8, 0, 'the values are aligned');
  assert.deepEqual(JSON.parse(bytes.toString('utf8', 8, 8 + length)), {
    __metadata__: { step: '7' },
    a: { dtype: 'F32', shape: [2], data_offsets: [0, 8] },
    b: { dtype: 'F32', shape: [], data_offsets: [8, 12] },
  });
  assert.equal(bytes.length, 8 + length + 12);
  assert.equal(bytes.readFloatLE(8 + length + 4), -2);
});

test("another encoder's file, of every type", async () => {
  const { tensors, metadata } = await readSafetensors(fixture('types.safetensors'));
  assert.deepEqual({ ...metadata }, { format: 'pt', note: 'größer' });
  const expected: Record<string, [number[], number[]]> = {
    f32: [
      [2, 3],
      [1, -2.5, 3.25, 1e-40, Number.POSITIVE_INFINITY, -0],
    ],
    f16: [
      [10],
      [
        1.5,
        -2,
        65504,
        2 ** -24,
        -(2 ** -15),
        0.333251953125,
        Number.POSITIVE_INFINITY,
        Number.NEGATIVE_INFINITY,
        Number.NaN,
        -0,
      ],
    ],
    bf16: [
      [2, 4],
      // Of 32 bits the upper 16, cut off.
      [1, -2.5, 2.990748e38, 9.918234e-39, Number.POSITIVE_INFINITY, Number.NaN, -0, 0.15625],
    ],
    f64: [[3], [Math.PI, Number.NEGATIVE_INFINITY, 0]],
    i64: [[], [123456]],
    i32: [[2], [-7, 2 ** 24]],
    u8: [
      [1, 3],
      [0, 128, 255],
    ],
    empty: [[0, 4], []],
    'layer1.0.conv1.weight': [[1], [42]],
  };
  assert.deepEqual([...tensors.keys()].sort(), Object.keys(expected).sort());
  for (const [key, [shape, list]] of Object.entries(expected)) {
    const { shape: found, data } = tensors.get(key)!;
    assert.deepEqual(found, shape, key);
    for (const [i, v] of list.map(Math.fround).entries()) {
      const near = Math.abs(data[i] - v) <= (key === 'bf16' ? 1e-5 * Math.abs(v) : 0);
      assert(near || Object.is(data[i], v), `${key}[${i}]: ${data[i]}, expected ${v}`);
    }
    assert.equal(data.length, list.length);
  }
});

/** A file of this header, with `values` bytes after it. */
const packed = (header: unknown, values: number): Buffer => {
  const text = Buffer.from(typeof header === 'string' ? header : JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(text.length));
  return Buffer.concat([length, text, Buffer.alloc(values)]);
};
const one = (entry: object) => ({
  w: { dtype: 'F32', shape: [2], data_offsets: [0, 8], ...entry },
});

test('a file that is not safetensors is refused, by its name and what is wrong', async () => {
  const cases: [string, Buffer, RegExp][] = [
    ['empty', Buffer.alloc(0), /shorter than 8 bytes/],
    ['png', Buffer.from('\x89PNG\r\n\x1a\n0000000000000000', 'latin1'), /header is longer/],
    ['garbage', packed('not json', 0), /header is not JSON/],
    ['null', packed(null, 0), /header/],
    ['a list', packed([1], 0), /header/],
    ['an entry that is none', packed({ w: 3 }, 0), /tensor w/],
    ['no offsets', packed(one({ data_offsets: undefined }), 8), /tensor w/],
    ['no shape', packed(one({ shape: undefined }), 8), /tensor w/],
    ['a negative size', packed(one({ shape: [-1, -2] }), 8), /tensor w/],
    ['too few bytes for the shape', packed(one({ shape: [3] }), 64), /tensor w/],
    ['too many bytes for the shape', packed(one({ shape: [1] }), 64), /tensor w/],
    ['offsets turned round', packed(one({ data_offsets: [8, 0] }), 64), /tensor w/],
    ['offsets that are no numbers', packed(one({ data_offsets: ['0', '8'] }), 64), /tensor w/],
    ['past the end', packed(one({}), 7), /tensor w reaches past the end/],
    ['an unknown type', packed(one({ dtype: 'F8_E4M3', shape: [8] }), 8), /tensor w .*F8_E4M3/],
    ['an inherited type', packed(one({ dtype: 'constructor' }), 8), /tensor w .*constructor/],
  ];
  for (const [what, bytes, why] of cases) {
    const file = join(folder, 'bad.safetensors');
    await writeFile(file, bytes);
    await assert.rejects(readSafetensors(file), (error: Error) => {
      assert.match(error.message, why, what);
      assert(error.message.includes(file), `${what}: ${error.message}`);
      return true;
    });
  }
});

test('cut short anywhere, a file is refused', async () => {
  const whole = await readFile(fixture('types.safetensors'));
  const file = join(folder, 'cut.safetensors');
  await property(30, fc.nat(whole.length - 1), async (length) => {
    await writeFile(file, whole.subarray(0, length));
    await assert.rejects(readSafetensors(file), /cut\.safetensors is not a safetensors file/);
  });
});

test('a missing file is named', async () => {
  await assert.rejects(readSafetensors(join(folder, 'absent.safetensors')), /absent\.safetensors/);
});

test('a failed write leaves nothing behind and the old file untouched', async () => {
  const inside = join(folder, 'failed');
  await mkdir(inside);
  const values = new Map([['w', { shape: [1], data: Float32Array.of(1) }]]);
  // A folder stands where the file should go: the rename at the end fails.
  const taken = join(inside, 'taken.safetensors');
  await mkdir(join(taken, 'x'), { recursive: true });
  await assert.rejects(writeSafetensors(taken, values));
  assert.deepEqual(await readdir(inside), ['taken.safetensors']);
  // Values that do not fit their shape, or have the format's own name, are found before anything is written.
  const file = join(inside, 'kept.safetensors');
  await writeSafetensors(file, values);
  const old = await readFile(file);
  const wrong = new Map([['w', { shape: [2], data: Float32Array.of(1) }]]);
  await assert.rejects(writeSafetensors(file, wrong), /w.*\[2\]/);
  const reserved = new Map([['__metadata__', { shape: [1], data: Float32Array.of(1) }]]);
  await assert.rejects(writeSafetensors(file, reserved), /__metadata__/);
  assert.deepEqual(await readFile(file), old);
  assert.deepEqual((await readdir(inside)).sort(), ['kept.safetensors', 'taken.safetensors']);
  await assert.rejects(writeSafetensors(join(folder, 'no', 'folder.safetensors'), values));
});
