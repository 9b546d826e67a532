export * from './evaluate.js';
export * from './measure.js';
export * from './surface.js';
