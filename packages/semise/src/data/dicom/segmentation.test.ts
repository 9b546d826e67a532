// DICOM segmentations, read back by dcmjs and by Debian's tools (dcmtk, dicom3tools) where they are.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import dcmjs, { type Naturalized } from 'dcmjs';
import { scratchFolder } from '../../testing/scratch.js';
import { dicomSegmentation } from './segmentation.js';
import { segmentationMask } from './segmentation-mask.js';

const folder = scratchFolder();
const { DicomDict, DicomMessage, DicomMetaDictionary, BitArray } = dcmjs.data;

/** A small image file; the sides are no multiples of 8, so that frames begin within a byte. */
function imageFile(more: Naturalized): Buffer {
  const dataset: Naturalized = {
    SpecificCharacterSet: 'ISO_IR 192',
    SOPClassUID: '1.2.840.10008.5.1.4.1.1.2',
    SOPInstanceUID: '1.2.3.4',
    StudyInstanceUID: '1.2.3',
    SeriesInstanceUID: '1.2.3.1',
    PatientName: 'Müller^Änne',
    PatientID: 'p-7',
    StudyID: '1',
    Modality: 'CT',
    Rows: 5,
    Columns: 7,
    SamplesPerPixel: 1,
    PhotometricInterpretation: 'MONOCHROME2',
    BitsAllocated: 8,
    BitsStored: 8,
    HighBit: 7,
    PixelRepresentation: 0,
    PixelData: [new ArrayBuffer(36)],
    _vrMap: { PixelData: 'OB' },
    ...more,
  };
  const meta = DicomMetaDictionary.denaturalizeDataset({
    TransferSyntaxUID: '1.2.840.10008.1.2.1',
    MediaStorageSOPClassUID: dataset.SOPClassUID,
    MediaStorageSOPInstanceUID: dataset.SOPInstanceUID,
  });
  const file = new DicomDict(meta);
  file.dict = DicomMetaDictionary.denaturalizeDataset(dataset);
  return Buffer.from(file.write());
}

const PLACED: Naturalized = {
  FrameOfReferenceUID: '1.2.3.9',
  PositionReferenceIndicator: '',
  ImagePositionPatient: ['-10', '20.5', '3'],
  ImageOrientationPatient: ['0', '1', '0', '0', '0', '-1'],
  PixelSpacing: ['0.5', '0.25'],
  SliceThickness: '2',
};
const MASK = {
  width: 7,
  height: 5,
  classes: Uint8Array.from(
    { length: 35 },
    (_, i) => [0, 1, 0, 2, 2, 0, 1][(i * 5) % 7] * (i % 3 ? 1 : 0),
  ),
};
const OPTIONS = {
  classes: 3,
  frame: 0,
  spacing: [0.5, 0.25] as const,
  version: '1.2.3',
  made: new Date('2026-01-02T03:04:05Z'),
};

const readBack = (bytes: Buffer): Naturalized => {
  const buffer = bytes.buffer.slice(
    bytes.byteOffset,
    bytes.byteOffset + bytes.length,
  ) as ArrayBuffer;
  return DicomMetaDictionary.naturalizeDataset(DicomMessage.readFile(buffer).dict);
};
const at = (sequence: unknown, n = 0) => (sequence as Naturalized[])[n];

test('each class is a segment with the very pixels of the mask, and lies where the image lies', () => {
  const image = imageFile(PLACED);
  const seg = readBack(dicomSegmentation(image, MASK, OPTIONS));
  assert.deepEqual([seg.Rows, seg.Columns, Number(seg.NumberOfFrames)], [5, 7, 2]);
  const bits = BitArray.unpack(new Uint8Array((seg.PixelData as ArrayBuffer[])[0]));
  for (const [n, k] of [1, 2].entries()) {
    const frame = [...bits.subarray(n * 35, (n + 1) * 35)].map((bit) => (bit ? 1 : 0));
    assert.deepEqual(
      frame,
      [...MASK.classes].map((c) => (c === k ? 1 : 0)),
      `class ${k}`,
    );
    const group = at(seg.PerFrameFunctionalGroupsSequence, n);
    assert.equal(at(group.SegmentIdentificationSequence).ReferencedSegmentNumber, k);
    const reference = at(at(group.DerivationImageSequence).SourceImageSequence);
    assert.equal(reference.ReferencedSOPInstanceUID, '1.2.3.4');
  }
  assert.equal(`${at(seg.PatientName).Alphabetic}`, 'Müller^Änne');
  assert.deepEqual([seg.StudyInstanceUID, seg.FrameOfReferenceUID], ['1.2.3', '1.2.3.9']);
  const shared = at(seg.SharedFunctionalGroupsSequence);
  const numbers = (value: unknown) => (value as unknown[]).map(Number);
  const plane = at(shared.PlanePositionSequence).ImagePositionPatient;
  const turned = at(shared.PlaneOrientationSequence).ImageOrientationPatient;
  assert.deepEqual(numbers(plane), [-10, 20.5, 3]);
  assert.deepEqual(numbers(turned), [0, 1, 0, 0, 0, -1]);
  assert.deepEqual(numbers(at(shared.PixelMeasuresSequence).PixelSpacing), [0.5, 0.25]);
});

