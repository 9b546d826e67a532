// Where images come from.

export { type Acquired, readAcquired } from './acquisition.js';
export {
  type BadImage,
  type CacheOptions,
  defaultCacheFolder,
  type ImageCache,
  openImageCache,
} from './cache/index.js';
export {
  type Comparison,
  type ComparisonRow,
  imageFinder,
  readComparisonRows,
  readComparisons,
} from './comparisons.js';
export {
  type DeidentificationReport,
  type Deidentified,
  type DeidentifiedFolder,
  type DeidentifyOptions,
  deidentifyDicom,
  deidentifyFolder,
  nameHash,
  openKey,
  type PseudonymKey,
  remapUid,
  shiftDate,
  shiftDays,
  subjectHash,
} from './deidentify/index.js';
export {
  type DecodeLimits,
  type DicomImage,
  type DicomTags,
  dicomAsPng,
  dicomSegmentation,
  dicomShape,
  type FrameChoice,
  isDicom,
  pngOf,
  type ReadDicomOptions,
  readDicom,
  readDicomTags,
} from './dicom/index.js';
export {
  type NearDuplicate,
  nearDuplicateGroups,
  nearDuplicates,
  type Print,
  printOf,
  shrink,
  THUMBNAIL,
} from './duplicates.js';
export {
  type DecodeOptions,
  decodeBytes,
  decodeImage,
  detectChannels,
  type Fit,
  type Paths,
} from './image.js';
export type { ImportOptions, ImportResult } from './import/index.js';
export { acrossSplits, type Leakage, withoutLeakage } from './import/leakage.js';
export type { Quality } from './import/quality.js';
export {
  type ImageRecord,
  imagePaths,
  type Manifest,
  type ManifestOptions,
  readManifest,
  requireGrades,
  type Split,
} from './manifest.js';
export { fitMask, HIGHEST_CLASS, type Mask, readMask, resizeMask } from './mask.js';
export { chooseMasked, type MaskBudgetOptions } from './mask-budget.js';
export { type Placement, placement } from './placement.js';
export { previewOf } from './preview.js';
export { type Rating, ratersInColumns, readRatings } from './ratings.js';
export { spacingOf } from './spacing.js';
export {
  assignSplits,
  type BudgetOptions,
  chooseGraded,
  describeSplits,
  type SplitCounts,
  type SplitFractions,
  type SplitOptions,
} from './split.js';
