export * from './batches.js';
export * from './checkpoint.js';
export * from './config.js';
export * from './schedule.js';
export * from './segmentation/index.js';
export * from './step.js';
export * from './train.js';
