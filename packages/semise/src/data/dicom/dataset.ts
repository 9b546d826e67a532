// Bytes become a DICOM data set (PS3.5, PS3.10): where it begins, how it is encoded, its elements.

import { inflateRawSync } from 'node:zlib';
import dicomParser, { type ByteArrayParser, type DataSet, type Element } from 'dicom-parser';
import { InputError } from '../../errors.js';
import { DEFAULT_LIMITS, type DecodeLimits } from './limits.js';
import { textOf } from './text.js';
import {
  EXPLICIT_BIG,
  EXPLICIT_LITTLE,
  IMPLICIT_LITTLE,
  type TransferSyntax,
  transferSyntax,
} from './transfer-syntax.js';

export type { DataSet, Element } from 'dicom-parser';

// Missing in the package's own types.
declare module 'dicom-parser' {
  export const DataSet: new (
    parser: ByteArrayParser,
    bytes: Uint8Array,
    elements: Record<string, Element>,
  ) => DataSet;
}

export interface DicomFile {
  readonly syntax: TransferSyntax;
  /** Bytes that the elements' offsets refer to (inflated, where the file was deflated). */
  readonly bytes: Uint8Array;
  /** Group 0002; empty in a file without it. */
  readonly meta: DataSet;
  /** All elements before the pixel data. */
  readonly data: DataSet;
  /** Pixel Data (7FE0,0010): its header only, nothing of it is read yet. */
  readonly pixelData?: Element;
}

/** Part 10 files have these four letters after 128 bytes of any content. */
const hasPreamble = (bytes: Uint8Array): boolean =>
  bytes.length >= 132 && String.fromCharCode(...bytes.subarray(128, 132)) === 'DICM';

const VRS = new Set(
  'AE AS AT CS DA DS DT FL FD IS LO LT OB OD OF OL OV OW PN SH SL SQ SS ST SV TM UC UI UL UN UR US UT UV'.split(
    ' ',
  ),
);

/** The encoding of a data set that begins at `at`, by its first element; undefined if it looks like none. */
function encodingAt(bytes: Uint8Array, at: number): TransferSyntax | undefined {
  if (bytes.length < at + 12) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const plausible = (group: number): boolean => group === 0x0002 || group === 0x0008;
  const explicit = VRS.has(String.fromCharCode(bytes[at + 4], bytes[at + 5]));
  if (explicit && plausible(view.getUint16(at, true))) return EXPLICIT_LITTLE;
  if (explicit && plausible(view.getUint16(at, false))) return EXPLICIT_BIG;
  const length = view.getUint32(at + 4, true);
  const next = at + 8 + length;
  const second = next + 4 <= bytes.length ? view.getUint32(next, true) : 0;
  // Implicit VR shows no letters; the tag after the first element must follow it.
  const ascends = (second & 0xffff) === 0x0008 && second > view.getUint32(at, true);
  return view.getUint16(at, true) === 0x0008 && length <= 256 && ascends
    ? IMPLICIT_LITTLE
    : undefined;
}

/**
 * Whether bytes are the beginning of a DICOM file, by their content: Part 10 files, and data sets
 * without the 128-byte preamble or without file meta information.
 *
 * @param head the first bytes of the file; 512 are enough
 */
export const isDicom = (head: Uint8Array): boolean =>
  hasPreamble(head) || encodingAt(head, 0) !== undefined;

/** A parser of numbers that stops after so many reads: every element costs two, for its tag. */
function counted(parser: ByteArrayParser, elements: number): ByteArrayParser {
  let left = 2 * elements;
  return {
    ...parser,
    readUint16: (bytes, position) => {
      if (--left < 0) throw new InputError(`more than ${elements} data elements`);
      return parser.readUint16(bytes, position);
    },
  };
}

/** Reads group 0002, which is always explicit little endian; returns where the data set begins. */
function readMeta(
  bytes: Uint8Array,
  start: number,
  elements: number,
): { meta: DataSet; end: number } {
  const parser = counted(dicomParser.littleEndianByteArrayParser, elements);
  const stream = new dicomParser.ByteStream(parser, bytes, start);
  const meta = new dicomParser.DataSet(parser, bytes, {});
  while (stream.position + 8 <= bytes.length && parser.readUint16(bytes, stream.position) === 2) {
    const element = dicomParser.readDicomElementExplicit(stream, []);
    meta.elements[element.tag] = element;
  }
  return { meta, end: stream.position };
}

function inflate(bytes: Uint8Array, limit: number): Uint8Array {
  try {
    return inflateRawSync(bytes, { maxOutputLength: limit });
  } catch (error) {
    throw new InputError(`deflated data set cannot be inflated (${(error as Error).message})`);
  }
}

/**
 * Reads all elements but the pixel data.
 *
 * @throws InputError with the reason if the bytes are no DICOM data set, or go beyond a limit
 */
export function openDicom(given: Uint8Array, limits: DecodeLimits = {}): DicomFile {
  // A Buffer's own slice() shares memory: work on the plain array below it.
  const file = new Uint8Array(given.buffer, given.byteOffset, given.byteLength);
  const { elements, inflatedBytes } = { ...DEFAULT_LIMITS, ...limits };
  return withReason('not readable as DICOM', () => {
    const start = hasPreamble(file) ? 132 : 0;
    if (start === 0 && !isDicom(file)) throw new InputError('not a DICOM file');
    const { meta, end } = readMeta(file, start, elements);
    const uid = textOf(meta, 'x00020010')?.slice(0, 64);
    const syntax = uid ? transferSyntax(uid) : (encodingAt(file, end) ?? IMPLICIT_LITTLE);

    const bytes = syntax.deflated ? inflate(file.subarray(end), inflatedBytes) : file;
    const from = syntax.deflated ? 0 : end;
    if (from >= bytes.length) throw new InputError('the file ends after its header');
    const parser = counted(
      syntax.littleEndian
        ? dicomParser.littleEndianByteArrayParser
        : dicomParser.bigEndianByteArrayParser,
      elements,
    );
    const stream = new dicomParser.ByteStream(parser, bytes, from);
    const data = new dicomParser.DataSet(parser, bytes, {});
    const parse = syntax.explicit
      ? dicomParser.parseDicomDataSetExplicit
      : dicomParser.parseDicomDataSetImplicit;
    parse(data, stream, bytes.length, { untilTag: PIXEL_DATA });
    const { [PIXEL_DATA]: pixelData, ...others } = data.elements;
    const plain = syntax.littleEndian
      ? dicomParser.littleEndianByteArrayParser
      : dicomParser.bigEndianByteArrayParser;
    return { syntax, bytes, meta, data: new dicomParser.DataSet(plain, bytes, others), pixelData };
  });
}

const PIXEL_DATA = 'x7fe00010';

/** Runs work on hostile bytes; whatever it throws becomes an InputError with a reason. */
export function withReason<T>(what: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw asInputError(what, error);
  }
}

/** Parsers throw strings, codecs throw numbers and aborts: all become one line. */
export function asInputError(what: string, error: unknown): InputError {
  if (error instanceof InputError) return error;
  if (error instanceof RangeError && /call stack/.test(error.message)) {
    return new InputError(`${what} (sequences are nested too deeply)`);
  }
  const reason = error instanceof Error ? error.message : String(error);
  return new InputError(`${what} (${reason.replace(/^dicomParser[.:]\s*/, '').split('\n')[0]})`);
}
