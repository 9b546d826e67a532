export * from './cut-points.js';
export * from './explain.js';
export * from './finish.js';
export * from './grade-images.js';
export { checkShares } from './grade-odds.js';
export * from './model.js';
export * from './segmentation/index.js';
