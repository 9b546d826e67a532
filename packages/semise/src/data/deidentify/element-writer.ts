// Data elements become bytes again, in the encoding that the file had (PS3.5 section 7).

/** One data element, its value encoded. */
export interface EncodedElement {
  /** Eight hex digits, lower case. */
  readonly tag: string;
  readonly vr: string;
  readonly value: Uint8Array;
  /** Of the value as it goes into the file; a sequence of undefined length brings its own delimiter. */
  readonly undefinedLength?: boolean;
}

export interface Encoding {
  readonly explicit: boolean;
  readonly littleEndian: boolean;
}

const LONG = new Set('OB OD OF OL OV OW SQ SV UC UN UR UT UV'.split(' '));

/** Value padded to an even length: UIDs and bytes with 0, text with a blank. */
export function padded(vr: string, value: Uint8Array): Uint8Array {
  if (value.length % 2 === 0) return value;
  return Buffer.concat([
    value,
    Buffer.from([vr === 'UI' || vr === 'OB' || vr === 'UN' ? 0 : 0x20]),
  ]);
}

export function encodeElement(element: EncodedElement, encoding: Encoding): Buffer[] {
  const { tag, vr, undefinedLength } = element;
  const value = undefinedLength ? element.value : padded(vr, element.value);
  const length = undefinedLength ? 0xffffffff : value.length;
  const wide = !encoding.explicit || LONG.has(vr);
  const header = Buffer.alloc(encoding.explicit && wide ? 12 : 8);
  writeTag(header, tag, encoding);
  if (encoding.explicit) header.write(vr, 4, 'latin1');
  if (wide) writeNumber(header, length, header.length - 4, 4, encoding);
  else writeNumber(header, length, 6, 2, encoding);
  return [header, Buffer.from(value.buffer, value.byteOffset, value.byteLength)];
}

/** Items of a sequence with their lengths, as the value of its element. */
export function encodeItems(items: readonly Uint8Array[], encoding: Encoding): Buffer {
  return Buffer.concat(
    items.flatMap((item) => {
      const header = Buffer.alloc(8);
      writeTag(header, 'fffee000', encoding);
      writeNumber(header, item.length, 4, 4, encoding);
      return [header, item];
    }),
  );
}

function writeTag(target: Buffer, tag: string, encoding: Encoding): void {
  writeNumber(target, Number.parseInt(tag.slice(0, 4), 16), 0, 2, encoding);
  writeNumber(target, Number.parseInt(tag.slice(4), 16), 2, 2, encoding);
}

function writeNumber(
  target: Buffer,
  value: number,
  at: number,
  size: 2 | 4,
  { littleEndian }: Encoding,
): void {
  if (littleEndian) target.writeUIntLE(value, at, size);
  else target.writeUIntBE(value, at, size);
}
