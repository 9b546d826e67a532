// What methods learn: each, and each switch of semise, on spots that grow with the grade. A term that drowns
// the others does not pass; the sign of each is proven beside the losses.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DEFAULT_SETTINGS, METHOD_NAMES, type MethodSettings } from '../methods/index.js';
import { scoreOnSpots, spotConfig } from '../testing/spots.js';

/** Guessing gives a macro-F1 of a third and no correlation. */
async function learns(
  config: Parameters<typeof spotConfig>[0],
  settings: Partial<MethodSettings> = {},
): Promise<void> {
  const { macroF1, spearman } = await scoreOnSpots(
    spotConfig({ ...config, settings: { ...DEFAULT_SETTINGS, ...settings } }),
  );
  const found = `macro-F1 ${macroF1.value}, Spearman ${spearman.value}`;
  if (process.env.SHOW) console.log(config.method, JSON.stringify(settings), found);
  // A Siamese network tells health from disease here, and orders disease little.
  const least = config.method === 'healthy-pool' ? 0.45 : 0.75;
  assert.ok(Number(macroF1.value) > least && Number(spearman.value) > least, found);
}

/** 60 steps are few: what is learned from guesses must not come before there is something to guess with. */
const CAUTIOUS = ['mean-teacher', 'fixmatch', 'freematch', 'mixmatch', 'semixup'];
for (const method of METHOD_NAMES) {
  const settings = CAUTIOUS.includes(method) ? { unlabelledWeight: 0.03 } : {};
  test(`${method} learns`, () => learns({ method }, settings));
}

const SWITCHES: Record<string, Partial<MethodSettings>> = {
  'ordinal head alone': { gradeWeight: 0, axisWeight: 0, cornWeight: 1, answer: 'corn' },
  ensemble: { answer: 'ensemble' },
  'soft neighbours': { softness: 0.4, answer: 'softmax' },
  'logit adjustment': { sampling: 'natural', logitAdjustment: 1 },
  mixup: { mixup: true },
  'contrasts of grades': { supconWeight: 0.5, rncWeight: 0.5 },
  contrast: { contrastWeight: 0.5, contrastStrength: 0.5 },
  'contrast of subjects': { contrastWeight: 0.5, positives: 'subject' },
  'contrast with neighbours': { contrastWeight: 0.5, positives: 'neighbours' },
  'dense contrast': { denseWeight: 0.5 },
  'hidden squares': { maskedWeight: 0.5 },
  consistency: { consistencyWeight: 1 },
  'pseudo-grades': { pseudoWeight: 1 },
  'confident order': { orderWeight: 1 },
  'order consistency': { orderConsistencyWeight: 1 },
};
for (const [name, settings] of Object.entries(SWITCHES)) {
  const imageSize = 'maskedWeight' in settings ? 32 : 16; // two squares a side, of which one is hidden
  test(`semise with ${name} learns`, () => learns({ method: 'semise', imageSize }, settings));
}
