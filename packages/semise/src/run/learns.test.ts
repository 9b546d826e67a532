// What methods learn: each, and each switch of semise, on spots that grow with the grade. A term that drowns
// the others does not pass; the sign of each is proven beside the losses.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  DEFAULT_SETTINGS,
  METHOD_NAMES,
  type MethodName,
  type MethodSettings,
} from '../methods/index.js';
import { scoreOnSpots, spotConfig } from '../testing/spots.js';

/** What is learned from guesses must come slowly where 60 steps are all there are, and half of a batch graded. */
const BY_GUESSES = ['mean-teacher', 'fixmatch', 'freematch', 'mixmatch', 'semixup'];

/** Guessing gives a macro-F1 of a third and no correlation. */
async function learns(
  config: Parameters<typeof spotConfig>[0] & { readonly method: MethodName },
  settings: Partial<MethodSettings> = {},
): Promise<void> {
  const { macroF1, spearman } = await scoreOnSpots(
    spotConfig({ ...config, settings: { ...DEFAULT_SETTINGS, ...settings } }),
  );
  // A Siamese network tells health from disease here, and orders disease little.
  const least =
    config.method === 'healthy-pool' ? 0.45 : BY_GUESSES.includes(config.method) ? 0.6 : 0.75;
  const found = `macro-F1 ${macroF1.value}, Spearman ${spearman.value}`;
  assert.ok(Number(macroF1.value) > least && Number(spearman.value) > least, found);
}

for (const method of METHOD_NAMES) {
  const settings = BY_GUESSES.includes(method) ? { unlabelledWeight: 0.03 } : {};
  test(`${method} learns`, () => learns({ method }, settings));
}

/** Each switch at least once; together where they do not take one another's place. */
const SWITCHES: Record<string, Partial<MethodSettings>> = {
  'ordinal head alone': { gradeWeight: 0, axisWeight: 0, cornWeight: 1, answer: 'corn' },
  'mixed and soft grades, read by an ensemble': { mixup: true, softness: 0.4, answer: 'ensemble' },
  'logit adjustment': { sampling: 'natural', logitAdjustment: 1 },
  'contrasts of grades, of weak views and of places': {
    supconWeight: 0.5,
    rncWeight: 0.5,
    contrastWeight: 0.5,
    contrastStrength: 0.5,
    denseWeight: 0.5,
  },
  'contrast of subjects': { contrastWeight: 0.5, positives: 'subject' },
  'contrast with neighbours': { contrastWeight: 0.5, positives: 'neighbours' },
  'hidden squares': { maskedWeight: 0.5 },
  'the order of patches, learned and answered with': {
    patchOrderWeight: 0.5,
    patchGradeWeight: 0.5,
  },
  'all that a teacher teaches': {
    consistencyWeight: 0.3,
    pseudoWeight: 0.3,
    orderWeight: 0.3,
    orderConsistencyWeight: 0.3,
  },
};
for (const [name, settings] of Object.entries(SWITCHES)) {
  const imageSize = 'maskedWeight' in settings ? 32 : 16; // two squares a side, of which one is hidden
  test(`semise with ${name} learns`, () => learns({ method: 'semise', imageSize }, settings));
}
