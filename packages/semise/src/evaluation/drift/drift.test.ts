// Against scipy, numpy and scikit-learn (fixtures/make_goldens.py), by hand, and by simulation.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { describe, test } from 'node:test';
import { random } from '../../random.js';
import { cramerVonMises } from './cramer-von-mises.js';
import {
  brightnessByPlace,
  IMAGE_STATISTICS,
  imageStatistics,
  kolmogorovSmirnov,
  mmd,
  psi,
  type Sample,
} from './index.js';
import { mmdStatistic } from './mmd.js';
import { labelings, permutationP } from './permutation.js';
import { pool } from './sample.js';

const goldens = JSON.parse(
  await readFile(
    new URL('../../../src/evaluation/drift/fixtures/goldens.json', import.meta.url),
    'utf8',
  ),
);
const near = (actual: number, expected: number, tolerance = 1e-9) =>
  assert.ok(Math.abs(actual - expected) <= tolerance, `${actual}, not ${expected}`);

/** An image a subject. */
const single = <T>(values: readonly T[]): Sample<T> => ({
  values,
  subjects: values.map((_, i) => `s${i}`),
});
/** Each value so many times, all of one subject. */
const repeated = <T>(values: readonly T[], times: number): Sample<T> => ({
  values: values.flatMap((value) => Array<T>(times).fill(value)),
  subjects: values.flatMap((_, i) => Array<string>(times).fill(`s${i}`)),
});

describe('image statistics', () => {
  for (const [i, golden] of goldens.pictures.entries())
    test(`numpy and scipy.ndimage, picture ${i}`, () => {
      const pixels = (golden.bits === 16 ? Uint16Array : Uint8Array).from(golden.pixels);
      const statistics = imageStatistics({ ...golden, pixels, spacing: null });
      for (const name of IMAGE_STATISTICS) near(statistics[name], golden.statistics[name], 1e-9);
      brightnessByPlace({ ...golden, pixels, spacing: null }).forEach((value, cell) => {
        near(value, golden.places[cell]);
      });
    });

  test('a flat grey picture has no detail and no colour; noise is found', () => {
    const of = (pixels: Uint8Array, width: number, height: number) =>
      imageStatistics({ width, height, channels: 1, bits: 8, pixels, spacing: null });
    const flat = of(new Uint8Array(100).fill(51), 10, 10);
    near(flat.brightness, 0.2);
    for (const name of ['spread', 'contrast', 'sharpness', 'noise', 'dark', 'saturated'] as const)
      near(flat[name], 0);
    near(flat.red, 1 / 3);
    const r = random(1, 'noise');
    const noisy = of(
      Uint8Array.from({ length: 10_000 }, () => Math.round(r.normal(128, 10))),
      100,
      100,
    );
    near(noisy.noise, 10 / 255, 0.002);
    assert.deepEqual(of(Uint8Array.of(9), 1, 1).sharpness, 0);
  });
});

test('Kolmogorov-Smirnov: scipy, its exact p near the permutation p', () => {
  for (const { a, b, statistic, p } of goldens.ks) {
    const ours = kolmogorovSmirnov(single<number>(a), single<number>(b), { draws: 4000, seed: 3 });
    near(ours.statistic, statistic);
    // scipy's exact p knows nothing of ties, the permutation does.
    const ties = new Set([...a, ...b]).size < a.length + b.length;
    if (!ties) near(ours.p, p, 4 * Math.sqrt((p * (1 - p)) / 4000) + 2 / 4000);
  }
});

test('Cramér-von Mises: scipy', () => {
  let seen = 0;
  for (const { a, b, cramerVonMises: statistic } of goldens.ks) {
    if (new Set([...a, ...b]).size < a.length + b.length) continue; // scipy shares ties out otherwise
    const pooled = pool(single<number>(a), single<number>(b));
    const [met] = labelings(pooled, 0, 1);
    const scale = (a.length * b.length) / (a.length + b.length);
    near(scale * cramerVonMises(pooled)(met), statistic);
    seen++;
  }
  assert.ok(seen > 1);
  // By hand: below 1 all of a and half of b, below 2 both: a quarter, at 3 of 4 images.
  const tied = pool(single([1, 1]), single([1, 2]));
  near(cramerVonMises(tied)(Uint8Array.of(0, 0, 1, 1)), 0.25 * 0.75);
});

test('MMD: numpy with the kernel of scikit-learn', () => {
  for (const { x, y, mmd2, bandwidth } of goldens.mmd) {
    const ours = mmd(single<number[]>(x), single<number[]>(y), { draws: 20, seed: 1 });
    near(ours.mmd2, mmd2, 1e-7);
    near(ours.bandwidth, bandwidth, 1e-6);
  }
});

