// The transfer syntaxes of DICOM (PS3.6 Annex A): how a file's data set and pixels are encoded.

/** Which decoder reads the pixels. */
export type PixelCodec =
  | 'native'
  | 'deflated-frame'
  | 'rle'
  | 'jpeg'
  | 'jpeg-ls'
  | 'jpeg2000'
  | 'htj2k';

export interface TransferSyntax {
  readonly uid: string;
  readonly name: string;
  readonly explicit: boolean;
  readonly littleEndian: boolean;
  /** The data set is deflated as a whole. */
  readonly deflated: boolean;
  /** Decoded values may differ from the encoder's, and leave their range. */
  readonly lossy: boolean;
  /** Absent where semise has no decoder. */
  readonly codec?: PixelCodec;
}

const ROOT = '1.2.840.10008.1.2';
const syntax = (
  suffix: string,
  name: string,
  codec?: PixelCodec,
  more: Partial<TransferSyntax> = {},
): TransferSyntax => ({
  uid: ROOT + suffix,
  name,
  codec,
  explicit: true,
  littleEndian: true,
  deflated: false,
  lossy: false,
  ...more,
});

export const IMPLICIT_LITTLE = syntax('', 'Implicit VR Little Endian', 'native', {
  explicit: false,
});
export const EXPLICIT_LITTLE = syntax('.1', 'Explicit VR Little Endian', 'native');
export const EXPLICIT_BIG = syntax('.2', 'Explicit VR Big Endian', 'native', {
  littleEndian: false,
});

const KNOWN = [
  IMPLICIT_LITTLE,
  EXPLICIT_LITTLE,
  EXPLICIT_BIG,
  syntax('.1.99', 'Deflated Explicit VR Little Endian', 'native', { deflated: true }),
  syntax('.1.98', 'Encapsulated Uncompressed Explicit VR Little Endian'),
  syntax('.8.1', 'Deflated Image Frame Compression', 'deflated-frame'),
  syntax('.5', 'RLE Lossless', 'rle'),
  syntax('.4.50', 'JPEG Baseline (Process 1)', 'jpeg', { lossy: true }),
  syntax('.4.51', 'JPEG Extended (Process 2 & 4)', 'jpeg', { lossy: true }),
  syntax('.4.52', 'JPEG Extended (Process 3 & 5)'),
  syntax('.4.53', 'JPEG Spectral Selection, Non-Hierarchical (Process 6 & 8)', 'jpeg', {
    lossy: true,
  }),
  syntax('.4.55', 'JPEG Full Progression, Non-Hierarchical (Process 10 & 12)', 'jpeg', {
    lossy: true,
  }),
  syntax('.4.57', 'JPEG Lossless, Non-Hierarchical (Process 14)', 'jpeg'),
  syntax('.4.58', 'JPEG Lossless, Non-Hierarchical (Process 15)'),
  syntax('.4.70', 'JPEG Lossless, Non-Hierarchical, First-Order Prediction', 'jpeg'),
  syntax('.4.80', 'JPEG-LS Lossless', 'jpeg-ls'),
  syntax('.4.81', 'JPEG-LS Lossy (Near-Lossless)', 'jpeg-ls', { lossy: true }),
  syntax('.4.90', 'JPEG 2000 (Lossless Only)', 'jpeg2000'),
  syntax('.4.91', 'JPEG 2000', 'jpeg2000', { lossy: true }),
  syntax('.4.92', 'JPEG 2000 Part 2 Multi-component (Lossless Only)'),
  syntax('.4.93', 'JPEG 2000 Part 2 Multi-component'),
  syntax('.4.94', 'JPIP Referenced'),
  syntax('.4.95', 'JPIP Referenced Deflate', undefined, { deflated: true }),
  syntax('.4.100', 'MPEG2 Main Profile / Main Level'),
  syntax('.4.101', 'MPEG2 Main Profile / High Level'),
  syntax('.4.102', 'MPEG-4 AVC/H.264 High Profile / Level 4.1'),
  syntax('.4.103', 'MPEG-4 AVC/H.264 BD-compatible High Profile / Level 4.1'),
  syntax('.4.104', 'MPEG-4 AVC/H.264 High Profile / Level 4.2 For 2D Video'),
  syntax('.4.105', 'MPEG-4 AVC/H.264 High Profile / Level 4.2 For 3D Video'),
  syntax('.4.106', 'MPEG-4 AVC/H.264 Stereo High Profile / Level 4.2'),
  syntax('.4.107', 'HEVC/H.265 Main Profile / Level 5.1'),
  syntax('.4.108', 'HEVC/H.265 Main 10 Profile / Level 5.1'),
  syntax('.4.110', 'JPEG XL Lossless'),
  syntax('.4.111', 'JPEG XL JPEG Recompression'),
  syntax('.4.112', 'JPEG XL'),
  syntax('.4.201', 'High-Throughput JPEG 2000 (Lossless Only)', 'htj2k'),
  syntax('.4.202', 'High-Throughput JPEG 2000 with RPCL Options (Lossless Only)', 'htj2k'),
  syntax('.4.203', 'High-Throughput JPEG 2000', 'htj2k', { lossy: true }),
  syntax('.4.204', 'JPIP HTJ2K Referenced'),
  syntax('.4.205', 'JPIP HTJ2K Referenced Deflate', undefined, { deflated: true }),
];
const BY_UID = new Map(KNOWN.map((known) => [known.uid, known]));

/** The syntax of a UID. An unknown one is read as explicit little endian, as the standard has it for all new ones. */
export const transferSyntax = (uid: string): TransferSyntax =>
  BY_UID.get(uid) ?? { ...EXPLICIT_LITTLE, uid, name: 'unknown transfer syntax', codec: undefined };
