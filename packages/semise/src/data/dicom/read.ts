// A DICOM file becomes an image that is ready to show: parse, pick the frame, decode, render.

import { inflateRawSync } from 'node:zlib';
import { InputError } from '../../errors.js';
import { decodeFrame } from './codecs.js';
import { type CodestreamHeader, readJpeg2000Header, readJpegHeader } from './codestream.js';
import { throughPalette, toFullRange, ybrToRgb } from './colour.js';
import { asInputError, type DicomFile, openDicom, withReason } from './dataset.js';
import { type Description, describe, greyRules, paletteOf } from './description.js';
import { encapsulatedFrame } from './fragments.js';
import { isUsable, render } from './grey.js';
import { DEFAULT_LIMITS, type DecodeLimits } from './limits.js';
import { decodeRle } from './rle.js';
import {
  bits,
  clampSamples,
  extractSamples,
  interleave,
  type Samples,
  spread422,
  words,
} from './samples.js';
import { type DicomTags, pixelSpacing, readTags } from './tags.js';
import type { TransferSyntax } from './transfer-syntax.js';

/** Which frame of several; a number counts from 0. */
export type FrameChoice = 'first' | 'middle' | 'last' | number;

export interface ReadDicomOptions {
  /** Default `middle`. */
  readonly frame?: FrameChoice;
  readonly limits?: DecodeLimits;
  /** For grey images instead of what the file has, in modality units (Hounsfield units for CT). */
  readonly window?: { readonly center: number; readonly width: number };
  /** Further tags for `tags.extra`, written `0010,0020`. */
  readonly extraTags?: readonly string[];
}

export interface DicomImage {
  readonly width: number;
  readonly height: number;
  readonly channels: 1 | 3;
  /** Of `pixels`: 8 or 16, whose whole range counts. */
  readonly bits: 8 | 16;
  /** Height x width x channels, interleaved; grey after Modality and VOI LUT, or RGB. 0 is black. */
  readonly pixels: Uint8Array | Uint16Array;
  /** The frame's stored values, before anything is made of them. */
  readonly stored: {
    /** Height x width x channels, interleaved. */
    readonly data: Samples;
    readonly bits: number;
    readonly signed: boolean;
    readonly channels: 1 | 3;
    readonly photometric: string;
  };
  /** mm between rows and between columns. */
  readonly spacing: readonly [row: number, column: number] | null;
  readonly frames: number;
  /** The frame that was decoded, from 0. */
  readonly frame: number;
  /** UID. */
  readonly transferSyntax: string;
  readonly tags: DicomTags;
}

/**
 * Decodes one frame of a DICOM file.
 *
 * Grey (PS3.3 C.11): Modality LUT or rescale; the first VOI LUT, else the first window (LINEAR,
 * LINEAR_EXACT, SIGMOID), else see `render`; MONOCHROME1 inverted; Pixel Padding black. Colour:
 * palettes applied, YBR to RGB.
 *
 * @param bytes the whole file
 * @throws InputError with the reason, whatever the bytes are; it names no file, that is the caller's
 */
export async function readDicom(
  bytes: Uint8Array,
  options: ReadDicomOptions = {},
): Promise<DicomImage> {
  const limits = { ...DEFAULT_LIMITS, ...options.limits };
  try {
    const file = openDicom(bytes, limits);
    if (!file.pixelData) throw new InputError(withoutPixels(file));
    const described = describe(file.data, limits.samples);
    const frame = chooseFrame(options.frame ?? 'middle', described.frames);
    const { data, photometric } = await frameSamples(file, described, frame, limits);
    const { width, height, channels, layout, frames } = described;
    const stored = { data, bits: layout.stored, signed: layout.signed, channels, photometric };
    return {
      width,
      height,
      ...show(file, { ...described, photometric }, data, frame, options.window),
      stored,
      spacing: pixelSpacing(file.data, frame),
      frames,
      frame,
      transferSyntax: file.syntax.uid,
      tags: readTags(file.data, frame, options.extraTags),
    };
  } catch (error) {
    throw asInputError('not decodable as DICOM', error);
  }
}

/** The tags of a DICOM file, whose pixels are not touched. @throws InputError with the reason */
export const readDicomTags = (bytes: Uint8Array, options: ReadDicomOptions = {}): DicomTags =>
  withReason('not readable as DICOM', () =>
    readTags(openDicom(bytes, options.limits).data, 0, options.extraTags),
  );