test('MMD of any labeling is that of the two sides, whichever is smaller', () => {
  const r = random(5, 'mmd');
  const point = () => [r.normal(), r.normal()];
  for (const [n, m] of [
    [9, 4],
    [4, 9],
  ]) {
    const pooled = pool(
      single(Array.from({ length: n }, point)),
      single(Array.from({ length: m }, point)),
    );
    const { statistic, bandwidth } = mmdStatistic(pooled);
    const kernel = (i: number, j: number) => {
      const [a, b] = [pooled.values[i], pooled.values[j]];
      return Math.exp(-((a[0] - b[0]) ** 2 + (a[1] - b[1]) ** 2) / (2 * bandwidth ** 2));
    };
    for (const chosen of labelings(pooled, 5, 2)) {
      const sides = [0, 1].map((side) => [...chosen.keys()].filter((i) => chosen[i] === side));
      const mean = (a: number[], b: number[]) => {
        const pairs = a.flatMap((i) => b.filter((j) => j !== i).map((j) => kernel(i, j)));
        return pairs.reduce((sum, value) => sum + value, 0) / pairs.length;
      };
      const [rest, batch] = sides;
      near(statistic(chosen), mean(rest, rest) + mean(batch, batch) - 2 * mean(rest, batch), 1e-6);
    }
  }
});

test('PSI: numpy and scipy, numbers and categories', () => {
  for (const golden of goldens.psi) {
    const ours = psi(single<never>(golden.reference), single<never>(golden.other));
    near(ours.psi, golden.psi);
    near(ours.p, golden.p, 1e-8);
    near(ours.expected, golden.expected);
    assert.equal(ours.bins, golden.bins);
  }
});

test('PSI without drift is in the mean what chance gives, and its p is uniform', () => {
  const ps: number[] = [];
  let [sum, expected] = [0, 0];
  for (let round = 0; round < 600; round++) {
    const r = random(round, 'psi');
    const draw = (n: number) => single(Array.from({ length: n }, () => r.normal()));
    const found = psi(draw(400), draw(150));
    sum += found.psi;
    expected += found.expected;
    ps.push(found.p);
  }
  near(sum / expected, 1, 0.1);
  near(ps.filter((p) => p <= 0.05).length / 600, 0.05, 0.03);
  near(ps.filter((p) => p <= 0.5).length / 600, 0.5, 0.07);
});

test('repeating the images of every subject changes nothing but the time', () => {
  const r = random(9, 'repeat');
  const numbers = (n: number, shift: number) => Array.from({ length: n }, () => r.normal(shift, 1));
  const [a, b] = [numbers(30, 0), numbers(12, 0.6)];
  const options = { draws: 200, seed: 4 };
  const alike = <T extends object>(once: T, often: T) => {
    for (const [name, value] of Object.entries(once))
      near(Object(often)[name], value as number, 1e-9);
  };
  alike(
    kolmogorovSmirnov(single(a), single(b), options),
    kolmogorovSmirnov(repeated(a, 3), repeated(b, 2), options),
  );
  const [{ psi: once }, { psi: often }] = [
    psi(single(a.map(String)), single(b.map(String))),
    psi(repeated(a.map(String), 3), repeated(b.map(String), 2)),
  ];
  near(often, once);
  // The median distance changes, the verdict does not: p stays within what another kernel may do.
  const vectors = (values: number[]) => values.map((value) => [value, value ** 2]);
  const first = mmd(single(vectors(a)), single(vectors(b)), options);
  const second = mmd(repeated(vectors(a), 3), repeated(vectors(b), 2), options);
  near(second.p, first.p, 0.1);
});

test('permutation p is uniform where nothing changed, with several images a subject', () => {
  const below = { ks: [0, 0], mmd: [0, 0] };
  const rounds = 300;
  for (let round = 0; round < rounds; round++) {
    const r = random(round, 'null');
    // Images of a subject are much alike: taken for independent, half of the weeks would alarm.
    const draw = (count: number): Sample<number[]> => {
      const subjects = Array.from({ length: count }, (_, i) =>
        Array(1 + r.integer(5)).fill(`${i}`),
      );
      const means = subjects.map(() => [r.normal(), r.normal()]);
      return {
        subjects: subjects.flat(),
        values: subjects.flatMap((images, i) =>
          images.map(() => means[i].map((mean) => mean + r.normal(0, 0.2))),
        ),
      };
    };
    const [reference, other] = [draw(25), draw(8)];
    const options = { draws: 99, seed: round };
    const scalar = ({ values, subjects }: Sample<number[]>) => ({
      subjects,
      values: values.map(([x]) => x),
    });
    const ps = {
      ks: kolmogorovSmirnov(scalar(reference), scalar(other), options).p,
      mmd: mmd(reference, other, options).p,
    };
    for (const name of ['ks', 'mmd'] as const)
      [0.05, 0.5].forEach((level, i) => {
        if (ps[name] <= level) below[name][i]++;
      });
  }
  for (const [name, [rare, half]] of Object.entries(below)) {
    // Within 3.3 standard errors.
    assert.ok(Math.abs(rare / rounds - 0.05) < 0.042, `${name}: ${rare} of ${rounds} at 0.05`);
    assert.ok(Math.abs(half / rounds - 0.5) < 0.095, `${name}: ${half} of ${rounds} at 0.5`);
  }
});

test('a labeling chooses as many subjects, the first those that came; each equally often', () => {
  const counts = new Float64Array(7);
  let draw = 0;
  for (const chosen of labelings({ first: 5, second: 2 }, 7000, 1)) {
    if (draw++ === 0) assert.deepEqual([...chosen], [0, 0, 0, 0, 0, 1, 1]);
    else
      chosen.forEach((one, i) => {
        counts[i] += one;
      });
    assert.equal(
      chosen.reduce((sum, one) => sum + one, 0),
      2,
    );
  }
  for (const count of counts) near(count / 2000, 1, 0.08);
  near(permutationP([2, 1, 3, 2]), 3 / 4);
});
