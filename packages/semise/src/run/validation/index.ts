export * from './log.js';
export * from './stamp.js';
export * from './validate.js';
export * from './write.js';
