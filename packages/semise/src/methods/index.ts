// The methods by name: a new one is a page beside these and a line here.

import { byol } from './byol.js';
import { fixmatch } from './fixmatch.js';
import { freematch } from './freematch.js';
import { healthyPool } from './healthy-pool.js';
import { meanTeacher } from './mean-teacher.js';
import type { Method, MethodContext } from './method.js';
import { mixmatch } from './mixmatch.js';
import { moco } from './moco.js';
import { rankNContrast, rankNContrastSeriation } from './rank-n-contrast.js';
import { ranknet } from './ranknet.js';
import { semise } from './semise.js';
import { conpro, semisePaper, simclr, simclrProbe } from './semise-paper.js';
import { semixup } from './semixup.js';
import type { MethodSettings } from './settings.js';
import { supcon } from './supcon.js';
import { CLASS_WEIGHTS, supervised, supervisedCorn, supervisedWeighted } from './supervised.js';
import { vicreg } from './vicreg.js';

export { MASKS } from './contrast-terms.js';
export * from './method.js';
export * from './plan.js';
export * from './settings.js';
export { anchorVariable, EMBEDDING, embed } from './terms.js';

/** Ours is `semise`, the paper's `semise-paper`; every other name is a rival. */
export const METHODS = {
  semise,
  'semise-paper': semisePaper,
  supervised,
  'supervised-weighted': supervisedWeighted,
  corn: supervisedCorn,
  ranknet,
  'healthy-pool': healthyPool,
  conpro,
  supcon,
  'rank-n-contrast': rankNContrast,
  'rank-n-contrast-seriation': rankNContrastSeriation,
  simclr,
  'simclr-probe': simclrProbe,
  moco,
  byol,
  vicreg,
  'mean-teacher': meanTeacher,
  fixmatch,
  freematch,
  mixmatch,
  semixup,
} as const satisfies Record<string, (context: MethodContext, settings: MethodSettings) => Method>;

export type MethodName = keyof typeof METHODS;
export const METHOD_NAMES = Object.keys(METHODS) as MethodName[];

/** Settings that a method must find beyond its own page too, where batches are drawn: no other values hold. */
export const OWN_SETTINGS: Readonly<Partial<Record<MethodName, Partial<MethodSettings>>>> = {
  'supervised-weighted': CLASS_WEIGHTS,
};
