// Calibration error, worked by hand.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { random } from '../../random.js';
import { calibrationErrors, debiasedCalibrationError, expectedCalibrationError } from './error.js';

const near = (actual: number | null, expected: number) =>
  assert.ok(actual !== null && Math.abs(actual - expected) < 1e-12, `${actual}, not ${expected}`);

test('expected calibration error: |share right - mean probability|, by bin and its images', () => {
  // Two bins. Up to a half: 0.4 and 0.5, one right: |0.5 - 0.45| of 2 images. Above: 0.6, 0.8 and
  // 1.0, one right: |1/3 - 0.8| of 3 images.
  const confidences = [0.4, 0.6, 0.5, 0.8, 1];
  const right = [true, false, false, true, false];
  near(expectedCalibrationError(confidences, right, 2), (2 / 5) * 0.05 + (3 / 5) * (0.8 - 1 / 3));
  // One bin: |2/5 - 0.66|.
  near(expectedCalibrationError(confidences, right, 1), 0.26);
});

test('as often right as said: 0; sure and always wrong: 1; no image: undefined', () => {
  near(expectedCalibrationError([0.75, 0.75, 0.75, 0.75], [true, true, false, true]), 0);
  near(expectedCalibrationError([1, 1], [false, false]), 1);
  near(expectedCalibrationError([0, 0], [false, false]), 0);
  assert.equal(expectedCalibrationError([], []), null);
});

test('debiased: chance is taken out of each bin of equal mass', () => {
  // Two bins of 4, said 0.25 and 0.75; 2 and 3 right. Squared errors 1/16 and 0, of which
  // (1/2)(1/2)/3 = 1/12 and (3/4)(1/4)/3 = 1/16 may be chance: nothing is left.
  const said = [0.25, 0.25, 0.25, 0.25, 0.75, 0.75, 0.75, 0.75];
  const right = [true, true, false, false, true, true, true, false];
  near(debiasedCalibrationError(said, right, { bins: 2 }), 0);
  // All right though a quarter was said: a share of 1 is no chance. (9/16 + 1/16) / 2.
  const all = right.map(() => true);
  near(debiasedCalibrationError(said, all, { bins: 2 }), Math.sqrt(5 / 16));
  // One wrong in the upper bin: (9/16) / 2 + (0 - 1/16) / 2.
  const one = all.map((_, i) => i < 7);
  near(debiasedCalibrationError(said, one, { bins: 2 }), Math.sqrt(1 / 4));
  assert.equal(debiasedCalibrationError([], []), null);
});

/** A model that says p where c(p) is true, on `n` images in pairs a subject; its true errors are known. */
function study(seed: number, n: number, trueShare: (p: number) => number) {
  const stream = random(seed, 'calibration study');
  const said = Array.from({ length: n }, () => 0.5 + Math.floor(10 * stream.uniform()) / 20);
  return { said, right: said.map((p) => stream.chance(trueShare(p))) };
}

test('where the model is calibrated the plain error is not near 0, the debiased one is', () => {
  const sum = { plain: 0, squared: 0 };
  for (let seed = 0; seed < 200; seed++) {
    const { said, right } = study(seed, 150, (p) => p);
    sum.plain += expectedCalibrationError(said, right)! / 200;
    sum.squared += debiasedCalibrationError(said, right)! ** 2 / 200;
  }
  assert.ok(sum.plain > 0.07, `${sum.plain}`);
  assert.ok(Math.sqrt(sum.squared) < sum.plain / 1.5, `${Math.sqrt(sum.squared)}`);
});

/** Shares of studies of a model (says 0.5 to 0.95, is right less often, by up to 0.2) whose interval misses. */
function misses(n: number, studies: number): { below: number; above: number } {
  const trueShare = (p: number) => p - 0.4 * (p - 0.45);
  const levels = Array.from({ length: 10 }, (_, i) => 0.5 + i / 20);
  const mean = (of: (p: number) => number) => levels.reduce((sum, p) => sum + of(p) / 10, 0);
  const truth = Math.sqrt(mean((p) => (p - trueShare(p)) ** 2));
  const missed = { below: 0, above: 0 };
  for (let seed = 0; seed < studies; seed++) {
    const { said, right } = study(seed, n, trueShare);
    const subjectOf = Int32Array.from(said, (_, i) => i);
    const [low, high] = calibrationErrors(said, right, subjectOf, n, { seed, draws: 200 })
      .eceDebiased.ci95!;
    if (high < truth) missed.below += 1 / studies;
    if (low > truth) missed.above += 1 / studies;
  }
  return missed;
}

test('the interval of the debiased error holds the true error in about 95 % of studies', () => {
  const { below, above } = misses(300, 300);
  assert.ok(below + above > 0.015 && below + above < 0.09, `${below} ${above}`);
});

test('in small sets, too, its upper end is too low in no more than 2.5 %', () => {
  const { below } = misses(40, 600);
  assert.ok(below < 0.025, `${below}`);
});
