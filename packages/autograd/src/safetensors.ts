// Safetensors files (the format's own description: an 8-byte length, a JSON header, raw values), so
// that PyTorch reads our weights and we read public ones. Written under a temporary name and renamed.

import { randomUUID } from 'node:crypto';
import { open, readFile, rename, rm } from 'node:fs/promises';
import { endianness } from 'node:os';
import { type Shape, ShapeError, size } from './graph.js';

export interface NamedTensor {
  readonly shape: Shape;
  readonly data: Float32Array;
}
export interface SafetensorsFile {
  readonly tensors: Map<string, NamedTensor>;
  readonly metadata: Record<string, string>;
}

interface Entry {
  dtype: string;
  shape: number[];
  data_offsets: [number, number];
}

/**
 * Writes float32 tensors, atomically.
 * @throws ShapeError if a tensor's values do not fit its shape or its name is the format's own
 */
export async function writeSafetensors(
  file: string,
  tensors: ReadonlyMap<string, NamedTensor>,
  metadata: Readonly<Record<string, string>> = {},
): Promise<void> {
  if (endianness() !== 'LE') throw new Error('safetensors: this machine is not little-endian');
  // Without a prototype, so that a tensor may have any name, `__proto__` too.
  const header: Record<string, Entry | Record<string, string>> = Object.create(null);
  header.__metadata__ = { ...metadata };
  let offset = 0;
  for (const [name, { shape, data }] of tensors) {
    if (name === '__metadata__') throw new ShapeError(`${file}: no tensor can be named ${name}`);
    if (data.length !== size(shape)) {
      throw new ShapeError(`${file}: tensor ${name} has ${data.length} values for [${shape}]`);
    }
    const end = offset + data.byteLength;
    header[name] = { dtype: 'F32', shape: [...shape], data_offsets: [offset, end] };
    offset = end;
  }
  const json = Buffer.from(JSON.stringify(header));
  const padded = Buffer.alloc(Math.ceil(json.length / 8) * 8, ' ');
  json.copy(padded);
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(padded.length));

  const temporary = `${file}.${randomUUID()}.tmp`;
  try {
    const handle = await open(temporary, 'wx');
    try {
      await handle.write(length);
      await handle.write(padded);
      for (const { data } of tensors.values()) {
        await handle.write(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
      }
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary, file);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

/**
 * Reads a file as float32; F16, BF16 and F64 are converted, integer tensors (such as PyTorch's
 * num_batches_tracked) become floats.
 * @throws Error naming the file if it is not safetensors or is cut short
 */
export async function readSafetensors(file: string): Promise<SafetensorsFile> {
  const bytes = await readFile(file);
  const bad = (why: string) => new Error(`${file} is not a safetensors file: ${why}`);
  if (bytes.length < 8) throw bad('it is shorter than 8 bytes');
  const length = Number(bytes.readBigUInt64LE(0));
  if (length > bytes.length - 8) throw bad('its header is longer than the file');
  let header: unknown;
  try {
    header = JSON.parse(bytes.toString('utf8', 8, 8 + length));
  } catch {
    throw bad('its header is not JSON');
  }
  if (typeof header !== 'object' || header === null || Array.isArray(header)) {
    throw bad('its header is not a JSON object');
  }
  const { __metadata__: metadata = {}, ...entries } = header as Record<string, unknown>;
  const tensors = new Map<string, NamedTensor>();
  for (const [name, entry] of Object.entries(entries)) {
    if (!isEntry(entry)) throw bad(`tensor ${name} is not described by type, shape and offsets`);
    const { dtype, shape, data_offsets } = entry;
    const [start, end] = data_offsets.map((o) => 8 + length + o);
    if (end > bytes.length) throw bad(`tensor ${name} reaches past the end of the file`);
    if (!Object.hasOwn(DECODERS, dtype)) {
      throw bad(`tensor ${name} has the type ${dtype}, which is not supported`);
    }
    const decoder = DECODERS[dtype];
    if (end - start !== size(shape) * decoder.bytes) {
      throw bad(`tensor ${name} has ${end - start} bytes for ${dtype} [${shape}]`);
    }
    tensors.set(name, { shape, data: decoder.decode(bytes.subarray(start, end), size(shape)) });
  }
  return { tensors, metadata: metadata as Record<string, string> };
}

const isEntry = (entry: unknown): entry is Entry => {
  const { dtype, shape, data_offsets } = (entry ?? {}) as Partial<Record<keyof Entry, unknown>>;
  const sizes = (list: unknown) =>
    Array.isArray(list) && list.every((n) => Number.isInteger(n) && n >= 0);
  return (
    typeof dtype === 'string' &&
    sizes(shape) &&
    sizes(data_offsets) &&
    (data_offsets as number[]).length === 2
  );
};

interface Decoder {
  /** Of one value. */
  readonly bytes: number;
  readonly decode: (b: Buffer, n: number) => Float32Array;
}

const each = (bytes: number, at: (b: Buffer, offset: number) => number): Decoder => ({
  bytes,
  decode: (b, n) => Float32Array.from({ length: n }, (_, i) => at(b, i * bytes)),
});

const DECODERS: Record<string, Decoder> = {
  F32: { bytes: 4, decode: (b, n) => new Float32Array(new Uint8Array(b).buffer, 0, n) },
  F64: each(8, (b, o) => b.readDoubleLE(o)),
  F16: each(2, (b, o) => halfToFloat(b.readUInt16LE(o))),
  BF16: {
    bytes: 2,
    decode: (b, n) =>
      new Float32Array(
        Uint32Array.from({ length: n }, (_, i) => b.readUInt16LE(i * 2) << 16).buffer,
      ),
  },
  I64: each(8, (b, o) => Number(b.readBigInt64LE(o))),
  I32: each(4, (b, o) => b.readInt32LE(o)),
  U8: each(1, (b, o) => b[o]),
};

function halfToFloat(h: number): number {
  const sign = h & 0x8000 ? -1 : 1;
  const exponent = (h >> 10) & 0x1f;
  const fraction = h & 0x3ff;
  if (exponent === 0) return sign * 2 ** -14 * (fraction / 1024);
  if (exponent === 31) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
  return sign * 2 ** (exponent - 15) * (1 + fraction / 1024);
}
