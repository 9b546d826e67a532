// What a manifest wants to know of an image: subject, site, attributes, pixel spacing.

import type { DataSet } from './dataset.js';
import { functionalGroup, itemOf, numbersOf, textOf } from './text.js';

/** Values as the file has them, direct identifiers included: never write them into a manifest. */
export interface DicomTags {
  readonly patientId: string | null;
  readonly studyInstanceUid: string | null;
  readonly seriesInstanceUid: string | null;
  readonly sopInstanceUid: string | null;
  readonly modality: string | null;
  readonly institution: string | null;
  /** Manufacturer and model. */
  readonly device: string | null;
  /** Years. */
  readonly age: number | null;
  readonly sex: 'F' | 'M' | 'O' | null;
  readonly viewPosition: string | null;
  /** R, L, B (both) or U (unpaired). */
  readonly laterality: string | null;
  readonly bodyPart: string | null;
  /** YYYY-MM-DD. */
  readonly studyDate: string | null;
  /** Whether identifying text is in the pixels; null where the file does not say. */
  readonly burnedInAnnotation: 'YES' | 'NO' | null;
  /** The tags asked for by `extra`, by the name they were asked for. */
  readonly extra: Readonly<Record<string, string | null>>;
}

/**
 * @param extra further tags, written `0010,0020` or `(0010,0020)`
 * @param frame whose functional groups tell the laterality of an enhanced image
 */
export function readTags(data: DataSet, frame: number, extra: readonly string[] = []): DicomTags {
  const text = (tag: string): string | null => textOf(data, tag) ?? null;
  const code = (tag: string): string | null => {
    const item = itemOf(data, tag);
    return (item && textOf(item, 'x00080104', data.string('x00080005'))) ?? null;
  };
  const anatomy = functionalGroup(data, 'x00209071', frame);
  const sex = text('x00100040')?.toUpperCase();
  const burnedIn = text('x00280301')?.toUpperCase();
  const studyDate = dateOf(text('x00080020'));
  return {
    patientId: text('x00100020'),
    studyInstanceUid: text('x0020000d'),
    seriesInstanceUid: text('x0020000e'),
    sopInstanceUid: text('x00080018'),
    modality: text('x00080060'),
    institution: text('x00080080'),
    device: [text('x00080070'), text('x00081090')].filter(Boolean).join(' ') || null,
    age: ageOf(text('x00101010')) ?? yearsBetween(dateOf(text('x00100030')), studyDate),
    sex: sex === 'F' || sex === 'M' || sex === 'O' ? sex : null,
    viewPosition: text('x00185101') ?? code('x00540220'),
    laterality:
      text('x00200062') ?? text('x00200060') ?? (anatomy && textOf(anatomy, 'x00209072')) ?? null,
    bodyPart: text('x00180015'),
    studyDate,
    burnedInAnnotation: burnedIn === 'YES' || burnedIn === 'NO' ? burnedIn : null,
    extra: Object.fromEntries(extra.map((name) => [name, text(elementTag(name))])),
  };
}

/** `0010,0020` as the parser names it. */
const elementTag = (name: string): string => `x${name.replaceAll(/[^0-9a-f]/gi, '').toLowerCase()}`;

/** An age string (AS), as 045Y, 018M, 003W, 010D, in years. */
function ageOf(text: string | null): number | null {
  const [, count, unit] = /^(\d{1,3})([YMWD])$/.exec(text?.toUpperCase() ?? '') ?? [];
  if (!Number(count) && unit !== 'D') return null; // 000Y says that nobody knows
  const perYear = { Y: 1, M: 12, W: 52.18, D: 365.25 }[unit] ?? 1;
  return Math.round((10 * Number(count)) / perYear) / 10;
}

/** A date (DA), also as the old 1998.01.31. */
function dateOf(text: string | null): string | null {
  const [, year, month, day] = /^(\d{4})\.?(\d{2})\.?(\d{2})$/.exec(text ?? '') ?? [];
  const date = `${year}-${month}-${day}`;
  return year && !Number.isNaN(Date.parse(date)) ? date : null;
}

function yearsBetween(from: string | null, to: string | null): number | null {
  if (!from || !to) return null;
  const years = (Date.parse(to) - Date.parse(from)) / (365.25 * 86_400_000);
  return years >= 0 && years < 130 ? Math.floor(years) : null;
}

/**
 * Distance of pixel centres in mm, [between rows, between columns]: Pixel Spacing, of the frame or
 * the file; else what holds at the detector or the scanner; else the first region of ultrasound.
 */
export function pixelSpacing(data: DataSet, frame: number): [number, number] | null {
  const measures = functionalGroup(data, 'x00289110', frame);
  const candidates = [
    measures && numbersOf(measures, 'x00280030'),
    numbersOf(data, 'x00280030'),
    numbersOf(data, 'x00181164'),
    numbersOf(data, 'x00182010'),
    ultrasoundSpacing(data),
  ];
  const found = candidates.find((one) => one?.length === 2 && one.every((mm) => mm > 0));
  return found ? [found[0], found[1]] : null;
}

/** Physical deltas of the first region, where both its axes are lengths in cm (unit 3). */
function ultrasoundSpacing(data: DataSet): number[] | undefined {
  const region = itemOf(data, 'x00186011');
  if (region?.uint16('x00186024') !== 3 || region.uint16('x00186026') !== 3) return undefined;
  const mm = (tag: string): number => 10 * Math.abs(region.double(tag) ?? 0);
  return [mm('x0018602e'), mm('x0018602c')];
}
