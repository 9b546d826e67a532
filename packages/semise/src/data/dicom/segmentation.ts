// A mask as a DICOM Segmentation object (PS3.3 A.51 and C.8.20) that lies on the image it was made of:
// same patient and study, same frame of reference, a binary segment for each class of lesion.

import { createHash } from 'node:crypto';
import dcmjs, { type Naturalized } from 'dcmjs';
import { InputError } from '../../errors.js';
import type { Mask } from '../mask.js';

export interface SegmentationOptions {
  /** Classes of a pixel that the model knows, background included. */
  readonly classes: number;
  /** Frame of the image, from 0. */
  readonly frame: number;
  /** mm between pixels down and across; null where it is not known. */
  readonly spacing: readonly [down: number, across: number] | null;
  /** Version of semise. */
  readonly version: string;
  /** When it was made. */
  readonly made: Date;
}

const SEGMENTATION_STORAGE = '1.2.840.10008.5.1.4.1.1.66.4';
const EXPLICIT_LITTLE_ENDIAN = '1.2.840.10008.1.2.1';
/** Ours, of no registered root: 2.25 and the UUID 7d2f6c1e-3b5a-4e0f-9a64-5e6d697365a1 (PS3.5 B.2). */
const IMPLEMENTATION = `2.25.${BigInt('0x7d2f6c1e3b5a4e0f9a645e6d697365a1')}`;

/** What is taken over from the image as it stands; empty where it must be there and is not. */
const OF_PATIENT_AND_STUDY = [
  'PatientName',
  'PatientID',
  'PatientBirthDate',
  'PatientSex',
  'StudyInstanceUID',
  'StudyID',
  'StudyDate',
  'StudyTime',
  'AccessionNumber',
  'ReferringPhysicianName',
];
const WHERE_KNOWN = ['StudyDescription', 'FrameOfReferenceUID', 'PositionReferenceIndicator'];

/**
 * @param image the bytes of the image's DICOM file @param mask of the image's own size, or of one frame
 * @returns the bytes of the DICOM file. The same image, mask and time give the same bytes
 * @throws InputError if the image lacks the identifiers that a reference to it needs
 */