test('read back as a mask: the same classes; what is none of one image is refused', () => {
  const bytes = dicomSegmentation(imageFile(PLACED), MASK, OPTIONS);
  assert.deepEqual(segmentationMask(bytes, 31), MASK);
  const empty = { ...MASK, classes: new Uint8Array(35) };
  assert.deepEqual(
    segmentationMask(dicomSegmentation(imageFile(PLACED), empty, OPTIONS), 31),
    empty,
  );
  /** The object with its second frame of segment 1 too, as of a second slice. */
  const changed = (change: (seg: Naturalized) => void) => {
    const seg = readBack(bytes);
    change(seg);
    const meta = DicomMetaDictionary.denaturalizeDataset({
      TransferSyntaxUID: '1.2.840.10008.1.2.1',
      MediaStorageSOPClassUID: seg.SOPClassUID,
      MediaStorageSOPInstanceUID: seg.SOPInstanceUID,
    });
    const file = new DicomDict(meta);
    file.dict = DicomMetaDictionary.denaturalizeDataset({ ...seg, _vrMap: { PixelData: 'OB' } });
    return () => segmentationMask(Buffer.from(file.write()), 31);
  };
  const number = (seg: Naturalized, n: number, value: number) => {
    const group = at(seg.PerFrameFunctionalGroupsSequence, n);
    at(group.SegmentIdentificationSequence).ReferencedSegmentNumber = value;
  };
  assert.throws(
    changed((seg) => number(seg, 1, 1)),
    /several frames of segment 1: it is of several images/,
  );
  assert.throws(
    changed((seg) => number(seg, 1, 40)),
    /segment number 40/,
  );
  assert.throws(
    changed((seg) => {
      seg.SegmentationType = 'FRACTIONAL';
    }),
    /FRACTIONAL, not BINARY/,
  );
  assert.throws(
    changed((seg) => {
      seg.PixelData = [new ArrayBuffer(2)];
    }),
    /cut short/,
  );
  assert.throws(
    changed((seg) => {
      seg.PixelData = [new Uint8Array(10).fill(255).buffer];
    }),
    /segments 1 and 2 overlap/,
  );
  assert.throws(() => segmentationMask(imageFile(PLACED), 31), /is DICOM of modality CT/);
});

test('the same image, mask and time give the same bytes; another mask another instance', () => {
  const image = imageFile(PLACED);
  const once = dicomSegmentation(image, MASK, OPTIONS);
  assert.ok(once.equals(dicomSegmentation(image, MASK, OPTIONS)));
  const other = { ...MASK, classes: MASK.classes.with(0, 1) };
  const uid = readBack(dicomSegmentation(image, other, OPTIONS)).SOPInstanceUID;
  assert.notEqual(uid, readBack(once).SOPInstanceUID);
});

test('an image that cannot be referred to is refused', () => {
  assert.throws(
    () => dicomSegmentation(imageFile({ SeriesInstanceUID: undefined }), MASK, OPTIONS),
    {
      name: 'InputError',
      message: /no SeriesInstanceUID/,
    },
  );
  assert.throws(() => dicomSegmentation(Buffer.from('no DICOM at all'), MASK, OPTIONS), {
    name: 'InputError',
  });
});

const missing = ['dciodvfy', 'dcmdump', 'dcm2xml'].filter(
  (tool) => spawnSync(tool, ['--version']).error,
);
test("Debian's tools find nothing wrong, with and without a place in space, with an empty mask", {
  skip: missing.length > 0 && `install dcmtk and dicom3tools (${missing.join(', ')})`,
}, () => {
  const empty = { ...MASK, classes: new Uint8Array(35) };
  const flat = { SOPClassUID: '1.2.840.10008.5.1.4.1.1.6.1', Modality: 'US' };
  const cases = [
    dicomSegmentation(imageFile(PLACED), MASK, OPTIONS),
    dicomSegmentation(imageFile(PLACED), empty, { ...OPTIONS, classes: 2 }),
    dicomSegmentation(imageFile(flat), MASK, { ...OPTIONS, spacing: null }),
    dicomSegmentation(imageFile(flat), MASK, OPTIONS),
  ];
  cases.forEach((bytes, i) => {
    const file = join(folder, `${i}.dcm`);
    writeFileSync(file, bytes);
    const verdict = spawnSync('dciodvfy', ['-new', file], { encoding: 'utf8' }).stderr;
    assert.doesNotMatch(verdict, /^Error/m, verdict);
    assert.match(verdict, /^Segmentation$/m);
    const dump = spawnSync('dcmdump', [file], { encoding: 'utf8' });
    assert.equal(dump.status, 0, dump.stderr);
    assert.match(dump.stdout, /=SegmentationStorage/);
    assert.equal(spawnSync('dcm2xml', [file]).status, 0);
  });
});
