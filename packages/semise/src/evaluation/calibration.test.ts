// Calibration error, worked by hand.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { expectedCalibrationError } from './metrics/calibration.js';

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
