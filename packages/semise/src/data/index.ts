// Where images come from.

export {
  type BadImage,
  type CacheOptions,
  type ImageCache,
  openImageCache,
} from './cache/index.js';
export { type Comparison, readComparisons } from './comparisons.js';
export { type DecodeOptions, decodeImage, detectChannels, type Fit, type Paths } from './image.js';
export {
  type ImageRecord,
  imagePaths,
  type Manifest,
  type ManifestOptions,
  readManifest,
  requireGrades,
  type Split,
} from './manifest.js';
export {
  assignSplits,
  type BudgetOptions,
  chooseGraded,
  describeSplits,
  type SplitCounts,
  type SplitFractions,
  type SplitOptions,
} from './split.js';
