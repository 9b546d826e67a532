// Against scikit-learn and scipy (fixtures/make_goldens.py), by hand, by property and by simulation.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import fc from 'fast-check';
import { InputError } from '../../errors.js';
import { random } from '../../random.js';
import { evaluate } from '../evaluate.js';
import { INFLATED, METRICS } from '../measure.js';
import type { Prediction } from '../prediction.js';
import {
  drawFigures,
  FIGURE_ERRORS,
  type FigureKey,
  figureDifferences,
  figureEstimates,
  figureKey,
  figureKeys,
  figureOf,
  figureSet,
  measureFigures,
} from './figures.js';
import { gradeMix } from './grade-mix.js';
import { inSubgroup, type Limit, limitsHash, parseLimits, subgroupName } from './limits.js';
import { judge, judgeLimit, why } from './verdict.js';

const goldens = JSON.parse(
  readFileSync(
    new URL('../../../src/evaluation/acceptance/fixtures/goldens.json', import.meta.url),
    'utf8',
  ),
);

const near = (actual: number | null, expected: number, tolerance = 1e-12) =>
  assert.ok(
    actual !== null && Math.abs(actual - expected) <= tolerance,
    `${actual}, not ${expected}`,
  );

/** Each image of its own subject, without probabilities. */
const plain = ({ truth, predicted }: { truth: number[]; predicted: number[] }): Prediction[] =>
  truth.map((grade, i) => ({
    image: `${i}.png`,
    subject: `s${i}`,
    split: 'test',
    grade,
    predicted: predicted[i],
    score: predicted[i],
    probabilities: [],
  }));

/** Images of `subjects` subjects, two each, with probabilities; `skill` from 0 (guesses) to 1. */
function made(seed: number, subjects: number, skill: number, grades = 3): Prediction[] {
  const r = random(seed, 'made');
  return Array.from({ length: 2 * subjects }, (_, i) => {
    const grade = (i >> 1) % grades;
    const predicted = r.chance(skill) ? grade : r.integer(grades);
    const raw = Array.from(
      { length: grades },
      (_, k) => r.uniform(0.1, 1) + Number(k === predicted),
    );
    const sum = raw.reduce((total, p) => total + p, 0);
    return {
      image: `${i}.png`,
      subject: `s${i >> 1}`,
      split: 'test',
      grade,
      predicted,
      score: predicted + r.normal(0, 0.4),
      probabilities: raw.map((p) => p / sum),
    };
  });
}

test('sensitivity and specificity at each grade: scikit-learn', () => {
  for (const golden of goldens.figures) {
    const values = measureFigures(figureSet(plain(golden), 4));
    for (const name of ['sensitivity', 'specificity'] as const)
      golden[name].forEach((expected: number, i: number) => {
        near(values[figureKey(name, i + 1)], expected);
      });
    assert.equal(values.ece, null);
    assert.deepEqual(Object.keys(values).sort(), figureKeys(4).sort());
  }
});

test('every other figure and interval is that of metrics.json', () => {
  const predictions = made(1, 60, 0.6);
  const options = { grades: 3, seed: 5, draws: 200 };
  const metrics = evaluate(predictions, options);
  const figures = figureEstimates(drawFigures(predictions, options));
  for (const name of METRICS)
    assert.deepEqual(
      INFLATED.has(name) ? { value: figures[name].value, ci95: null } : figures[name],
      metrics[name],
    );
  assert.equal(figures.ece.value, metrics.ece!.value);
  assert.equal(figures.eceDebiased.value, metrics.eceDebiased!.value);
  [0, 1].forEach((end) => {
    near(figures.eceDebiased.ci95![end], metrics.eceDebiased!.ci95![end], 1e-3);
  });
});

test('a set at the mix of another is the set with its images repeated', () => {
  const predictions = made(2, 30, 0.5);
  const weighted = drawFigures(predictions, {
    grades: 3,
    seed: 1,
    draws: 0,
    gradeWeights: [3, 1, 2],
  });
  const repeated = predictions.flatMap((p) => Array<Prediction>([3, 1, 2][p.grade!]).fill(p));
  const expected = measureFigures(figureSet(repeated, 3));
  for (const key of figureKeys(3).filter((key) => key !== 'eceDebiased'))
    near(weighted.values[key], expected[key]!, 1e-9);
});

