// For tests: a small DICOM file, explicit little endian, written by the letter of PS3.5 and PS3.10.

export interface MadeDicom {
  readonly patient: string;
  readonly side: number;
  /** 12-bit grey levels. */
  readonly pixels: Uint16Array;
}

export function dicomFile({ patient, side, pixels }: MadeDicom): Buffer {
  const text = (value: string, pad = ' ') => Buffer.from(value.length % 2 ? value + pad : value);
  const short = (value: number) => Buffer.from([value & 255, value >> 8]);
  const element = (group: number, id: number, vr: string, value: Buffer) => {
    const head = Buffer.alloc(8);
    head.writeUInt16LE(group, 0);
    head.writeUInt16LE(id, 2);
    head.write(vr, 4, 'latin1');
    if (vr !== 'OW' && vr !== 'OB') {
      head.writeUInt16LE(value.length, 6);
      return Buffer.concat([head, value]);
    }
    const length = Buffer.alloc(4);
    length.writeUInt32LE(value.length);
    return Buffer.concat([head, length, value]);
  };
  const uid = (end: string) => text(`1.2.826.0.1.3680043.8.498.${end}`, '\0');
  const meta = Buffer.concat([
    element(2, 1, 'OB', Buffer.from([0, 1])),
    element(2, 2, 'UI', text('1.2.840.10008.5.1.4.1.1.7', '\0')),
    element(2, 3, 'UI', uid('1')),
    element(2, 0x10, 'UI', text('1.2.840.10008.1.2.1', '\0')),
    element(2, 0x12, 'UI', uid('2')),
  ]);
  const length = Buffer.alloc(4);
  length.writeUInt32LE(meta.length);
  const levels = Buffer.alloc(2 * pixels.length);
  pixels.forEach((level, i) => {
    levels.writeUInt16LE(level, 2 * i);
  });
  return Buffer.concat([
    Buffer.alloc(128),
    Buffer.from('DICM'),
    element(2, 0, 'UL', length),
    meta,
    element(8, 0x16, 'UI', text('1.2.840.10008.5.1.4.1.1.7', '\0')),
    element(8, 0x18, 'UI', uid(`3.${patient.replaceAll(/\D/g, '') || 0}`)),
    element(8, 0x20, 'DA', text('20200102')),
    element(8, 0x60, 'CS', text('DX')),
    element(0x10, 0x10, 'PN', text('DOE^JOHN')),
    element(0x10, 0x20, 'LO', text(patient)),
    element(0x20, 0x0d, 'UI', uid('4')),
    element(0x20, 0x0e, 'UI', uid('5')),
    element(0x28, 2, 'US', short(1)),
    element(0x28, 4, 'CS', text('MONOCHROME2')),
    element(0x28, 0x10, 'US', short(side)),
    element(0x28, 0x11, 'US', short(side)),
    element(0x28, 0x100, 'US', short(16)),
    element(0x28, 0x101, 'US', short(12)),
    element(0x28, 0x102, 'US', short(11)),
    element(0x28, 0x103, 'US', short(0)),
    element(0x7fe0, 0x10, 'OW', levels),
  ]);
}
