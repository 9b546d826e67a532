// One DICOM file loses what names its patient: PS3.15 Annex E, Basic Application Level Confidentiality
// Profile with the Retain Longitudinal Temporal Information With Modified Dates option.

import { deflateRawSync } from 'node:zlib';
import dicomParser from 'dicom-parser';
import { InputError } from '../../errors.js';
import {
  type DataSet,
  type DicomFile,
  type Element,
  openDicom,
  withReason,
} from '../dicom/dataset.js';
import { readItems } from '../dicom/fragments.js';
import type { DecodeLimits } from '../dicom/limits.js';
import { textOf } from '../dicom/text.js';
import { EXPLICIT_LITTLE } from '../dicom/transfer-syntax.js';
import {
  type EncodedElement,
  type Encoding,
  encodeElement,
  encodeItems,
} from './element-writer.js';
import type { PseudonymKey } from './key.js';
import { type Action, actionFor, standardVr } from './profile.js';
import { remapUid, shiftDate, shiftDays, subjectHash } from './pseudonyms.js';

export interface Deidentified {
  readonly bytes: Uint8Array;
  /** Pseudonym of the patient; Patient ID and Patient's Name of the file. */
  readonly subject: string;
  readonly sopInstanceUid: string;
  /** What was done to which attributes; tags in the order met, nested ones included. */
  readonly changes: readonly { readonly tag: string; readonly action: Action }[];
  /** Reasons why a person should look at the picture. */
  readonly warnings: readonly string[];
}

const METHOD = 'DICOM PS3.15 Basic Profile, dates shifted (semise)';
const CODES = [
  ['113100', 'Basic Application Confidentiality Profile'],
  ['113107', 'Retain Longitudinal Temporal Information Modified Dates Option'],
] as const;
/** A UID made once for this program, from a random UUID (PS3.5 B.2). */
const IMPLEMENTATION = '2.25.110567193850066364873605115659717976742';

/** Modalities whose pictures are known for text burned in. */
const OFTEN_BURNED_IN = new Set(['US', 'SC', 'OT', 'XC', 'ES', 'GM', 'RF', 'XA', 'IVUS', 'DOC']);

/**
 * De-identifies a DICOM image file. The pixel data, and all values that the profile keeps, are
 * copied byte for byte; the transfer syntax stays.
 *
 * @throws InputError with the reason if the file cannot be read to its end, or is no image
 */
export function deidentifyDicom(
  bytes: Uint8Array,
  key: PseudonymKey,
  limits: DecodeLimits = {},
): Deidentified {
  return withReason('not de-identified', () => {
    const file = openDicom(bytes, limits);
    if (!file.pixelData) throw new InputError('no pixel data: only images are exported');
    const { data, syntax } = file;
    const patient = textOf(data, 'x00100020') ?? textOf(data, 'x00100010');
    const identity = patient ?? textOf(data, 'x0020000d') ?? '';
    const subject = subjectHash(key, identity);
    const cleaner = new Cleaner(key, shiftDays(key, identity), textOf(data, 'x00080005'));
    const uid = textOf(data, 'x00080018') ?? textOf(file.meta, 'x00020003');
    if (!uid) throw new InputError('no SOP Instance UID: not a DICOM image of an archive');
    const sopInstanceUid = remapUid(key, uid);

    const elements = cleaner.clean(data, syntax);
    for (const element of identityElements(subject, syntax)) set(elements, element);
    elements.push(pixelElement(file));
    const body = encode(elements, syntax);
    const meta = metaElements(file, sopInstanceUid);
    return {
      bytes: Buffer.concat([
        Buffer.alloc(128),
        Buffer.from('DICM'),
        ...encodeMeta(meta),
        syntax.deflated ? deflateRawSync(body) : body,
      ]),
      subject,
      sopInstanceUid,
      changes: cleaner.changes,
      warnings: warningsOf(data),
    };
  });
}

