// How the pixels of an image are described (PS3.3 C.7.6.3, C.11): sizes, cells, grey rules, palette.

import { InputError } from '../../errors.js';
import type { DataSet } from './dataset.js';
import type { GreyRules, Window } from './grey.js';
import { isUsable } from './grey.js';
import { type LookupTable, readLookupTable } from './lookup-table.js';
import { type CellLayout, checkLayout } from './samples.js';
import { functionalGroup, itemOf, numbersOf, textOf } from './text.js';

export interface Description {
  readonly width: number;
  readonly height: number;
  readonly channels: 1 | 3;
  readonly frames: number;
  readonly photometric: string;
  /** One channel after the other. */
  readonly planar: boolean;
  readonly layout: CellLayout;
}

/** @throws InputError if a value is missing, absurd or not covered */
export function describe(data: DataSet, maxSamples: number): Description {
  const number = (tag: string, name: string): number => {
    const value = data.uint16(tag);
    if (!value) throw new InputError(`${name} is missing or 0`);
    return value;
  };
  const height = number('x00280010', 'Rows');
  const width = number('x00280011', 'Columns');
  const channels = data.uint16('x00280002') ?? 1;
  if (channels !== 1 && channels !== 3) throw new InputError(`${channels} samples a pixel`);
  if (width * height * channels > maxSamples) {
    throw new InputError(`${width} x ${height} x ${channels} samples: more than ${maxSamples}`);
  }
  const allocated = number('x00280100', 'Bits Allocated');
  const stored = data.uint16('x00280101') ?? allocated;
  const layout = {
    allocated,
    stored,
    highBit: data.uint16('x00280102') ?? stored - 1,
    signed: data.uint16('x00280103') === 1,
  };
  checkLayout(layout);
  return {
    width,
    height,
    channels,
    frames: Math.max(1, data.intString('x00280008') || 1),
    photometric: textOf(data, 'x00280004') ?? (channels === 3 ? 'RGB' : 'MONOCHROME2'),
    planar: channels === 3 && data.uint16('x00280006') === 1,
    layout,
  };
}

/** How samples of a frame become brightness; a window given goes before what the file has. */
export function greyRules(
  data: DataSet,
  frame: number,
  described: Description,
  window?: Window,
): GreyRules {
  const { stored: bits, signed } = described.layout;
  const slopes = functionalGroup(data, 'x00289145', frame) ?? data;
  const table = itemOf(data, 'x00283000');
  const slope = numbersOf(slopes, 'x00281053')[0] || 1;
  const intercept = numbersOf(slopes, 'x00281052')[0] ?? 0;
  const modality = (table && readLookupTable(table, LUT, signed)) ?? { slope, intercept };
  const signedOutput = !('entries' in modality) && (signed || intercept < 0);
  return {
    modality,
    voi: window ?? voiOf(data, frame, signedOutput),
    inverted: described.photometric === 'MONOCHROME1',
    padding: paddingOf(data, signed),
    bits,
    signed,
  };
}

const LUT = { descriptor: 'x00283002', data: 'x00283006' };

/** The first VOI LUT, else the first window; of the frame, where frames have their own. */
function voiOf(data: DataSet, frame: number, signed: boolean): LookupTable | Window | undefined {
  const table = itemOf(data, 'x00283010');
  const lut = table && readLookupTable(table, LUT, signed);
  if (lut) return lut;
  const source = functionalGroup(data, 'x00289132', frame) ?? data;
  const [center] = numbersOf(source, 'x00281050');
  const [width] = numbersOf(source, 'x00281051');
  const named = textOf(source, 'x00281056');
  const shape = named === 'SIGMOID' || named === 'LINEAR_EXACT' ? named : 'LINEAR';
  const window: Window = { center, width, shape };
  return isUsable(window) ? window : undefined;
}

/** Pixel Padding Value to Range Limit (PS3.3 C.7.5.1.1.2), in stored values. */
function paddingOf(data: DataSet, signed: boolean): [number, number] | undefined {
  const read = signed ? data.int16 : data.uint16;
  const value = read.call(data, 'x00280120');
  if (value === undefined) return undefined;
  const limit = read.call(data, 'x00280121') ?? value;
  return [Math.min(value, limit), Math.max(value, limit)];
}

/** @throws InputError if a table is missing */
export function paletteOf(data: DataSet, signed: boolean): [LookupTable, LookupTable, LookupTable] {
  const table = (n: number): LookupTable => {
    const tags = {
      descriptor: `x0028110${n}`,
      data: `x0028120${n}`,
      segmented: `x0028122${n}`,
    };
    const found = readLookupTable(data, tags, signed);
    if (!found) throw new InputError(`PALETTE COLOR without the lookup table (0028,120${n})`);
    return found;
  };
  return [table(1), table(2), table(3)];
}