/** Size and spacing of the picture (of several frames the middle one), its pixels not touched. @throws InputError */
export const dicomShape = (bytes: Uint8Array): Pick<DicomImage, 'width' | 'height' | 'spacing'> =>
  withReason('not readable as DICOM', () => {
    const { data } = openDicom(bytes, DEFAULT_LIMITS);
    const { width, height, frames } = describe(data, DEFAULT_LIMITS.samples);
    return { width, height, spacing: pixelSpacing(data, chooseFrame('middle', frames)) };
  });

function withoutPixels({ data }: DicomFile): string {
  const floats = data.elements.x7fe00008 || data.elements.x7fe00009;
  const modality = data.string('x00080060');
  return floats
    ? 'floating-point pixel data, which are measurements rather than a picture'
    : `no pixel data${modality ? ` (modality ${modality})` : ''}`;
}

function chooseFrame(choice: FrameChoice, frames: number): number {
  const named = { first: 0, middle: (frames - 1) >> 1, last: frames - 1 };
  const frame = typeof choice === 'number' ? choice : named[choice];
  if (!Number.isInteger(frame) || frame < 0 || frame >= frames) {
    throw new InputError(`frame ${frame} was asked for; the file has ${frames}`);
  }
  return frame;
}

interface FrameSamples {
  readonly data: Samples;
  /** As the samples have it: a codestream knows better than the header. */
  readonly photometric: string;
}

async function frameSamples(
  file: DicomFile,
  described: Description,
  frame: number,
  limits: Required<DecodeLimits>,
): Promise<FrameSamples> {
  const { syntax, bytes, data, pixelData } = file;
  if (!syntax.codec) {
    throw new InputError(`no decoder for transfer syntax ${syntax.uid} (${syntax.name})`);
  }
  if (!pixelData!.hadUndefinedLength) {
    // A file may say that its pixels are compressed and have them plain; that is not for us to guess.
    if (syntax.codec !== 'native') {
      throw new InputError(`${syntax.name}, but the pixel data are not encapsulated`);
    }
    const { dataOffset, length, vr } = pixelData!;
    const available = bytes.subarray(dataOffset, dataOffset + length);
    return nativeSamples(available, described, frame, syntax.littleEndian, vr === 'OW');
  }
  if (syntax.codec === 'native') {
    throw new InputError(`${syntax.name}, but the pixel data are encapsulated`);
  }
  const table = data.elements.x7fe00001;
  const offsets = table && bytes.subarray(table.dataOffset, table.dataOffset + table.length);
  const encoded = encapsulatedFrame(bytes, pixelData!, frame, described.frames, offsets);
  const { width, height, channels, layout } = described;
  if (syntax.codec === 'deflated-frame') {
    const plain = inflateRawSync(encoded, { maxOutputLength: limits.inflatedBytes });
    return nativeSamples(plain, { ...described, frames: 1 }, 0, true, false);
  }
  if (syntax.codec === 'rle') {
    if (layout.allocated === 1) throw new InputError('RLE of single bits');
    const planes = decodeRle(encoded, (layout.allocated / 8) * channels, width * height);
    return rleSamples(planes, described);
  }
  const isJpeg2000 = syntax.codec === 'jpeg2000' || syntax.codec === 'htj2k';
  const header = isJpeg2000 ? readJpeg2000Header(encoded) : readJpegHeader(encoded);
  checkHeader(header, described);
  const { signed } = layout;
  const decoded = await decodeFrame(
    { codec: syntax.codec, bytes: encoded, header, signed },
    limits.seconds,
  );
  checkHeader(decoded, described);
  return codecSamples(decoded, header, described, syntax);
}

/** The header of the frame is right about the size; whoever differs is refused before any decoding. */
function checkHeader(header: CodestreamHeader, { width, height, channels, layout }: Description) {
  if (header.width !== width || header.height !== height || header.components !== channels) {
    const stream = `${header.width} x ${header.height} x ${header.components}`;
    throw new InputError(
      `the compressed frame is ${stream}, its description says ${width} x ${height} x ${channels}`,
    );
  }
  if (header.precision < 1 || header.precision > Math.max(8, layout.allocated)) {
    throw new InputError(
      `the compressed frame has ${header.precision} bits, ${layout.allocated} are allocated`,
    );
  }
}

