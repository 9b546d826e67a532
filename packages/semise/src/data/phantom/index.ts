// The phantom: a synthetic cohort whose true severity is known.

export type { Confounders, PhantomOptions } from './options.js';
export { PHANTOM_DEFAULTS } from './options.js';
export { type PhantomFiles, writePhantom } from './write.js';