export function dicomSegmentation(
  image: Buffer,
  { width, height, classes }: Mask,
  options: SegmentationOptions,
): Buffer {
  const source = naturalized(image);
  for (const field of ['SOPClassUID', 'SOPInstanceUID', 'StudyInstanceUID', 'SeriesInstanceUID']) {
    if (!source[field]) {
      throw new InputError(`the image has no ${field}, which a DICOM segmentation must refer to`);
    }
  }
  const key = createHash('sha256').update(image).update(classes).update(options.made.toISOString());
  const digest = key.digest();
  const uid = (purpose: string) =>
    uidOf(createHash('sha256').update(digest).update(purpose).digest());
  const numbers = Array.from({ length: options.classes - 1 }, (_, k) => k + 1);
  // A segment that is nowhere has no frame; an object needs one.
  const found = numbers.filter((k) => classes.includes(k));
  const shown = found.length > 0 ? found : [1];
  const bits = new Uint8Array(shown.length * width * height);
  shown.forEach((k, n) => {
    bits.set(
      classes.map((c) => (c === k ? 1 : 0)),
      n * width * height,
    );
  });
  const [date, time] = dicomTime(options.made);
  const dimension = uid('dimension');
  const reference = {
    ReferencedSOPClassUID: source.SOPClassUID,
    ReferencedSOPInstanceUID: source.SOPInstanceUID,
  };
  const frames = Number(source.NumberOfFrames ?? 1);
  const dataset: Naturalized = {
    ...Object.fromEntries(OF_PATIENT_AND_STUDY.map((name) => [name, source[name] ?? ''])),
    ...Object.fromEntries(
      WHERE_KNOWN.flatMap((name) => (source[name] === undefined ? [] : [[name, source[name]]])),
    ),
    // Of images without a place in space: which way rows and columns run.
    ...(source.ImageOrientationPatient
      ? {}
      : { PatientOrientation: source.PatientOrientation ?? '' }),
    ...(source.FrameOfReferenceUID
      ? { PositionReferenceIndicator: source.PositionReferenceIndicator ?? '' }
      : {}),
    SpecificCharacterSet: 'ISO_IR 192', // dcmjs writes texts as UTF-8
    SOPClassUID: SEGMENTATION_STORAGE,
    SOPInstanceUID: uid('instance'),
    SeriesInstanceUID: uid('series'),
    SeriesNumber: '1000',
    SeriesDescription: 'Lesion segmentation, research only',
    SeriesDate: date,
    SeriesTime: time,
    InstanceNumber: '1',
    Modality: 'SEG',
    Manufacturer: 'semise',
    ManufacturerModelName: 'semise segment',
    DeviceSerialNumber: options.version,
    SoftwareVersions: options.version,
    ImageType: ['DERIVED', 'PRIMARY'],
    ContentDate: date,
    ContentTime: time,
    ContentLabel: 'LESIONS',
    ContentDescription: 'Lesions outlined by a network; for research only',
    ContentCreatorName: '',
    ReferencedSeriesSequence: [
      { SeriesInstanceUID: source.SeriesInstanceUID, ReferencedInstanceSequence: [reference] },
    ],
    LossyImageCompression: source.LossyImageCompression ?? '00',
    ...(source.LossyImageCompression === '01' && {
      LossyImageCompressionRatio: source.LossyImageCompressionRatio ?? '1',
      LossyImageCompressionMethod: source.LossyImageCompressionMethod ?? 'ISO_10918_1',
    }),
    SegmentationType: 'BINARY',
    SegmentSequence: numbers.map((k) => ({
      SegmentNumber: k,
      SegmentLabel: options.classes === 2 ? 'Lesion' : `Lesion class ${k}`,
      SegmentAlgorithmType: 'AUTOMATIC',
      SegmentAlgorithmName: `semise ${options.version}`,
      SegmentedPropertyCategoryCodeSequence: [
        code('49755003', 'SCT', 'Morphologically Abnormal Structure'),
      ],
      SegmentedPropertyTypeCodeSequence: [code('52988006', 'SCT', 'Lesion')],
      RecommendedDisplayCIELabValue: [36000, 48000, 45000],
    })),
    DimensionOrganizationSequence: [{ DimensionOrganizationUID: dimension }],
    DimensionIndexSequence: [
      {
        DimensionOrganizationUID: dimension,
        DimensionIndexPointer: 0x0062000b,
        FunctionalGroupPointer: 0x0062000a,
        DimensionDescriptionLabel: 'ReferencedSegmentNumber',
      },
    ],
    SharedFunctionalGroupsSequence: [geometry(source, options)],
    PerFrameFunctionalGroupsSequence: shown.map((k, n) => ({
      FrameContentSequence: [{ DimensionIndexValues: [n + 1] }],
      SegmentIdentificationSequence: [{ ReferencedSegmentNumber: k }],
      DerivationImageSequence: [
        {
          SourceImageSequence: [
            {
              ...reference,
              ...(frames > 1 && { ReferencedFrameNumber: `${options.frame + 1}` }),
              PurposeOfReferenceCodeSequence: [
                code('121322', 'DCM', 'Source image for image processing operation'),
              ],
              SpatialLocationsPreserved: 'YES',
            },
          ],
          DerivationCodeSequence: [code('113076', 'DCM', 'Segmentation')],
        },
      ],
    })),
    NumberOfFrames: `${shown.length}`,
    Rows: height,
    Columns: width,
    SamplesPerPixel: 1,
    PhotometricInterpretation: 'MONOCHROME2',
    BitsAllocated: 1,
    BitsStored: 1,
    HighBit: 0,
    PixelRepresentation: 0,
    PixelData: [even(dcmjs.data.BitArray.pack(bits))],
  };
  return encode(dataset);
}

