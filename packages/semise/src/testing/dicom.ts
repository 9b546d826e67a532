// DICOM files for tests, made element by element, and the programs that judge what we make of them.

import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  type EncodedElement,
  type Encoding,
  encodeElement,
  encodeItems,
} from '../data/deidentify/element-writer.js';
import { EXPLICIT_LITTLE } from '../data/dicom/transfer-syntax.js';

/** A value: text, numbers of 16 bits, bytes as they are, or the items of a sequence. */
export type Value = string | readonly number[] | Uint8Array | readonly Elements[];
/** `ggggeeee` or `ggggeeee VR` to value; the VR is needed where the value does not tell it. */
export type Elements = Readonly<Record<string, Value>>;

const isItems = (value: Value): value is readonly Elements[] =>
  Array.isArray(value) && typeof value[0] === 'object';

function encodeAll(elements: Elements, encoding: Encoding): Buffer {
  const parts = Object.entries(elements)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([name, value]) => encodeElement(encodeOne(name, value, encoding), encoding));
  return Buffer.concat(parts);
}

function encodeOne(name: string, value: Value, encoding: Encoding): EncodedElement {
  const [tag, vr] = name.split(' ');
  if (typeof value === 'string')
    return { tag, vr: vr ?? 'LO', value: Buffer.from(value, 'latin1') };
  if (value instanceof Uint8Array) return { tag, vr: vr ?? 'OB', value };
  if (isItems(value)) {
    const items = value.map((item) => encodeAll(item, encoding));
    return { tag, vr: 'SQ', value: encodeItems(items, encoding) };
  }
  const numbers = value as readonly number[];
  const bytes = Buffer.alloc(2 * numbers.length);
  numbers.forEach((number, i) => {
    if (encoding.littleEndian) bytes.writeUInt16LE(number & 0xffff, 2 * i);
    else bytes.writeUInt16BE(number & 0xffff, 2 * i);
  });
  return { tag, vr: vr ?? 'US', value: bytes };
}

export interface Picture {
  readonly width: number;
  readonly height: number;
  readonly channels?: 1 | 3;
  /** Bits allocated, bits stored, high bit. */
  readonly bits: readonly [allocated: number, stored: number, high: number];
  readonly signed?: boolean;
  readonly photometric?: string;
  readonly planar?: boolean;
  readonly frames?: number;
}

/** Secondary Capture, which every program takes. */
export const SOP_CLASS = '1.2.840.10008.5.1.4.1.1.7';

/** What describes a picture, and what every image of an archive has. */
export function imageElements(picture: Picture): Elements {
  const { width, height, channels = 1, bits, signed, planar, frames = 1 } = picture;
  return {
    '00080005 CS': 'ISO_IR 100',
    '00080008 CS': 'ORIGINAL\\PRIMARY',
    '00080016 UI': SOP_CLASS,
    '00080018 UI': '1.2.826.0.1.3680043.8.498.1',
    '00080020 DA': '20200131',
    '00080030 TM': '101500',
    '00080050 SH': 'ACC1',
    '00080060 CS': 'OT',
    '00080064 CS': 'WSD',
    '00080090 PN': '',
    '00100010 PN': 'Doe^Jane',
    '00100020 LO': 'ID-1',
    '00100030 DA': '19500615',
    '00100040 CS': 'F',
    '0020000d UI': '1.2.826.0.1.3680043.8.498.2',
    '0020000e UI': '1.2.826.0.1.3680043.8.498.3',
    '00200010 SH': 'STUDY1',
    '00200011 IS': '1',
    '00200013 IS': '1',
    '00200020 CS': '',
    '00280002': [channels],
    '00280004 CS': picture.photometric ?? (channels === 3 ? 'RGB' : 'MONOCHROME2'),
    ...(channels === 3 && { '00280006': [planar ? 1 : 0] }),
    ...(frames > 1 && { '00280008 IS': String(frames) }),
    '00280010': [height],
    '00280011': [width],
    '00280100': [bits[0]],
    '00280101': [bits[1]],
    '00280102': [bits[2]],
    '00280103': [signed ? 1 : 0],
  };
}

