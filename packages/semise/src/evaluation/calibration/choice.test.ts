import assert from 'node:assert/strict';
import { test } from 'node:test';
import { random } from '../../random.js';
import { gradedStudy } from '../../testing/graded-study.js';
import { rankedProbabilityScore } from '../metrics/rps.js';
import type { CalibrationMethod } from './calibrator.js';
import { calibrated, fitCalibrator } from './calibrator.js';
import {
  chooseCalibrator,
  chosenMethod,
  type LeftOutScores,
  leftOutScores,
  pairedGain,
} from './choice.js';
import { debiasedCalibrationError } from './error.js';

type Study = ReturnType<typeof gradedStudy>;

const near = (actual: number, expected: number, within: number, what = '') =>
  assert.ok(Math.abs(actual - expected) <= within, `${what}: ${actual}, expected ${expected}`);

const meanRps = (predictions: Study, of = (p: readonly number[]) => p) =>
  predictions.reduce((sum, p) => sum + rankedProbabilityScore(of(p.probabilities), p.grade!), 0) /
  predictions.length;

test('too sure a model is mended, on new subjects too', () => {
  const fitted = gradedStudy({ seed: 1, subjects: 150, sharpness: 3 });
  const { calibrator, rps, trials } = chooseCalibrator(fitted, 1);
  assert.equal(calibrator.method, 'temperature');
  assert.ok(rps!.temperature < rps!.none);
  assert.deepEqual(
    trials.map(({ from, to, gains }) => [from, to, ...gains.map(({ score }) => score)]),
    [
      ['none', 'temperature', 'logLoss'],
      ['temperature', 'isotonic', 'rps', 'brier'],
    ],
  );
  const fresh = gradedStudy({ seed: 2, subjects: 400, sharpness: 3 });
  const raw = meanRps(fresh);
  const mended = meanRps(fresh, (p) => calibrated(calibrator, p));
  const honest = meanRps(gradedStudy({ seed: 2, subjects: 400 }));
  assert.ok(mended < raw - 0.8 * (raw - honest), `${raw} -> ${mended}, at best ${honest}`);
  // Sharpening by 3 is undone by a temperature of 3.
  assert.ok(calibrator.method === 'temperature');
  near(calibrator.temperature, 3, 0.5);
});

test('a model that takes all for more severe is mended by isotonic curves, which no temperature can', () => {
  const { calibrator } = chooseCalibrator(gradedStudy({ seed: 1, subjects: 300, shift: 1 }), 1);
  assert.equal(calibrator.method, 'isotonic');
});

/** Of 40 studies of 100 subjects: how often each method is taken, by the rule and by the least RPS. */
function taken(options: { sharpness?: number; shift?: number }) {
  const none = () => ({ none: 0, temperature: 0, isotonic: 0 });
  const [rule, least] = [none(), none()];
  for (let seed = 1; seed <= 40; seed++) {
    const leftOut = leftOutScores(gradedStudy({ seed, subjects: 100, ...options }), seed);
    rule[chosenMethod(leftOut).method]++;
    const gain = (to: CalibrationMethod) => pairedGain(leftOut, 'none', to, 'rps').mean;
    const [t, i] = [gain('temperature'), gain('isotonic')];
    least[i > Math.max(t, 0) ? 'isotonic' : t > 0 ? 'temperature' : 'none']++;
  }
  return { rule, least };
}

test('a calibrated model is left alone in nine of ten studies; the least RPS would touch more', () => {
  const { rule, least } = taken({});
  assert.ok(rule.none >= 36, JSON.stringify(rule));
  assert.equal(rule.isotonic, 0);
  assert.ok(least.none < rule.none, JSON.stringify(least));
});

test('what is chosen does not cost confidence in a model that is nearly right', () => {
  const fresh = gradedStudy({ seed: 99, subjects: 1500, shift: 0.2 });
  const right = fresh.map(({ predicted, grade }) => predicted === grade);
  const error = (of: (p: readonly number[]) => number[]) =>
    debiasedCalibrationError(
      fresh.map(({ probabilities, predicted }) => of(probabilities)[predicted]),
      right,
    )!;
  const raw = error((p) => [...p]);
  const sums = { chosen: 0, isotonic: 0 };
  for (let seed = 1; seed <= 20; seed++) {
    const study = gradedStudy({ seed, subjects: 100, shift: 0.2 });
    const { calibrator } = chooseCalibrator(study, seed);
    const isotonic = fitCalibrator('isotonic', study);
    sums.chosen += error((p) => calibrated(calibrator, p)) / 20;
    sums.isotonic += error((p) => calibrated(isotonic, p)) / 20;
  }
  assert.ok(sums.chosen < raw + 0.01, `${sums.chosen}, as it is ${raw}`);
  assert.ok(sums.isotonic > raw + 0.03, `${sums.isotonic}, as it is ${raw}`);
});

test('the standard error of a gain is its spread over draws of subjects, with images alike', () => {
  const means: number[] = [];
  const errors: number[] = [];
  for (let draw = 0; draw < 2000; draw++) {
    const r = random(draw, 'gains');
    const images = Array.from({ length: 60 }, (_, s) => {
      const own = r.normal();
      return Array.from({ length: 1 + r.integer(4) }, () => ({
        subject: `${s}`,
        gain: own + 0.3 * r.normal(),
      }));
    }).flat();
    const scored = (values: number[]) => ({ logLoss: values, brier: values, rps: values });
    const zero = scored(images.map(() => 0));
    const leftOut: LeftOutScores = {
      subjects: images.map(({ subject }) => subject),
      scores: { none: scored(images.map(({ gain }) => gain)), temperature: zero, isotonic: zero },
    };
    const { mean, error } = pairedGain(leftOut, 'none', 'temperature', 'rps');
    means.push(mean);
    errors.push(error ** 2);
  }
  const average = (values: number[]) => values.reduce((sum, v) => sum + v, 0) / values.length;
  const middle = average(means);
  const spread = Math.sqrt(average(means.map((m) => (m - middle) ** 2)));
  // The spread of 2,000 means is known within 1.6 %; taken as independent, images would give 0.09 for 0.15.
  near(Math.sqrt(average(errors)) / spread, 1, 0.06);
});

test('an honest model is hardly touched; the choice is by the seed alone, and too few subjects are left alone', () => {
  const honest = gradedStudy({ seed: 3, subjects: 150 });
  const chosen = chooseCalibrator(honest, 1);
  const fresh = gradedStudy({ seed: 4, subjects: 400 });
  const harm = meanRps(fresh, (p) => calibrated(chosen.calibrator, p)) - meanRps(fresh);
  assert.ok(harm < 0.002, `${harm}`);
  const again = chooseCalibrator([...honest].reverse(), 1);
  assert.equal(again.calibrator.method, chosen.calibrator.method);
  near(again.rps!.temperature, chosen.rps!.temperature, 1e-9);
  const few = chooseCalibrator(honest.slice(0, 18), 1);
  assert.deepEqual(few, { calibrator: { method: 'none' }, rps: null, trials: [] });
});