/** Applies the profile to a data set and all that is nested in it. */
class Cleaner {
  readonly changes: { tag: string; action: Action }[] = [];

  constructor(
    private readonly key: PseudonymKey,
    private readonly days: number,
    private readonly charset: string | undefined,
  ) {}

  clean(data: DataSet, encoding: Encoding): EncodedElement[] {
    return Object.values(data.elements)
      .filter(({ tag }) => tag !== 'xfffee00d')
      .flatMap((element) => this.cleanElement(data, element, encoding));
  }

  private cleanElement(data: DataSet, element: Element, encoding: Encoding): EncodedElement[] {
    const tag = element.tag.slice(1);
    const known = standardVr(tag);
    const unknown = element.vr === undefined || element.vr === 'UN';
    const items =
      element.items ?? (unknown && known === 'SQ' ? hiddenItems(data, element) : undefined);
    const vr = items ? 'SQ' : unknown ? (known ?? 'UN') : element.vr!;
    const action = actionFor(tag, vr);
    if (action !== 'keep') this.changes.push({ tag, action });
    if (action === 'remove') return [];
    const written = element.vr ?? known ?? 'UN';
    const make = (value: Uint8Array): EncodedElement[] => [{ tag, vr: written, value }];
    if (action === 'empty') return make(new Uint8Array(0));
    if (items) {
      // Inside an element of unknown VR everything is implicit little endian (PS3.5 6.2.2).
      const inner = element.vr === 'UN' ? { explicit: false, littleEndian: true } : encoding;
      const cleaned = items.map(({ dataSet }) => encode(this.clean(dataSet!, inner), inner));
      return make(encodeItems(cleaned, inner));
    }
    const raw = data.byteArray.subarray(element.dataOffset, element.dataOffset + element.length);
    if (raw.length < element.length) throw new InputError('the file ends inside a data element');
    if (element.hadUndefinedLength) throw new InputError(`(${tag}) has no length`);
    if (action === 'keep' || raw.length === 0) return make(raw);
    return make(this.replace(action, vr, data, element, raw));
  }

  private replace(
    action: Action,
    vr: string,
    data: DataSet,
    element: Element,
    raw: Uint8Array,
  ): Uint8Array {
    const values = (textOf(data, element.tag, this.charset) ?? '').split('\\');
    const text = (changed: readonly string[]) => Buffer.from(changed.join('\\'), 'latin1');
    if (action === 'uid') return text(values.map((uid) => uid && remapUid(this.key, uid)));
    if (action === 'shift') {
      if (vr === 'TM') return raw;
      return text(values.map((date) => shiftDate(date, this.days) ?? ''));
    }
    return dummy(vr, raw);
  }
}

/** A sequence that its writer declared unknown: its items are implicit little endian. */
function hiddenItems(data: DataSet, element: Element): Element[] {
  if (element.length === 0) return [];
  const end = element.dataOffset + element.length;
  const parser = dicomParser.littleEndianByteArrayParser;
  const stream = new dicomParser.ByteStream(
    parser,
    data.byteArray.subarray(0, end),
    element.dataOffset,
  );
  const copy = { ...element };
  dicomParser.readSequenceItemsImplicit(stream, copy);
  return copy.items ?? [];
}

/** A value that says nothing, of the VR (PS3.15 E.3: D). */
function dummy(vr: string, raw: Uint8Array): Uint8Array {
  const text = {
    AS: '000Y',
    CS: 'ANONYMIZED',
    DA: '19000101',
    DS: '0',
    DT: '19000101000000',
    IS: '0',
    TM: '000000',
  }[vr];
  if (text) return Buffer.from(text);
  const isText = ['AE', 'LO', 'LT', 'PN', 'SH', 'ST', 'UC', 'UR', 'UT'].includes(vr);
  return isText ? Buffer.from('ANONYMIZED') : new Uint8Array(raw.length);
}