/**
 * A Part 10 file.
 *
 * @param pixels the value of Pixel Data; fragments (the first is the offset table) where it is encapsulated
 */
export function dicomFile(
  elements: Elements,
  pixels?: Uint8Array | readonly Uint8Array[],
  syntax = EXPLICIT_LITTLE.uid,
  encoding: Encoding = EXPLICIT_LITTLE,
): Buffer {
  const meta = encodeAll(
    {
      '00020001': Buffer.from([0, 1]),
      '00020002 UI': SOP_CLASS,
      '00020003 UI': String(elements['00080018 UI'] ?? '1.2.3'),
      '00020010 UI': syntax,
      '00020012 UI': '1.2.826.0.1.3680043.8.498.9',
    },
    EXPLICIT_LITTLE,
  );
  const length = Buffer.alloc(4);
  length.writeUInt32LE(meta.length);
  return Buffer.concat([
    Buffer.alloc(128),
    Buffer.from('DICM'),
    ...encodeElement({ tag: '00020000', vr: 'UL', value: length }, EXPLICIT_LITTLE),
    meta,
    encodeAll(elements, encoding),
    ...(pixels ? encodeElement(pixelElement(elements, pixels), encoding) : []),
  ]);
}

function pixelElement(
  elements: Elements,
  pixels: Uint8Array | readonly Uint8Array[],
): EncodedElement {
  if (pixels instanceof Uint8Array) {
    const wide = (elements['00280100'] as number[] | undefined)?.[0] === 16;
    return { tag: '7fe00010', vr: wide ? 'OW' : 'OB', value: pixels };
  }
  const even = pixels.map((one) => Buffer.concat([one, Buffer.alloc(one.length % 2)]));
  const delimiter = Buffer.from([0xfe, 0xff, 0xdd, 0xe0, 0, 0, 0, 0]);
  const value = Buffer.concat([encodeItems(even, EXPLICIT_LITTLE), delimiter]);
  return { tag: '7fe00010', vr: 'OB', value, undefinedLength: true };
}

/** Two bytes a number, little endian. */
export function words16(values: Iterable<number>): Buffer {
  return Buffer.from(Uint16Array.from(values, (value) => value & 0xffff).buffer);
}

/** Why a test of these programs cannot run here, or false; CI installs dcmtk, libgdcm-tools and the like. */
export function missing(...programs: string[]): string | false {
  const absent = programs.filter((name) => spawnSync('which', [name]).status !== 0);
  return (
    absent.length > 0 &&
    `not installed: ${absent.join(', ')} (Debian: dcmtk, libgdcm-tools, dicom3tools, orthanc)`
  );
}

/** Runs a program; its output, or an error with what it said. */
export function runTool(program: string, ...args: string[]): string {
  const { status, stdout, stderr } = spawnSync(program, args, { encoding: 'latin1' });
  if (status !== 0) throw new Error(`${program} ${args.join(' ')}: ${stderr || stdout}`);
  return stdout + stderr;
}

/** Pixel data of an uncompressed file as dcmtk reads them: two bytes a sample little endian, or one. */
export function dcmtkPixels(file: string, folder: string): Buffer {
  runTool('dcmdump', '-q', '+W', folder, '+P', '7fe0,0010', file);
  const raw = readdirSync(folder).find((name) => name.endsWith('.raw'));
  if (!raw) throw new Error(`dcmdump wrote no pixels of ${file}`);
  return readFileSync(join(folder, raw));
}

/** Real DICOM files beside the repository or where SEMISE_DATASETS says; undefined where there are none. */
export function sampleFolder(): string | undefined {
  const candidates = [process.env.SEMISE_DATASETS, join(process.cwd(), '../shared/datasets')];
  return candidates
    .flatMap((root) => (root ? [join(root, 'dicom_samples')] : []))
    .find((folder) => existsSync(join(folder, 'index.csv')));
}
