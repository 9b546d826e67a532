export * from './batch-graph.js';
export * from './batches.js';
export * from './checkpoint.js';
export * from './config.js';
export * from './held-out.js';
export * from './schedule.js';
export * from './step.js';
export * from './train.js';
