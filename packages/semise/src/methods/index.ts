// The methods by name: a new one is a page beside these and a line here.

import type { Method, MethodContext } from './method.js';
import { semise } from './semise.js';
import { conpro, semisePaper, simclr } from './semise-paper.js';
import type { MethodSettings } from './settings.js';
import { supervised, supervisedCorn } from './supervised.js';

export * from './method.js';
export * from './plan.js';
export * from './settings.js';
export { anchorVariable, EMBEDDING, embed } from './terms.js';

export const METHODS = {
  semise,
  'semise-paper': semisePaper,
  supervised,
  corn: supervisedCorn,
  simclr,
  conpro,
} as const satisfies Record<string, (context: MethodContext, settings: MethodSettings) => Method>;

export type MethodName = keyof typeof METHODS;
export const METHOD_NAMES = Object.keys(METHODS) as MethodName[];