test('the interval of a sensitivity: Wilson, at the number of independent images, of the ill', () => {
  const of = (ill: number, found: number, copies = 1) => {
    const truth = [...Array(30).fill(0), ...Array(ill).fill(1)];
    const predicted = truth.map((grade, i) => (grade === 1 && i < 30 + found ? 1 : 0));
    const rows = Array.from({ length: copies }, () => plain({ truth, predicted })).flat();
    return figureEstimates(drawFigures(rows, { grades: 2, seed: 1, draws: 1000 }))['sensitivity@1'];
  };
  // All found: the score interval of 12 of 12 by scipy; copies of the images change nothing.
  for (const copies of [1, 3]) {
    near(of(12, 12, copies).ci95![0], goldens.allFound.ci95[0], 1e-6);
    assert.equal(of(12, 12, copies).ci95![1], 1);
  }
  // 41 of 50.
  const [low, high] = of(50, 41).ci95!;
  near(high - low, goldens.wilson.find((golden: { n: number }) => golden.n === 50).width, 0.015);
  const [again, above] = of(50, 41, 3).ci95!;
  near(again, low, 0.01);
  near(above, high, 0.01);
});

test('the interval of a difference: that of score intervals by scipy', () => {
  const { a, b, value, ci95 } = goldens.difference;
  const drawn = (of: { truth: number[]; predicted: number[] }, seed: number) =>
    drawFigures(plain(of), { grades: 4, seed, draws: 4000 });
  const { accuracy } = figureDifferences(drawn(a, 1), drawn(b, 2));
  near(accuracy.value, value);
  const tolerance = 0.04 * (ci95[1] - ci95[0]);
  near(accuracy.ci95![0], ci95[0], tolerance);
  near(accuracy.ci95![1], ci95[1], tolerance);
});

test('a 95 % interval of a difference holds the true one in about 95 % of studies', () => {
  // bench/validation-coverage.mjs does this 1,000 times, for several figures.
  const studies = 200;
  let held = 0;
  for (let study = 0; study < studies; study++) {
    const set = (purpose: string, subjects: number, chances: [number, number]) => {
      const r = random(study, purpose);
      return Array.from({ length: subjects }, (_, s) => {
        const chance = r.pick(chances);
        return [0, 1, 2].map((i): Prediction => {
          const predicted = Number(!r.chance(chance));
          const image = `${s}-${i}`;
          return {
            image,
            subject: `${s}`,
            split: 'test',
            grade: 0,
            predicted,
            score: 0,
            probabilities: [],
          };
        });
      }).flat();
    };
    const [a, b] = [set('a', 50, [0.3, 0.8]), set('b', 35, [0.6, 1])];
    const drawn = (of: Prediction[], seed: number) =>
      drawFigures(of, { grades: 2, seed, draws: 200 });
    const [low, high] = figureDifferences(drawn(a, 2 * study), drawn(b, 2 * study + 1)).accuracy
      .ci95!;
    const truth = (0.3 + 0.8) / 2 - (0.6 + 1) / 2;
    if (low <= truth && truth <= high) held++;
  }
  assert.ok(held / studies > 0.895 && held / studies < 0.99, `${held} of ${studies}`);
});

test('property: a limit at or just within the end of the interval is kept, just beyond it is not', () => {
  const figures = drawFigures(made(3, 80, 0.7), { grades: 3, seed: 1, draws: 100 });
  const estimates = figureEstimates(figures);
  fc.assert(
    fc.property(
      fc.constantFrom(...figureKeys(3)),
      fc.double({ min: 1e-9, max: 0.3, noNaN: true }),
      (key: FigureKey, step) => {
        const { metric, grade } = figureOf(key);
        const { value, ci95 } = estimates[key];
        const error = FIGURE_ERRORS.has(metric);
        const [end, outward] = error ? [ci95![1], 1] : [ci95![0], -1];
        const verdict = (bound: number) => {
          const limit: Limit = {
            metric,
            ...(grade !== null && { grade }),
            ...(error ? { upper: bound } : { lower: bound }),
          };
          return judgeLimit(limit, figures);
        };
        assert.deepEqual([verdict(end).pass, verdict(end).reason], [true, 'kept']);
        assert.equal(verdict(end + outward * step).pass, true);
        const missed = verdict(end - outward * step);
        assert.equal(missed.pass, false);
        const bound = end - outward * step;
        const within = error ? value! <= bound : value! >= bound;
        assert.equal(missed.reason, within ? 'unsure' : 'beyond');
      },
    ),
  );
});

