// The worker thread in which codecs written in C decode hostile frames: an abort or an endless loop
// ends the thread, not the program.

import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { parentPort } from 'node:worker_threads';
import type { CodecReply, CodecRequest } from './codecs.js';

if (!parentPort) throw new Error('codecs.ts starts this file as a worker thread');
const port = parentPort;
const require = createRequire(import.meta.url);

/** The interface that Cornerstone's codecs share. */
interface Decoder {
  getEncodedBuffer(length: number): Uint8Array;
  getDecodedBuffer(): Uint8Array;
  getFrameInfo(): { width: number; height: number; bitsPerSample: number; componentCount: number };
  /** 0 = one component after the other, 1 = by line, 2 = by pixel. JPEG-LS only. */
  getInterleaveMode?(): number;
  decode(): void;
  delete(): void;
}
interface CodecModule {
  readonly HEAPU8: Uint8Array;
  readonly J2KDecoder: new () => Decoder;
  readonly JpegLSDecoder: new () => Decoder;
  readonly HTJ2KDecoder: new () => Decoder;
  getExceptionMessage?(pointer: number): string;
}
type Factory = (options: object) => Promise<CodecModule>;

const CORNERSTONE = {
  jpeg2000: ['@cornerstonejs/codec-openjpeg/decodewasm', 'J2KDecoder'],
  'jpeg-ls': ['@cornerstonejs/codec-charls/decodewasm', 'JpegLSDecoder'],
  htj2k: ['@cornerstonejs/codec-openjph/wasm', 'HTJ2KDecoder'],
} as const;

async function loadModule(path: string): Promise<CodecModule> {
  const create: Factory = require(`${path}js`);
  const silent = () => undefined;
  const wasmBinary = await readFile(require.resolve(path));
  return create({ wasmBinary, print: silent, printErr: silent });
}
const modules = new Map<string, Promise<CodecModule>>();

async function decodeByCornerstone(
  codec: keyof typeof CORNERSTONE,
  request: CodecRequest,
): Promise<CodecReply> {
  const [path, name] = CORNERSTONE[codec];
  const loaded = modules.get(codec) ?? loadModule(path);
  modules.set(codec, loaded);
  const module = await loaded;
  const decoder = new module[name]();
  try {
    decoder.getEncodedBuffer(request.bytes.length).set(request.bytes);
    decoder.decode();
    const { width, height, componentCount: components, bitsPerSample } = decoder.getFrameInfo();
    const data = decoder.getDecodedBuffer().slice();
    const planar = components > 1 && decoder.getInterleaveMode?.() === 0;
    const bytesUsed = module.HEAPU8.length;
    decoder.delete();
    return { data, width, height, components, precision: bitsPerSample, planar, bytesUsed };
  } catch (error) {
    throw typeof error === 'number' && module.getExceptionMessage
      ? new Error(module.getExceptionMessage(error))
      : error;
  }
}

/** JPEG, 8 and 12 bits, lossy and lossless: libjpeg-turbo 3 as dcmjs-codecs compiles it. */
async function decodeJpeg({ bytes, header, signed }: CodecRequest): Promise<CodecReply> {
  const { Context, NativeCodecs } = require('dcmjs-codecs') as typeof import('dcmjs-codecs');
  if (!NativeCodecs.isInitialized()) await NativeCodecs.initializeAsync();
  const { width, height, components, precision } = header;
  const context = new Context({
    width,
    height,
    samplesPerPixel: components,
    bitsAllocated: precision > 8 ? 16 : 8,
    bitsStored: precision,
    pixelRepresentation: signed ? 1 : 0,
    planarConfiguration: 0,
    photometricInterpretation: components === 1 ? 'MONOCHROME2' : 'RGB',
    encodedBuffer: bytes,
  });
  const decoded = NativeCodecs.decodeJpeg(context, { convertColorspaceToRgb: false });
  const data = decoded.getDecodedBuffer() ?? new Uint8Array(0);
  return { data, width, height, components, precision, planar: false, bytesUsed: data.length };
}

port.on('message', async (request: CodecRequest) => {
  try {
    const reply = await (request.codec === 'jpeg'
      ? decodeJpeg(request)
      : decodeByCornerstone(request.codec, request));
    port.postMessage(reply, [reply.data.buffer as ArrayBuffer]);
  } catch (error) {
    port.postMessage({ error: error instanceof Error ? error.message : String(error) });
  }
});
