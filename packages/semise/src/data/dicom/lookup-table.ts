// Lookup tables inside a data set: Modality LUT, VOI LUT (PS3.3 C.11.1, C.11.2) and palettes (C.7.6.3.1.5, C.7.9).

import { InputError } from '../../errors.js';
import type { DataSet } from './dataset.js';

export interface LookupTable {
  readonly entries: Uint16Array;
  /** Input value that the first entry belongs to; lower ones take it, too, as higher ones the last. */
  readonly first: number;
  /** Bits an entry. */
  readonly bits: number;
}

/** The output for an input value. */
export const lookUp = ({ entries, first }: LookupTable, value: number): number =>
  entries[Math.max(0, Math.min(entries.length - 1, Math.round(value) - first))];

/**
 * Reads a descriptor and its data.
 *
 * @param signed whether the input values are signed: the descriptor's second value is read so
 * @throws InputError if the data are shorter than the descriptor says
 */
export function readLookupTable(
  data: DataSet,
  tags: { readonly descriptor: string; readonly data: string; readonly segmented?: string },
  signed: boolean,
): LookupTable | undefined {
  const count = data.uint16(tags.descriptor, 0);
  const plain = data.elements[tags.data];
  const segmented = tags.segmented ? data.elements[tags.segmented] : undefined;
  const source = plain?.length ? plain : segmented;
  if (count === undefined || !source?.length) return undefined;
  const asSigned = signed || data.elements[tags.descriptor].vr === 'SS';
  const first = (asSigned ? data.int16 : data.uint16).call(data, tags.descriptor, 1) ?? 0;
  const bits = data.uint16(tags.descriptor, 2) ?? 16;
  const length = count || 65536;
  const bytes = data.byteArray.subarray(source.dataOffset, source.dataOffset + source.length);
  const wide = source === segmented ? bits > 8 : bytes.length >= 2 * length;
  const cells = wide
    ? Uint16Array.from({ length: bytes.length >> 1 }, (_, i) =>
        data.byteArrayParser.readUint16(bytes, 2 * i),
      )
    : Uint16Array.from(bytes);
  const entries = source === segmented ? expand(cells, length, bits) : cells.subarray(0, length);
  if (entries.length < length) {
    throw new InputError(`lookup table holds ${entries.length} of its ${length} entries`);
  }
  return { entries, first, bits };
}

/** Segments of a palette (PS3.3 C.7.9.2): 0 discrete, 1 linear, 2 indirect (by byte offset). */
function expand(cells: Uint16Array, length: number, bits: number): Uint16Array {
  const out = new Uint16Array(length);
  let written = 0;
  const put = (value: number) => {
    if (written < length) out[written++] = value;
  };
  const linear = (count: number, to: number) => {
    const from = written > 0 ? out[written - 1] : to;
    for (let i = 1; i <= count; i++) put(from + Math.round(((to - from) * i) / count));
  };
  /** Runs the segments from a cell on; an indirect one runs earlier ones again, and holds none itself. */
  const run = (start: number, segments: number, nested: boolean): void => {
    let at = start;
    for (let i = 0; i < segments && at < cells.length && written < length; i++) {
      const count = cells[at + 1];
      if (cells[at] === 0) {
        for (const value of cells.subarray(at + 2, at + 2 + count)) put(value);
        at += 2 + count;
      } else if (cells[at] === 1) {
        linear(count, cells[at + 2]);
        at += 3;
      } else if (cells[at] === 2 && !nested) {
        const bytes = cells[at + 2] + cells[at + 3] * 65536;
        run(bits > 8 ? bytes >> 1 : bytes, count, true);
        at += 4;
      } else {
        throw new InputError(`segmented palette with a segment of kind ${cells[at]}`);
      }
    }
  };
  run(0, Infinity, false);
  return out.subarray(0, written);
}