test('all limits must be kept; subgroups are judged by their own images alone', () => {
  const good = made(4, 40, 1).map((p) => ({
    ...p,
    image: `F${p.image}`,
    subject: `F${p.subject}`,
  }));
  const bad = made(5, 40, 0).map((p) => ({ ...p, image: `M${p.image}`, subject: `M${p.subject}` }));
  const attributes = (image: string) => ({ sex: image[0], age: image[0] === 'F' ? '61' : '40' });
  const run = (limits: Limit[]) =>
    judge([...good, ...bad], attributes, { limits }, { grades: 3, seed: 1, draws: 200 });
  const women: Limit = { metric: 'macroF1', lower: 0.9, subgroup: { sex: 'F' } };
  const men: Limit = { metric: 'macroF1', lower: 0.9, subgroup: { sex: 'M' } };
  const both = run([women, men]);
  assert.equal(both.verdict, 'fail');
  assert.deepEqual(
    both.limits.map(({ pass, reason, n, subjects }) => [pass, reason, n, subjects]),
    [
      [true, 'kept', 80, 40],
      [false, 'beyond', 80, 40],
    ],
  );
  assert.equal(run([women]).verdict, 'pass');
  assert.equal(run([{ ...women, subgroup: { age: { from: 60 } } }]).verdict, 'pass');
  assert.equal(run([{ ...women, subgroup: { age: { below: 60 } } }]).verdict, 'fail');
  assert.throws(() => run([{ ...women, subgroup: { smoker: 'yes' } }]), /column smoker.*sex, age/);
  assert.throws(
    () => run([{ metric: 'sensitivity', grade: 3, lower: 0.1 }]),
    /grade: 3, but the model knows grades 0 to 2/,
  );
});

test('what cannot be measured is not accepted, and the reason says so', () => {
  const limit: Limit = { metric: 'macroF1', lower: 0 };
  const options = { grades: 3, seed: 1, draws: 50 };
  const judged = (predictions: Prediction[], of = limit, fewest?: number) => {
    const one = judgeLimit(of, drawFigures(predictions, options), fewest);
    return [one.pass, one.reason, why(one, fewest ?? 20)] as const;
  };
  assert.deepEqual(judged(made(6, 19, 1)).slice(0, 2), [false, 'few subjects']);
  assert.match(judged(made(6, 19, 1))[2], /19 subjects, fewer than the 20/);
  assert.equal(judged(made(6, 19, 1), limit, 19)[0], true);
  assert.deepEqual(judged([]).slice(0, 2), [false, 'few subjects']);
  // One grade alone: no AUROC.
  const healthy = made(7, 90, 1).filter((p) => p.grade === 0);
  const auroc = judged(healthy, { metric: 'auroc', lower: 0 });
  assert.deepEqual(auroc.slice(0, 2), [false, 'undefined']);
  assert.match(auroc[2], /undefined for these 60 images; not accepted/);
  // Two ill subjects among many, both found: no reason to be sure of a sensitivity.
  const rare = plain({
    truth: [...Array(40).fill(0), 2, 2],
    predicted: [...Array(40).fill(0), 2, 2],
  });
  const sensitivity: Limit = { metric: 'sensitivity', grade: 1, lower: 0.5 };
  assert.deepEqual(judged(rare, sensitivity).slice(0, 2), [false, 'few subjects']);
  assert.deepEqual(judged(rare, sensitivity, 2).slice(0, 2), [false, 'unsure']);
});

