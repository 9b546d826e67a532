import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { goldens } from '../../testing/calibration-goldens.js';
import { CALIBRATION_METHODS, calibrated, fitCalibrator } from './calibrator.js';
import { fitIsotonic, poolAdjacentViolators, valueOn } from './isotonic.js';
import { fitTemperature, scaled } from './temperature.js';

const near = (actual: number, expected: number, within = 1e-9, what = '') =>
  assert.ok(Math.abs(actual - expected) <= within, `${what}: ${actual}, expected ${expected}`);

goldens.temperature.forEach((golden, i) => {
  test(`temperature agrees with scipy's minimum of the likelihood (${i})`, () => {
    const found = fitTemperature(golden.probabilities, golden.truth);
    near(found, golden.temperature, 1e-6 * golden.temperature);
    const nll = (t: number) =>
      -golden.truth.reduce(
        (sum, y, j) => sum + Math.log(scaled(golden.probabilities[j], t)[y]),
        0,
      ) / golden.truth.length;
    near(nll(1), golden.nllBefore);
    near(nll(found), golden.nllAfter);
    golden.scaled.forEach((row, j) => {
      row.forEach((p, k) => {
        near(scaled(golden.probabilities[j], golden.temperature)[k], p);
      });
    });
  });
});

test('a set without an error, or without one right, has a temperature at the end of its range', () => {
  assert.ok(fitTemperature([[0.9, 0.1]], [0]) < 0.06);
  near(fitTemperature([[0.9, 0.1]], [1]), 20);
  assert.ok(scaled([1, 0, 0], 0.05).every(Number.isFinite));
});

goldens.isotonic.forEach(({ x, y, fitted, at, predicted }, i) => {
  test(`isotonic curve agrees with scikit-learn (${i})`, () => {
    const curve = fitIsotonic(
      x,
      y.map((value) => value === 1),
    );
    x.forEach((value, j) => {
      near(valueOn(curve, value), fitted[j], 1e-9, `at ${value}`);
    });
    at.forEach((value, j) => {
      near(valueOn(curve, value), predicted[j], 1e-9, `between, at ${value}`);
    });
  });
});

test('pooling: the nearest rising sequence, weights and all', () => {
  // sklearn.isotonic.isotonic_regression([1, 3, 2, 2, 5, 4], sample_weight=[1, 1, 3, 1, 1, 1])
  const found = poolAdjacentViolators([1, 3, 2, 2, 5, 4], [1, 1, 3, 1, 1, 1]);
  [1, 2.2, 2.2, 2.2, 4.5, 4.5].forEach((value, i) => {
    near(found[i], value);
  });
});

const anyProbabilities = fc
  .tuple(fc.nat(20), fc.nat(20), fc.nat(20), fc.nat(20))
  .filter((weights) => weights.some((w) => w > 0))
  .map((weights) => weights.map((w) => w / weights.reduce((sum, each) => sum + each, 0)));

test('whatever is fitted, calibrated probabilities are probabilities', () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(anyProbabilities, fc.nat(3)), { minLength: 1, maxLength: 30 }),
      anyProbabilities,
      (rows, asked) => {
        const predictions = rows.map(([probabilities, grade], i) => ({
          image: `${i}`,
          subject: `${i}`,
          grade,
          probabilities,
        }));
        for (const method of CALIBRATION_METHODS) {
          const found = calibrated(fitCalibrator(method, predictions), asked);
          near(
            found.reduce((sum, p) => sum + p, 0),
            1,
          );
          for (const p of found) assert.ok(p >= -1e-12 && p <= 1 + 1e-12, `${method}: ${found}`);
        }
      },
    ),
  );
});
