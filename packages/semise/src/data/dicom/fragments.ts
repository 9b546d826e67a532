// Which bytes hold a frame: encapsulated pixel data come as fragments (PS3.5 Annex A.4).

import { InputError } from '../../errors.js';
import type { Element } from './dataset.js';

interface Fragment {
  /** Of the fragment's item tag, counted from the first fragment's. */
  readonly offset: number;
  readonly bytes: Uint8Array;
}

const ITEM = 0xe000fffe;
const END = 0xe0ddfffe;

/** Items of the element, the Basic Offset Table first. A last fragment cut short is kept: the codec judges. */
export function readItems(bytes: Uint8Array, pixelData: Element): Uint8Array[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const items: Uint8Array[] = [];
  let at = pixelData.dataOffset;
  while (at + 8 <= bytes.length) {
    const tag = view.getUint32(at, true);
    const length = view.getUint32(at + 4, true);
    at += 8;
    if (tag === END) return items;
    if (tag !== ITEM)
      throw new InputError('pixel data fragments are broken: no item where one is due');
    items.push(bytes.subarray(at, at + length));
    at += length;
  }
  return items;
}

/** Where a fragment starts a codestream: SOI of the JPEGs and JPEG-LS, SOC of JPEG 2000. */
const starts = ({ bytes }: Fragment): boolean =>
  bytes[0] === 0xff && (bytes[1] === 0xd8 || bytes[1] === 0x4f);

/**
 * The bytes of one frame.
 *
 * @param extended the value of the Extended Offset Table (7FE0,0001), if any
 * @throws InputError if no fragments can be told to be this frame's
 */
export function encapsulatedFrame(
  bytes: Uint8Array,
  pixelData: Element,
  frame: number,
  frames: number,
  extended?: Uint8Array,
): Uint8Array {
  const [table, ...items] = readItems(bytes, pixelData);
  if (items.length === 0) throw new InputError('pixel data hold no fragment');
  let offset = 0;
  const fragments = items.map((item): Fragment => {
    const fragment = { offset, bytes: item };
    offset += item.length + 8;
    return fragment;
  });
  const join = (part: readonly Fragment[]): Uint8Array => {
    if (part.length === 0)
      throw new InputError(`no fragment belongs to frame ${frame + 1} of ${frames}`);
    return part.length === 1 ? part[0].bytes : Buffer.concat(part.map((one) => one.bytes));
  };

  if (frames === 1) return join(fragments);
  if (fragments.length === frames) return join([fragments[frame]]);
  const offsets = readOffsets(table, extended);
  if (offsets.length === frames) {
    const end = offsets[frame + 1] ?? Infinity;
    return join(fragments.filter((one) => one.offset >= offsets[frame] && one.offset < end));
  }
  const first = fragments.flatMap((one, i) => (starts(one) ? [i] : []));
  if (first.length !== frames) {
    throw new InputError(
      `${fragments.length} fragments for ${frames} frames, and no offset table to tell them apart`,
    );
  }
  return join(fragments.slice(first[frame], first[frame + 1]));
}

function readOffsets(table: Uint8Array, extended?: Uint8Array): number[] {
  const view = ({ buffer, byteOffset, byteLength }: Uint8Array) =>
    new DataView(buffer, byteOffset, byteLength);
  if (extended) {
    const values = view(extended);
    return Array.from({ length: extended.length >> 3 }, (_, i) =>
      Number(values.getBigUint64(8 * i, true)),
    );
  }
  const values = view(table);
  return Array.from({ length: table.length >> 2 }, (_, i) => values.getUint32(4 * i, true));
}