const textElement = (tag: string, vr: string, text: string): EncodedElement => ({
  tag,
  vr,
  value: Buffer.from(text, 'latin1'),
});

/** Puts an element in its place, which is by its tag. */
function set(elements: EncodedElement[], element: EncodedElement): void {
  const at = elements.findIndex(({ tag }) => tag >= element.tag);
  if (at < 0) elements.push(element);
  else elements.splice(at, elements[at].tag === element.tag ? 1 : 0, element);
}

/** Who the file is of now, and how it was de-identified (PS3.15 E.1.1, PS3.3 C.7.1.1). */
function identityElements(subject: string, encoding: Encoding): EncodedElement[] {
  const items = CODES.map(([value, meaning]) =>
    encode(
      [
        textElement('00080100', 'SH', value),
        textElement('00080102', 'SH', 'DCM'),
        textElement('00080104', 'LO', meaning),
      ],
      encoding,
    ),
  );
  return [
    textElement('00100010', 'PN', subject),
    textElement('00100020', 'LO', subject),
    textElement('00120062', 'CS', 'YES'),
    textElement('00120063', 'LO', METHOD),
    { tag: '00120064', vr: 'SQ', value: encodeItems(items, encoding) },
    textElement('00280303', 'CS', 'MODIFIED'),
  ];
}

/** File meta information (PS3.10 7.1), new but for the class and the transfer syntax. */
function metaElements(file: DicomFile, sopInstanceUid: string): EncodedElement[] {
  const sopClass = textOf(file.data, 'x00080016') ?? textOf(file.meta, 'x00020002') ?? '';
  return [
    { tag: '00020001', vr: 'OB', value: Buffer.from([0, 1]) },
    textElement('00020002', 'UI', sopClass),
    textElement('00020003', 'UI', sopInstanceUid),
    textElement('00020010', 'UI', file.syntax.uid),
    textElement('00020012', 'UI', IMPLEMENTATION),
    textElement('00020013', 'SH', 'SEMISE'),
  ];
}

function encodeMeta(elements: readonly EncodedElement[]): Buffer[] {
  const rest = encode(elements, EXPLICIT_LITTLE);
  const length = Buffer.alloc(4);
  length.writeUInt32LE(rest.length);
  return [encode([{ tag: '00020000', vr: 'UL', value: length }], EXPLICIT_LITTLE), rest];
}

const encode = (elements: readonly EncodedElement[], encoding: Encoding): Buffer =>
  Buffer.concat(elements.flatMap((element) => encodeElement(element, encoding)));

/** The pixel data as they are: plain, or all their fragments with the delimiter that ends them. */
function pixelElement({ bytes, pixelData }: DicomFile): EncodedElement {
  const { dataOffset, length, vr = 'OW', hadUndefinedLength } = pixelData!;
  let end = dataOffset + length;
  if (hadUndefinedLength) {
    const items = readItems(bytes, pixelData!);
    end = dataOffset + items.reduce((sum, item) => sum + 8 + item.length, 8);
  }
  if (end > bytes.length) throw new InputError('pixel data are cut short');
  return {
    tag: '7fe00010',
    vr,
    value: bytes.subarray(dataOffset, end),
    undefinedLength: hadUndefinedLength,
  };
}

function warningsOf(data: DataSet): string[] {
  const burnedIn = textOf(data, 'x00280301')?.toUpperCase();
  const modality = textOf(data, 'x00080060') ?? '';
  const warnings: string[] = [];
  if (burnedIn === 'YES') {
    warnings.push('Burned In Annotation is YES: identifying text is in the pixels');
  } else if (burnedIn !== 'NO' && OFTEN_BURNED_IN.has(modality)) {
    warnings.push(`Burned In Annotation is not stated, and ${modality} images often have text`);
  }
  if (textOf(data, 'x00280302')?.toUpperCase() === 'YES') {
    warnings.push('Recognizable Visual Features is YES: the picture may show who it is');
  }
  return warnings;
}
