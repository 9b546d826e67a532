export * from './anchor.js';
export * from './corn.js';
export * from './cross-entropy.js';
export * from './healthy-anomaly.js';
export * from './healthy-pool.js';
export * from './nt-xent.js';
export * from './preference.js';
