// DICOM files: what they are, their pixels, their tags.

export { isDicom } from './dataset.js';
export type { DecodeLimits } from './limits.js';
export {
  type DicomImage,
  type FrameChoice,
  type ReadDicomOptions,
  readDicom,
  readDicomTags,
} from './read.js';
export type { DicomTags } from './tags.js';