function nativeSamples(
  bytes: Uint8Array,
  described: Description,
  frame: number,
  littleEndian: boolean,
  inWords: boolean,
): FrameSamples {
  const { width, height, channels, photometric, planar, layout } = described;
  const pixels = width * height;
  const halved = channels === 3 && photometric.endsWith('_422');
  const cells = halved ? 4 * Math.ceil(pixels / 2) : pixels * channels;
  const bitCount = cells * layout.allocated;
  const start = frame * bitCount;
  const end = Math.ceil((start + bitCount) / 8);
  if (end > bytes.length) {
    throw new InputError(`pixel data are cut short: ${bytes.length} bytes, ${end} are needed`);
  }
  if (layout.allocated === 1) return { data: bits(bytes, start, cells), photometric };
  let raw: Uint8Array | Uint16Array;
  if (layout.allocated === 16) raw = words(bytes.subarray(start / 8, end), littleEndian);
  else if (littleEndian || !inWords) raw = bytes.subarray(start / 8, end);
  else raw = Uint8Array.from({ length: cells }, (_, i) => bytes[(start / 8 + i) ^ 1]);
  if (halved && raw instanceof Uint8Array) raw = spread422(raw, pixels);
  else if (planar) raw = interleave(raw, channels);
  return { data: extractSamples(raw, layout), photometric };
}

function rleSamples(planes: Uint8Array, described: Description): FrameSamples {
  const { width, height, channels, photometric, layout } = described;
  const pixels = width * height;
  if (layout.allocated === 8) {
    return { data: extractSamples(interleave(planes, channels), layout), photometric };
  }
  const cells = new Uint16Array(pixels * channels);
  for (let c = 0; c < channels; c++) {
    const high = 2 * c * pixels;
    for (let i = 0; i < pixels; i++) {
      cells[i * channels + c] = (planes[high + i] << 8) | planes[high + pixels + i];
    }
  }
  return { data: extractSamples(cells, layout), photometric };
}

function codecSamples(
  decoded: { readonly data: Uint8Array; readonly precision: number; readonly planar: boolean },
  header: CodestreamHeader,
  described: Description,
  syntax: TransferSyntax,
): FrameSamples {
  const { width, height, channels, photometric, layout } = described;
  const count = width * height * channels;
  const wide = decoded.precision > 8;
  if (decoded.data.length < count * (wide ? 2 : 1))
    throw new InputError('the codec gave too little');
  let cells: Uint8Array | Uint16Array = wide
    ? words(decoded.data, true).subarray(0, count)
    : decoded.data.subarray(0, count);
  if (decoded.planar) cells = interleave(cells, channels);
  const { precision } = decoded;
  const { stored, highBit, signed } = layout;
  const allocated = wide ? 16 : 8;
  const extract = (bits: number, high: number) =>
    extractSamples(cells, { allocated, stored: bits, highBit: high, signed });
  let data: Samples;
  // Streams hold the bare samples as a rule; some hold whole cells, the samples somewhere in them.
  if (precision <= stored) data = extract(precision, precision - 1);
  else if (syntax.lossy) data = clampSamples(extract(precision, precision - 1), stored, signed);
  else data = extract(stored, precision > highBit ? highBit : stored - 1);
  return {
    data,
    photometric: channels === 3 ? streamColour(header, photometric, syntax) : photometric,
  };
}

/** The colour model of what a codec gives. */
function streamColour(
  header: CodestreamHeader,
  photometric: string,
  { codec }: TransferSyntax,
): string {
  const isJpeg2000 = codec === 'jpeg2000' || codec === 'htj2k';
  if (isJpeg2000 && (header.colour === 'rgb' || /^YBR_(ICT|RCT)$/.test(photometric))) return 'RGB';
  if (header.colour) return header.colour === 'rgb' ? 'RGB' : 'YBR_FULL';
  return photometric.startsWith('YBR_FULL') ? 'YBR_FULL' : photometric;
}

type Shown = Pick<DicomImage, 'channels' | 'bits' | 'pixels'>;

function show(
  { data }: DicomFile,
  described: Description,
  samples: Samples,
  frame: number,
  window: ReadDicomOptions['window'],
): Shown {
  const chosen = window && { ...window, shape: 'LINEAR' as const };
  if (chosen && !isUsable(chosen)) throw new InputError('a window needs a width of 1 or more');
  const { photometric, channels, layout } = described;
  const as = (pixels: Uint8Array | Uint16Array, of: 1 | 3): Shown => ({
    channels: of,
    bits: pixels instanceof Uint16Array ? 16 : 8,
    pixels,
  });
  if (channels === 1) {
    if (photometric === 'PALETTE COLOR') {
      return as(throughPalette(samples, paletteOf(data, layout.signed)), 3);
    }
    if (photometric.startsWith('MONOCHROME')) {
      return as(render(samples, greyRules(data, frame, described, chosen)), 1);
    }
  } else if (!layout.signed) {
    if (photometric === 'RGB') return as(toFullRange(samples, layout.stored), 3);
    if (photometric === 'YBR_FULL' || photometric === 'YBR_FULL_422') {
      return as(toFullRange(ybrToRgb(samples, layout.stored), layout.stored), 3);
    }
  }
  throw new InputError(`photometric interpretation ${photometric} with ${channels} channels`);
}
