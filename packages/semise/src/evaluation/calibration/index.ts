export * from './calibrator.js';
export * from './choice.js';
export * from './error.js';
export * from './exceedance.js';
export * from './isotonic.js';
export * from './reliability.js';
export * from './temperature.js';
