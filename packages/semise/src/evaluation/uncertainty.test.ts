import assert from 'node:assert/strict';
import { test } from 'node:test';
import { InputError } from '../errors.js';
import { gradedStudy } from '../testing/graded-study.js';
import { assess } from './assess.js';
import { doubt, fitUncertainty, uncertaintySchema } from './uncertainty.js';

const fitted = gradedStudy({ seed: 1, subjects: 150, sharpness: 3 });
const fresh = gradedStudy({ seed: 2, subjects: 300, sharpness: 3 });
const options = { grades: 4, seed: 1, maxError: 0.3 };

test('what is fitted survives the file, and keeps its promises on new subjects', () => {
  const uncertainty = fitUncertainty(fitted, options);
  assert.deepEqual(uncertaintySchema.parse(JSON.parse(JSON.stringify(uncertainty))), uncertainty);
  const found = assess(uncertainty, fresh, { seed: 1, draws: 200 })!;
  const { raw, calibrated, change } = found.probabilities;
  assert.ok(calibrated.eceDebiased.value! < raw.eceDebiased.value! / 2);
  assert.ok(change.ci95![1] < 0, `${change.ci95}`);
  const { all, byGrade } = found.sets;
  assert.ok(
    all!.coverage.ci95![1] > 0.9 && all!.coverage.ci95![0] < 0.95,
    `${all!.coverage.value}`,
  );
  assert.equal(
    all!.sizes.reduce((sum, n) => sum + n, 0),
    600,
  );
  assert.ok(byGrade === null || byGrade.size.value! >= all!.size.value!);
  const { referred, errorKept, errorAll } = found.referral;
  assert.ok(referred.value! > 0 && referred.value! < 1);
  assert.ok(errorKept.value! < 0.3 && errorKept.value! < errorAll.value!);
});

test('figures of an assessment are those counted by hand', () => {
  const uncertainty = fitUncertainty(fitted, { ...options, byGrade: true });
  const found = assess(uncertainty, fresh, { seed: 1, draws: 0 })!;
  const doubts = fresh.map((p) => doubt(uncertainty, p));
  const share = (of: (i: number) => boolean, among = fresh.map(() => true)) => {
    const counted = [...fresh.keys()].filter((i) => among[i]);
    return counted.filter(of).length / counted.length;
  };
  const near = (actual: number | null, expected: number) =>
    assert.ok(Math.abs(actual! - expected) < 1e-12, `${actual}, not ${expected}`);
  const kept = doubts.map(({ refer }) => !refer);
  near(found.referral.referred.value, 1 - share((i) => kept[i]));
  near(
    found.referral.errorKept.value,
    share((i) => fresh[i].predicted !== fresh[i].grade, kept),
  );
  if (found.sets.byGrade) {
    const holds = (i: number) => {
      const [low, high] = doubts[i].set!;
      return low <= fresh[i].grade! && fresh[i].grade! <= high;
    };
    near(found.sets.byGrade.coverage.value, share(holds));
    near(
      found.sets.byGrade.byGrade[2],
      share(
        holds,
        fresh.map(({ grade }) => grade === 2),
      ),
    );
  }
  assert.equal(assess(uncertainty, [], { seed: 1 }), null);
});

test('what too few subjects cannot tell is refused with its reason, and everything goes to a human', () => {
  const few = fitUncertainty(fitted.slice(0, 12), { ...options, maxError: 0.1 });
  assert.deepEqual(few.probabilities, { calibrator: { method: 'none' }, rps: null, trials: [] });
  assert.equal(few.sets.all, null);
  assert.match(few.sets.refused.all!, /^6 graded subjects: .* need 9/);
  assert.match(few.referral.refused!, /^6 graded subjects: .* takes 39 or more/);
  const told = doubt(few, fresh[0]);
  assert.deepEqual(told.calibrated, fresh[0].probabilities);
  assert.equal(told.set, null);
  assert.equal(told.refer, true);
  const found = assess(few, fresh, { seed: 1, draws: 50 })!;
  assert.deepEqual(found.referral.referred.value, 1);
  assert.deepEqual(found.referral.errorKept, { value: null, ci95: null });
});

test('options out of range, and nothing to calibrate on, are refused', () => {
  for (const [change, message] of [
    [{ coverage: 1 }, /coverage 1: give a share/],
    [{ maxError: 0 }, /maxError 0: give a share/],
  ] as const) {
    assert.throws(
      () => fitUncertainty(fitted, { ...options, ...change }),
      (error) => error instanceof InputError && message.test(error.message),
    );
  }
  const ungraded = fitted.map((p) => ({ ...p, grade: null }));
  assert.throws(() => fitUncertainty(ungraded, options), InputError);
});
