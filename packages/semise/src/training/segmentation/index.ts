export * from './batches.js';
export * from './config.js';
export * from './step.js';
export * from './train.js';
