// DICOM files: what they are, their pixels, their tags.

export { isDicom } from './dataset.js';
export type { DecodeLimits } from './limits.js';
export { dicomAsPng, pngOf } from './png.js';
export {
  type DicomImage,
  dicomShape,
  type FrameChoice,
  type ReadDicomOptions,
  readDicom,
  readDicomTags,
} from './read.js';
export { dicomSegmentation, type SegmentationOptions } from './segmentation.js';
export type { DicomTags } from './tags.js';
