// The frame header of a compressed image, read before a codec may allocate anything for it:
// JPEG, JPEG lossless and JPEG-LS (ITU T.81 B.2.2, T.87 C.2.2) and JPEG 2000 (T.800 A.5.1).

import { InputError } from '../../errors.js';

export interface CodestreamHeader {
  readonly width: number;
  readonly height: number;
  readonly components: number;
  /** Bits a sample. */
  readonly precision: number;
  /** How colour is stored, where the stream itself says so. */
  readonly colour?: 'rgb' | 'ybr';
}

const u16 = (bytes: Uint8Array, at: number): number => (bytes[at] << 8) | bytes[at + 1];
const u32 = (bytes: Uint8Array, at: number): number => u16(bytes, at) * 65536 + u16(bytes, at + 2);

/**
 * Reads the frame header of a JPEG (any process) or JPEG-LS stream.
 * @throws InputError if there is none
 */
export function readJpegHeader(bytes: Uint8Array): CodestreamHeader {
  let colour: CodestreamHeader['colour'];
  if (u16(bytes, 0) !== 0xffd8) throw new InputError('no JPEG stream where one is due');
  let at = 2;
  while (at + 4 <= bytes.length) {
    const marker = bytes[at + 1];
    if (bytes[at] !== 0xff || marker === 0xff) {
      at++;
      continue;
    }
    const length = u16(bytes, at + 2);
    const isFrame = marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);
    if ((isFrame || marker === 0xf7) && at + 10 <= bytes.length) {
      return {
        precision: bytes[at + 4],
        height: u16(bytes, at + 5),
        width: u16(bytes, at + 7),
        components: bytes[at + 9],
        colour,
      };
    }
    if (marker === 0xee && length >= 14 && isAdobe(bytes, at + 4)) {
      colour = bytes[at + 15] === 0 ? 'rgb' : 'ybr';
    }
    if (marker === 0xe0 && String.fromCharCode(...bytes.subarray(at + 4, at + 8)) === 'JFIF') {
      colour ??= 'ybr';
    }
    if (marker === 0xda || length < 2) break;
    at += 2 + length;
  }
  throw new InputError('JPEG stream without frame header');
}

const isAdobe = (bytes: Uint8Array, at: number): boolean =>
  String.fromCharCode(...bytes.subarray(at, at + 5)) === 'Adobe';

/**
 * Reads the SIZ and COD segments of a JPEG 2000 or HTJ2K codestream, bare or inside a JP2 file.
 * @throws InputError if there is none, or its components differ in size or precision
 */
export function readJpeg2000Header(bytes: Uint8Array): CodestreamHeader {
  const start = findCodestream(bytes);
  const components = u16(bytes, start + 40);
  const precision = (bytes[start + 42] & 0x7f) + 1;
  if (start + 42 + 3 * components > bytes.length || components === 0) {
    throw new InputError('JPEG 2000 stream is cut off in its header');
  }
  for (let i = 0; i < components; i++) {
    const at = start + 42 + 3 * i;
    if ((bytes[at] & 0x7f) + 1 !== precision || bytes[at + 1] !== 1 || bytes[at + 2] !== 1) {
      throw new InputError('JPEG 2000 stream with components of several sizes or depths');
    }
  }
  return {
    width: u32(bytes, start + 8) - u32(bytes, start + 16),
    height: u32(bytes, start + 12) - u32(bytes, start + 20),
    components,
    precision,
    ...(usesTransform(bytes, start) && { colour: 'rgb' }),
  };
}

/** Position of SOC followed by SIZ. A JP2 wrapper is against the standard but met. */
function findCodestream(bytes: Uint8Array): number {
  const end = Math.min(bytes.length - 4, 4096);
  for (let at = 0; at <= end; at++) {
    if (u32(bytes, at) === 0xff4fff51) return at;
    if (at === 0 && u32(bytes, 4) !== 0x6a502020) break;
  }
  throw new InputError('no JPEG 2000 stream where one is due');
}

/** Whether the multiple component transform is on: then the codec gives red, green, blue. */
function usesTransform(bytes: Uint8Array, start: number): boolean {
  let at = start + 2;
  while (at + 9 <= bytes.length && bytes[at] === 0xff && bytes[at + 1] !== 0x90) {
    if (bytes[at + 1] === 0x52) return bytes[at + 8] === 1;
    at += 2 + u16(bytes, at + 2);
  }
  return false;
}
