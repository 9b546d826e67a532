import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { goldens } from '../../testing/calibration-goldens.js';
import { wilsonInterval } from '../wilson.js';
import { exceedances, fromExceedances } from './exceedance.js';
import { reliabilityBins } from './reliability.js';

const near = (actual: number, expected: number, what = '') =>
  assert.ok(Math.abs(actual - expected) < 1e-9, `${what}: ${actual}, expected ${expected}`);

test("Wilson's interval agrees with scipy.stats.binomtest", () => {
  for (const { hits, n, ci95 } of goldens.wilson) {
    wilsonInterval(hits, n)!.forEach((end, i) => {
      near(end, ci95[i], `${hits} of ${n}`);
    });
  }
  assert.equal(wilsonInterval(0, 0), null);
});

for (const { name, said, happened, curves } of goldens.reliability) {
  for (const { bins, strategy, observed, predicted } of curves) {
    test(`reliability agrees with scikit-learn: ${name}, ${bins} bins, ${strategy}`, () => {
      const binning = strategy === 'uniform' ? 'width' : 'mass';
      const found = reliabilityBins(said, happened, { bins, binning });
      assert.equal(found.length, observed.length);
      found.forEach((bin, b) => {
        near(bin.observed, observed[b], 'observed');
        near(bin.predicted, predicted[b], 'predicted');
        assert.ok(bin.low <= bin.predicted + 1e-12 && bin.predicted <= bin.high + 1e-12);
        assert.ok(bin.ci95[0] <= bin.observed && bin.observed <= bin.ci95[1]);
      });
      assert.equal(
        found.reduce((sum, { n }) => sum + n, 0),
        said.length,
      );
    });
  }
}

test('bins of equal mass hold about equally many, and no case gets lost', () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.double({ min: 0, max: 1, noNaN: true }), fc.boolean()), {
        minLength: 1,
        maxLength: 60,
      }),
      fc.constantFrom('width' as const, 'mass' as const),
      (cases, binning) => {
        const found = reliabilityBins(
          cases.map(([p]) => p),
          cases.map(([, happened]) => happened),
          { bins: 5, binning },
        );
        const sum = (of: (bin: (typeof found)[number]) => number) =>
          found.reduce((total, bin) => total + of(bin), 0);
        near(
          sum(({ n }) => n),
          cases.length,
        );
        near(
          sum(({ n, observed }) => n * observed),
          cases.filter(([, happened]) => happened).length,
        );
        if (binning === 'mass' && new Set(cases.map(([p]) => p)).size === cases.length) {
          for (const { n } of found) assert.ok(Math.abs(n - cases.length / 5) < 2);
        }
      },
    ),
  );
});

test('exceedances: how probable is worse than k?', () => {
  const above = exceedances([0.5, 0.25, 0.125, 0.125]);
  assert.deepEqual(above, [0.5, 0.25, 0.125]);
  assert.deepEqual(fromExceedances(above), [0.5, 0.25, 0.125, 0.125]);
});
