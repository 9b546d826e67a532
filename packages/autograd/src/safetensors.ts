// Safetensors files (the format's own description: an 8-byte length, a JSON header, raw values), so
// that PyTorch reads our weights and we read public ones. Written under a temporary name and renamed.

import { randomUUID } from 'node:crypto';
import { open, readFile, rename, rm } from 'node:fs/promises';
import { endianness } from 'node:os';
import { type Shape, size } from './graph.js';

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

/** Writes float32 tensors, atomically. */
export async function writeSafetensors(
  file: string,
  tensors: ReadonlyMap<string, NamedTensor>,
  metadata: Readonly<Record<string, string>> = {},
): Promise<void> {
  if (endianness() !== 'LE') throw new Error('safetensors: this machine is not little-endian');
  const header: Record<string, Entry | Record<string, string>> = { __metadata__: { ...metadata } };
  let offset = 0;
  for (const [name, { shape, data }] of tensors) {
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
  let header: Record<string, Entry> & { __metadata__?: Record<string, string> };
  try {
    header = JSON.parse(bytes.toString('utf8', 8, 8 + length));
  } catch {
    throw bad('its header is not JSON');
  }
  const { __metadata__: metadata = {}, ...entries } = header;
  const tensors = new Map<string, NamedTensor>();
  for (const [name, { dtype, shape, data_offsets }] of Object.entries(entries)) {
    const [start, end] = data_offsets.map((o) => 8 + length + o);
    if (end > bytes.length) throw bad(`tensor ${name} reaches past the end of the file`);
    const decode = DECODERS[dtype];
    if (!decode) throw bad(`tensor ${name} has the type ${dtype}, which is not supported`);
    const data = decode(bytes.subarray(start, end), size(shape));
    tensors.set(name, { shape, data });
  }
  return { tensors, metadata };
}

const fill =
  (bytes: number, at: (b: Buffer, offset: number) => number) =>
  (b: Buffer, n: number): Float32Array =>
    Float32Array.from({ length: n }, (_, i) => at(b, i * bytes));

const DECODERS: Record<string, (b: Buffer, n: number) => Float32Array> = {
  F32: (b, n) => new Float32Array(new Uint8Array(b).buffer, 0, n),
  F64: fill(8, (b, o) => b.readDoubleLE(o)),
  F16: fill(2, (b, o) => halfToFloat(b.readUInt16LE(o))),
  BF16: (b, n) => {
    const words = Uint32Array.from({ length: n }, (_, i) => b.readUInt16LE(i * 2) << 16);
    return new Float32Array(words.buffer);
  },
  I64: fill(8, (b, o) => Number(b.readBigInt64LE(o))),
  I32: fill(4, (b, o) => b.readInt32LE(o)),
  U8: fill(1, (b, o) => b[o]),
};

function halfToFloat(h: number): number {
  const sign = h & 0x8000 ? -1 : 1;
  const exponent = (h >> 10) & 0x1f;
  const fraction = h & 0x3ff;
  if (exponent === 0) return sign * 2 ** -14 * (fraction / 1024);
  if (exponent === 31) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
  return sign * 2 ** (exponent - 15) * (1 + fraction / 1024);
}
