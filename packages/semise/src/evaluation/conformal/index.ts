export * from './conformity.js';
export * from './sets.js';
