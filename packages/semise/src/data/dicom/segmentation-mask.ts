// A DICOM Segmentation object (PS3.3 A.51) as a mask: of one image, a binary frame for each segment.

import dcmjs, { type Naturalized } from 'dcmjs';

/** Explicit and implicit little endian, big endian: pixels as they are. */
const PLAIN = ['1.2.840.10008.1.2.1', '1.2.840.10008.1.2', '1.2.840.10008.1.2.2'];

/**
 * The class of every pixel: its segment's number, 0 where no segment is.
 *
 * @param highest segment number that is taken
 * @throws Error with the reason, if the file is no such object, or of several images (slices)
 */
export function segmentationMask(
  bytes: Buffer,
  highest: number,
): { width: number; height: number; classes: Uint8Array } {
  const { data } = dcmjs;
  const file = data.DicomMessage.readFile(
    bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length) as ArrayBuffer,
    { ignoreErrors: true },
  );
  const meta = data.DicomMetaDictionary.naturalizeDataset(file.meta);
  const object = data.DicomMetaDictionary.naturalizeDataset(file.dict);
  if (object.Modality !== 'SEG')
    throw new Error(`is DICOM of modality ${object.Modality ?? 'unknown'}, not a segmentation`);
  if (object.SegmentationType !== 'BINARY' || Number(object.BitsAllocated) !== 1)
    throw new Error(`is a DICOM segmentation of type ${object.SegmentationType}, not BINARY`);
  if (!PLAIN.includes(String(meta.TransferSyntaxUID)))
    throw new Error(`is a DICOM segmentation in the transfer syntax ${meta.TransferSyntaxUID}`);
  const [width, height] = [Number(object.Columns), Number(object.Rows)];
  const frames = Number(object.NumberOfFrames ?? 1);
  const pixels = [object.PixelData].flat()[0] as ArrayBuffer | undefined;
  if (!pixels || pixels.byteLength < Math.ceil((frames * width * height) / 8))
    throw new Error('is a DICOM segmentation whose pixels are cut short');
  const bits = data.BitArray.unpack(new Uint8Array(pixels));
  const classes = new Uint8Array(width * height);
  const seen = new Set<number>();
  for (let frame = 0; frame < frames; frame++) {
    const segment = segmentOf(object, frame);
    if (seen.has(segment))
      throw new Error(
        `holds several frames of segment ${segment}: it is of several images, not of one`,
      );
    seen.add(segment);
    if (!(segment >= 1 && segment <= highest))
      throw new Error(`holds the segment number ${segment}`);
    for (let i = 0; i < classes.length; i++) {
      if (!bits[frame * classes.length + i]) continue;
      if (classes[i] !== 0) throw new Error(`segments ${classes[i]} and ${segment} overlap`);
      classes[i] = segment;
    }
  }
  return { width, height, classes };
}

/** Number of the segment that a frame is of. */
function segmentOf(object: Naturalized, frame: number): number {
  const [own, shared] = [
    nth(object.PerFrameFunctionalGroupsSequence, frame),
    nth(object.SharedFunctionalGroupsSequence, 0),
  ];
  const identified = [own, shared]
    .map((groups) => nth(groups?.SegmentIdentificationSequence, 0))
    .find((group) => group !== undefined);
  return Number(identified?.ReferencedSegmentNumber);
}

const nth = (sequence: unknown, n: number): Naturalized | undefined =>
  (sequence as ArrayLike<Naturalized> | undefined)?.[n];