/** The image's attributes, its pixels left where they are. */
function naturalized(image: Buffer): Naturalized {
  const bytes = image.buffer.slice(
    image.byteOffset,
    image.byteOffset + image.length,
  ) as ArrayBuffer;
  try {
    const file = dcmjs.data.DicomMessage.readFile(bytes, { ignoreErrors: true });
    return dcmjs.data.DicomMetaDictionary.naturalizeDataset(file.dict);
  } catch (error) {
    throw new InputError(`no DICOM segmentation can refer to it (${(error as Error).message})`);
  }
}

/** Where the frames lie: as the image, where it says so; else only how far its pixels are apart. */
function geometry(source: Naturalized, { frame, spacing }: SegmentationOptions): Naturalized {
  const shared = first(source.SharedFunctionalGroupsSequence);
  const own = nth(source.PerFrameFunctionalGroupsSequence, frame);
  const group = (name: string) => first(own?.[name]) ?? first(shared?.[name]) ?? source;
  const position = group('PlanePositionSequence').ImagePositionPatient;
  const orientation = group('PlaneOrientationSequence').ImageOrientationPatient;
  const measures = group('PixelMeasuresSequence');
  const placed = position && orientation && source.FrameOfReferenceUID && spacing;
  return {
    ...(spacing && {
      PixelMeasuresSequence: [
        {
          PixelSpacing: spacing.map(decimal),
          SliceThickness: measures.SliceThickness ?? '1',
        },
      ],
    }),
    ...(placed
      ? {
          PlanePositionSequence: [{ ImagePositionPatient: position }],
          PlaneOrientationSequence: [{ ImageOrientationPatient: orientation }],
        }
      : {}),
  };
}

const nth = (sequence: unknown, n: number): Naturalized | undefined =>
  (sequence as ArrayLike<Naturalized> | undefined)?.[n];
const first = (sequence: unknown): Naturalized | undefined => nth(sequence, 0);

const code = (value: string, scheme: string, meaning: string) => ({
  CodeValue: value,
  CodingSchemeDesignator: scheme,
  CodeMeaning: meaning,
});

/** A decimal string of at most 16 characters (PS3.5 6.2). */
const decimal = (value: number): string =>
  `${value}`.length <= 16 ? `${value}` : `${Number(value.toPrecision(10))}`.slice(0, 16);

const dicomTime = (when: Date): [date: string, time: string] => {
  const [date, time] = when.toISOString().split('T');
  return [date.replaceAll('-', ''), time.slice(0, 8).replaceAll(':', '')];
};

/** A UID of 128 bits of a digest (PS3.5 B.2). */
const uidOf = (digest: Buffer): string => `2.25.${BigInt(`0x${digest.toString('hex', 0, 16)}`)}`;

function even(bytes: Uint8Array): ArrayBuffer {
  const padded = new Uint8Array(bytes.length + (bytes.length % 2));
  padded.set(bytes);
  return padded.buffer;
}

function encode(dataset: Naturalized): Buffer {
  const { DicomDict, DicomMetaDictionary } = dcmjs.data;
  const meta = DicomMetaDictionary.denaturalizeDataset({
    FileMetaInformationVersion: new Uint8Array([0, 1]).buffer,
    MediaStorageSOPClassUID: dataset.SOPClassUID,
    MediaStorageSOPInstanceUID: dataset.SOPInstanceUID,
    TransferSyntaxUID: EXPLICIT_LITTLE_ENDIAN,
    ImplementationClassUID: IMPLEMENTATION,
    ImplementationVersionName: 'SEMISE',
  });
  const file = new DicomDict(meta);
  file.dict = DicomMetaDictionary.denaturalizeDataset({ ...dataset, _vrMap: { PixelData: 'OB' } });
  return Buffer.from(file.write());
}
