// DICOM files as pictures, with what their tags tell of the image.

import { type DicomImage, type DicomTags, readDicom } from '../dicom/index.js';
import { type Picture, rangeOf, toSixteenBits } from './picture.js';
import { type Decoded, type DecodeRules, type Identifiers, indicesOf } from './rules.js';

/**
 * Decodes the frames that the slice rule asks for; of a single image that one.
 * @throws Error with the reason
 */
export async function decodeDicom(bytes: Buffer, rules: DecodeRules): Promise<Decoded[]> {
  const { slices, window, limits } = rules;
  const read = (frame: 'middle' | number) =>
    readDicom(bytes, {
      frame,
      window: typeof window === 'object' ? window : undefined,
      limits: {
        samples: 3 * limits.pixels,
        inflatedBytes: limits.fileBytes,
        seconds: limits.seconds,
      },
    });
  if (slices === 'largest-mask')
    throw new Error('--slices largest-mask is for NIfTI volumes with masks; choose another');
  const middle = await read('middle');
  const { frames } = middle;
  // The frame in the middle is decoded already.
  const chosen = slices === 'middle' ? [middle.frame] : indicesOf(slices, frames);
  const decoded: Decoded[] = [];
  for (const frame of chosen) {
    const image = frame === middle.frame ? middle : await read(frame);
    decoded.push({
      picture: pictureOf(image, window === 'range'),
      part: frames === 1 ? '' : `f${String(frame).padStart(3, '0')}`,
      mask: null,
      attributes: attributesOf(image.tags),
      identifiers: identifiersOf(image.tags),
    });
  }
  return decoded;
}

function pictureOf(image: DicomImage, fullRange: boolean): Picture {
  const { width, height, channels, bits, pixels, spacing, stored } = image;
  if (!fullRange || stored.channels !== 1)
    return { width, height, channels, bits, pixels, spacing };
  const [low, high] = rangeOf(stored.data);
  const spread = toSixteenBits(stored.data, low, high);
  const inverted = stored.photometric === 'MONOCHROME1';
  return {
    width,
    height,
    channels: 1,
    bits: 16,
    pixels: inverted ? spread.map((value) => 65535 - value) : spread,
    spacing,
  };
}

/** Ages above 89 are told as 90: the few who are older could be known by it. */
function attributesOf(tags: DicomTags): Record<string, string> {
  const { age, sex, device, modality, viewPosition, laterality, bodyPart, burnedInAnnotation } =
    tags;
  const known = {
    age: age === null ? null : String(Math.min(90, age)),
    sex,
    device,
    modality,
    view_position: viewPosition,
    laterality,
    body_part: bodyPart,
    burned_in_annotation: burnedInAnnotation,
  };
  return Object.fromEntries(
    Object.entries(known).filter((entry): entry is [string, string] => entry[1] !== null),
  );
}

function identifiersOf(tags: DicomTags): Identifiers {
  const uids = [tags.studyInstanceUid, tags.seriesInstanceUid, tags.sopInstanceUid];
  return {
    patient: tags.patientId,
    uids: uids.filter((uid) => uid !== null),
    institution: tags.institution,
    studyDate: tags.studyDate,
  };
}
