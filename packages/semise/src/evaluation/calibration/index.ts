export * from './error.js';
export * from './exceedance.js';
export * from './reliability.js';