test('a file is checked: field and cure are named', () => {
  const refused = (content: unknown, message: RegExp) =>
    assert.throws(
      () => parseLimits(typeof content === 'string' ? content : JSON.stringify(content), 'l.json'),
      (error) => error instanceof InputError && message.test(error.message),
      String(message),
    );
  const one = (limit: object) => ({ limits: [limit] });
  refused('{', /^l\.json: not valid JSON/);
  refused({}, /^l\.json: field limits: .*as in \{ "limits"/);
  refused({ limits: [] }, /field limits:/);
  refused(one({ metric: 'f1', lower: 0.5 }), /field limits\.0\.metric: .*macroF1/);
  refused(one({ metric: 'qwk' }), /limits\.0\.lower: missing; give the bound/);
  refused(
    one({ metric: 'qwk', upper: 0.5 }),
    /limits\.0\.upper: more is better of qwk; give lower/,
  );
  refused(
    one({ metric: 'maee', lower: 2 }),
    /limits\.0\.lower: less is better of maee; give upper/,
  );
  refused(
    one({ metric: 'macroF1', lower: 60 }),
    /limits\.0\.lower: 60, but macroF1 runs from 0 to 1/,
  );
  refused(one({ metric: 'maee', upper: 0.5 }), /maee runs from 1 to/);
  refused(one({ metric: 'sensitivity', lower: 0.5 }), /limits\.0\.grade: missing/);
  refused(
    one({ metric: 'qwk', grade: 1, lower: 0.5 }),
    /limits\.0\.grade: qwk does not stand at a grade/,
  );
  refused(one({ metric: 'qwk', lower: 0.5, subgrup: {} }), /subgrup/);
  refused(one({ metric: 'qwk', lower: 0.5, subgroup: { age: {} } }), /limits\.0\.subgroup\.age/);
  refused({ ...one({ metric: 'qwk', lower: 0.5 }), stamp: { limits: 'x' } }, /field stamp\./);
});

test('the hash is of the content: layout and order of keys do not matter, any change does', () => {
  const of = (text: string) => limitsHash(parseLimits(text, 'l.json'));
  const first = of('{"limits":[{"metric":"qwk","lower":0.5,"subgroup":{"sex":"F","site":"x"}}]}');
  assert.equal(
    of(
      '{ "limits": [\n { "lower": 0.50, "subgroup": { "site": "x", "sex": "F" }, "metric": "qwk" } ] }',
    ),
    first,
  );
  // sha256 of {"limits":[{"lower":0.5,"metric":"qwk"}]} by coreutils
  assert.equal(
    of('{"limits":[{"metric":"qwk","lower":0.5}]}'),
    'a0986bd1701179f436e82b2c8e74ba81cb1b9421d017ed015f653525b73d7004',
  );
  const stamp =
    '"stamp":{"limits":"a","model":null,"date":"2026-01-02T03:04:05.678Z","semise":"1"}';
  assert.equal(
    of(`{"limits":[{"metric":"qwk","lower":0.5}],${stamp}}`),
    of('{"limits":[{"metric":"qwk","lower":0.5}]}'),
  );
  for (const changed of [
    '"lower":0.51',
    '"lower":0.5,"note":"x"',
    '"lower":0.5,"subgroup":{"a":"b"}',
  ])
    assert.notEqual(
      of(`{"limits":[{"metric":"qwk",${changed}}]}`),
      of('{"limits":[{"metric":"qwk","lower":0.5}]}'),
    );
});

test('subgroups: values, numbers, ranges; what is not known is in none', () => {
  const cases: [Record<string, string>, Limit['subgroup'], boolean][] = [
    [{ sex: 'F' }, { sex: 'F' }, true],
    [{ sex: ' F ' }, { sex: 'F' }, true],
    [{ sex: 'f' }, { sex: 'F' }, false],
    [{}, { sex: 'F' }, false],
    [{ age: '60.0' }, { age: 60 }, true],
    [{ age: '' }, { age: 0 }, false],
    [{ age: '60' }, { age: { from: 60, below: 70 } }, true],
    [{ age: '70' }, { age: { from: 60, below: 70 } }, false],
    [{ age: '' }, { age: { below: 70 } }, false],
    [{ age: 'old' }, { age: { from: 1 } }, false],
    [{ age: '3', sex: 'M' }, { age: { below: 5 }, sex: 'F' }, false],
    [{}, undefined, true],
  ];
  for (const [attributes, subgroup, expected] of cases)
    assert.equal(
      inSubgroup(attributes, subgroup),
      expected,
      JSON.stringify([attributes, subgroup]),
    );
  assert.equal(
    subgroupName({ sex: 'F', age: { from: 60, below: 70 } }),
    'sex F, age from 60 below 70',
  );
});

test('the mix of grades, by hand', () => {
  const of = (counts: number[]) =>
    plain({
      truth: counts.flatMap((n, grade) => Array<number>(n).fill(grade)),
      predicted: counts.flatMap((n) => Array<number>(n).fill(0)),
    });
  const mix = gradeMix(of([6, 2, 2]), of([5, 5, 10]), { grades: 3, seed: 1, draws: 300 })!;
  const differences = mix.rows.map((row) => row.difference.value!);
  [0.25 - 0.6, 0.25 - 0.2, 0.5 - 0.2].forEach((expected, grade) => {
    near(differences[grade], expected);
  });
  near(mix.totalVariation, 0.35);
  [0.25 / 0.6, 0.25 / 0.2, 0.5 / 0.2].forEach((expected, grade) => {
    near(mix.weights![grade], expected);
  });
  // Newcombe's interval of 5 / 20 less 6 / 10 with t for z, at n - 1 cases: by scipy -0.649 to 0.061.
  const [low, high] = mix.rows[0].difference.ci95!;
  near(low, -0.649, 0.03);
  near(high, 0.061, 0.03);
  assert.equal(gradeMix(of([4, 4, 0]), of([1, 1, 1]), { grades: 3, seed: 1 })!.weights, null);
  assert.equal(gradeMix([], of([1, 1, 1]), { grades: 3, seed: 1 }), null);
});
