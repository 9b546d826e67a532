// Whether images, or what a model says of them, are still those it was tested on.

export {
  brightnessByPlace,
  IMAGE_STATISTICS,
  type ImageStatistic,
  type ImageStatistics,
  imageStatistics,
  PLACES,
} from './image-statistics.js';
export { kolmogorovSmirnov } from './kolmogorov-smirnov.js';
export { type Mmd, type MmdOptions, mmd } from './mmd.js';
export { type Psi, psi } from './psi.js';
export type { Sample } from './sample.js';
