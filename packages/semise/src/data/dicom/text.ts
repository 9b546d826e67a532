// Text and numbers of a data set; whatever is missing, empty or not what it should be is undefined.

import { convertBytes } from 'dicom-character-set';
import type { DataSet } from 'dicom-parser';

/**
 * The text of an element, in the character set that its data set names (PS3.3 C.12.1.1.2).
 *
 * @param charset of the outer data set, where an item of a sequence names none
 */
export function textOf(data: DataSet, tag: string, charset?: string): string | undefined {
  const element = data.elements[tag];
  if (!element?.length || element.items) return undefined;
  const { dataOffset, length } = element;
  const bytes = data.byteArray.subarray(dataOffset, dataOffset + length);
  const named = data.string('x00080005') ?? charset;
  let text: string;
  try {
    text = convertBytes(named, Uint8Array.from(bytes), { vr: element.vr ?? 'LO' });
  } catch {
    text = Buffer.from(bytes).toString('latin1');
  }
  // biome-ignore lint/suspicious/noControlCharactersInRegex: NUL pads UIDs, others have no place here
  return text.replaceAll(/[\x00-\x1f\x7f]+/g, ' ').trim() || undefined;
}

/** The values of a decimal string (DS) or, in data sets of other VRs, of floating point numbers. */
export function numbersOf(data: DataSet, tag: string): number[] {
  const element = data.elements[tag];
  if (!element?.length) return [];
  if (element.vr === 'FD' || element.vr === 'FL') {
    const [size, read] = element.vr === 'FD' ? [8, data.double] : [4, data.float];
    return Array.from({ length: Math.floor(element.length / size) }, (_, i) =>
      Number(read.call(data, tag, i)),
    );
  }
  const text = data.string(tag) ?? '';
  const numbers = text.split('\\').map((one) => (one.trim() ? Number(one) : Number.NaN));
  return numbers.every(Number.isFinite) ? numbers : [];
}

/** The data set of an item of a sequence; the first by default. */
export const itemOf = (data: DataSet | undefined, tag: string, index = 0): DataSet | undefined =>
  data?.elements[tag]?.items?.[index]?.dataSet;

/** Functional groups of a frame (PS3.3 C.7.6.16): its own, then those shared by all frames. */
export function functionalGroup(data: DataSet, tag: string, frame: number): DataSet | undefined {
  return itemOf(itemOf(data, 'x52009230', frame), tag) ?? itemOf(itemOf(data, 'x52009229'), tag);
}
