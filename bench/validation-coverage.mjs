// Whether the intervals of a run's report, of an external validation and of subgroups hold what they promise,
// by simulation:
//
//   npm run build && node bench/validation-coverage.mjs > docs/validation-coverage.md
//
// A study draws an external set and an internal test from two known populations of subjects with two images
// each, and works out what `semise validate` would; or a set of two groups, and what `semise bias` would. The
// truth is that of 50,000 subjects. 95 of 100 intervals should hold it, and a limit set at the truth itself,
// which a model does not deserve to be sure of, should be called kept in 2.5 of 100.

import {
  drawFigures,
  FIGURE_ERRORS,
  figureDifferences,
  figureEstimates,
  figureKeys,
  figureOf,
  figureSet,
  INFLATED_FIGURES,
} from '../packages/semise/dist/evaluation/acceptance/figures.js';
import { judgeLimit } from '../packages/semise/dist/evaluation/acceptance/verdict.js';
import {
  binsOf,
  squaredError,
  usualBins,
} from '../packages/semise/dist/evaluation/calibration/index.js';
import { subgroups } from '../packages/semise/dist/evaluation/subgroups/index.js';
import { random } from '../packages/semise/dist/random.js';

const STUDIES = Number(process.argv[2] ?? 1000);
const DRAWS = 200;
const TRUTH = 50_000;

/**
 * Populations of subjects: how the grades are mixed, how much too severely the model sees (in grades), and how
 * far subjects and images of one stray about that.
 */
const WORLDS = {
  usual: { mix: [0.35, 0.325, 0.325], shift: 0.35, subject: 0.5, image: 0.5, sizes: [30, 100] },
  strong: { mix: [0.5, 0.3, 0.2], shift: 0, subject: 0.2, image: 0.15, sizes: [30, 100] },
  weak: { mix: [0.5, 0.3, 0.2], shift: 0.6, subject: 0.9, image: 0.6, sizes: [30] },
  'five grades': {
    mix: [0.4, 0.2, 0.15, 0.15, 0.1],
    shift: 0.2,
    subject: 0.5,
    image: 0.5,
    sizes: [30],
  },
};
/** What the internal test comes from. */
const INTERNAL = {
  3: { mix: [0.6, 0.24, 0.16], shift: 0, subject: 0.5, image: 0.5 },
  5: { mix: [0.5, 0.2, 0.15, 0.1, 0.05], shift: 0, subject: 0.5, image: 0.5 },
};

/** Subjects of two images that are alike: one severity, one skill. */
function population(seed, purpose, subjects, { mix, shift, subject: apart, image: noise }) {
  const r = random(seed, purpose);
  const grades = [...mix.keys()];
  return Array.from({ length: subjects }, (_, s) => {
    let left = r.uniform();
    const found = grades.findIndex((k) => {
      left -= mix[k];
      return left < 0;
    });
    const grade = found < 0 ? grades.length - 1 : found;
    const bias = r.normal(shift, apart);
    return [0, 1].map((i) => {
      const score = grade + bias + r.normal(0, noise);
      const raw = grades.map((k) => Math.exp(-((score - k) ** 2) / 0.7));
      const sum = raw.reduce((total, p) => total + p, 0);
      const probabilities = raw.map((p) => p / sum);
      const predicted = probabilities.indexOf(Math.max(...probabilities));
      const subject = `${purpose}${s}`;
      const image = `${subject}-${i}`;
      return { image, subject, split: 'test', grade, predicted, score, probabilities };
    });
  }).flat();
}

const holds = (interval, value) =>
  interval !== null && interval[0] - 1e-9 <= value && value <= interval[1] + 1e-9;

/**
 * The figures of a population; its calibration error with as many bins as a set of so many images has, as it is
 * the error between bins.
 */
function truthOf(world) {
  const predictions = population(0, 'truth', TRUTH, world);
  const grades = world.mix.length;
  const { values } = drawFigures(predictions, { grades, seed: 1, draws: 0 });
  const { confidence, right } = figureSet(predictions, grades).graded;
  return (images) => {
    const bins = binsOf(confidence, usualBins(images), 'mass');
    return { ...values, eceDebiased: Math.sqrt(squaredError(confidence, right, bins).debiased) };
  };
}

/** Counts of intervals, of those that hold, and the sum of their widths, by name. */
class Tally {
  rows = new Map();
  add(name, interval, truth) {
    const row = this.rows.get(name) ?? { intervals: 0, held: 0, width: 0 };
    this.rows.set(name, row);
    if (interval === null) return;
    row.intervals++;
    row.width += interval[1] - interval[0];
    if (holds(interval, truth)) row.held++;
  }
  /** `94.8 %`; with the number of studies that have an interval, where not all do. */
  cover(name) {
    const row = this.rows.get(name);
    if (row === undefined || row.intervals === 0) return '-';
    const share = `${((100 * row.held) / row.intervals).toFixed(1)} %`;
    return row.intervals === STUDIES ? share : `${share} of ${row.intervals}`;
  }
  width(name) {
    const row = this.rows.get(name);
    return row === undefined || row.intervals === 0 ? '-' : (row.width / row.intervals).toFixed(3);
  }
}

const INTERNAL_SUBJECTS = 80;
/** The figures whose intervals are shown. */
const shown = (grades) =>
  figureKeys(grades).filter((figure) => !INFLATED_FIGURES.has(figureOf(figure).metric));
console.log(`# Coverage of 95 % intervals

Made by \`node bench/validation-coverage.mjs\`: ${STUDIES.toLocaleString('en-GB')} studies of each kind, two images a subject, an internal
test of ${INTERNAL_SUBJECTS} subjects, ${DRAWS} bootstrap draws. Given is the share of intervals that hold the truth ("of" so many, where
not every study has one): of an external set of so many subjects, of the difference external less internal, and of
the internal test, as a run's report shows it; and how often a limit set at the truth is called kept (at most 2.5 %
promised). The standard error of a coverage near 95 % is 0.7 %. \`ece\` and \`worstClassMae\` show no interval.

What falls short of 93 %: the debiased calibration error of the strong model (91 and 92 %; its upper end, on which a
limit is set, holds); by less than the error of the simulation QWK of the weak model, and by a little macro recall of
five grades, of which one has 4 subjects in the internal test. Misses are not always even on both sides: see how often
a limit is called kept (MAEE at 30 subjects in up to 6 of 100). Above 97 %, longer than they need be, are intervals
where few subjects are ill or nearly all answers are right, and of the debiased calibration error where it is small. A
sensitivity or specificity of fewer than 20 subjects is never accepted.
`);
for (const [name, world] of Object.entries(WORLDS)) {
  const grades = world.mix.length;
  const [theirs, ours] = [world, INTERNAL[grades]].map(truthOf);
  const truthInside = ours(2 * INTERNAL_SUBJECTS);
  const inside = new Tally();
  const bySize = world.sizes.map((subjects) => ({
    subjects,
    truth: theirs(2 * subjects),
    outside: new Tally(),
    differences: new Tally(),
    kept: {},
  }));
  for (let study = 0; study < STUDIES; study++) {
    const draw = (purpose, n, from) =>
      drawFigures(population(study, purpose, n, from), {
        grades,
        seed: random(study, purpose).integer(2 ** 31),
        draws: DRAWS,
      });
    const internal = draw('internal', INTERNAL_SUBJECTS, INTERNAL[grades]);
    const met = figureEstimates(internal);
    for (const figure of shown(grades)) inside.add(figure, met[figure].ci95, truthInside[figure]);
    for (const { subjects, truth, outside, differences, kept } of bySize) {
      const external = draw(`external ${subjects}`, subjects, world);
      const found = figureEstimates(external);
      const apart = figureDifferences(external, internal);
      for (const figure of shown(grades)) {
        outside.add(figure, found[figure].ci95, truth[figure]);
        differences.add(figure, apart[figure].ci95, truth[figure] - truthInside[figure]);
        const { metric, grade } = figureOf(figure);
        const bound = FIGURE_ERRORS.has(metric)
          ? { upper: truth[figure] }
          : { lower: truth[figure] };
        const limit = { metric, ...(grade !== null && { grade }), ...bound };
        if (judgeLimit(limit, external).pass) kept[figure] = (kept[figure] ?? 0) + 1;
      }
    }
  }
  console.error(name, new Date().toISOString());
  console.log(`## ${name}: ${grades} grades, accuracy ${bySize[0].truth.accuracy.toFixed(2)}
`);
  console.log(
    `| figure | true | ${bySize.map(({ subjects }) => `${subjects} subjects | mean width | difference | limit at the truth kept`).join(' | ')} | internal test |
|---|---|${bySize.map(() => '---|---|---|---|').join('')}---|`,
  );
  for (const figure of shown(grades)) {
    const cells = bySize.flatMap(({ outside, differences, kept }) => [
      outside.cover(figure),
      outside.width(figure),
      differences.cover(figure),
      `${((100 * (kept[figure] ?? 0)) / STUDIES).toFixed(1)} %`,
    ]);
    console.log(
      `| ${figure} | ${bySize[0].truth[figure].toFixed(3)} | ${cells.join(' | ')} | ${inside.cover(figure)} |`,
    );
  }
  console.log('');
}

// Two groups of which one is seen more severely; the gaps' truth is that of two large groups.
const GAP = 0.3;
const GROUPS = [WORLDS.usual, { ...WORLDS.usual, shift: WORLDS.usual.shift + GAP }];
const report = (sizes, seed, { draws, of = GROUPS, names = ['a', 'b'] }) => {
  const sets = of.map((world, i) => population(seed, names[i], sizes[i], world));
  const attributes = new Map(
    sets.flatMap((set, i) => set.map(({ image }) => [image, { group: names[i] }])),
  );
  return subgroups(sets.flat(), attributes, {
    grades: 3,
    seed,
    draws,
    permutations: 1,
    minSubjects: 20,
  });
};
/** What is shown of group b: its figures, and each gap of it. */
const shownOf = ({ divisions }) => {
  const { metrics, overconfidence, againstRest } = divisions[0].groups[1].judged;
  const figures = [
    'macroF1',
    'accuracy',
    'maee',
    'mae',
    'qwk',
    'auroc',
    'rps',
    'brier',
    'spearman',
  ];
  const gaps = { 'gap in score': againstRest.score, 'gap in error': againstRest.error };
  return {
    ...Object.fromEntries(figures.map((figure) => [figure, metrics[figure]])),
    overconfidence,
    ...gaps,
  };
};
const groupTruth = shownOf(report([5000, 5000], 1, { draws: 2 }));
const GROUP_SIZES = [
  [20, 20],
  [60, 20],
];
const byGroupSize = GROUP_SIZES.map((sizes) => {
  const tally = new Tally();
  for (let study = 0; study < STUDIES; study++) {
    const ofGroup = shownOf(report(sizes, 1000 + study, { draws: DRAWS }));
    for (const [name, { ci95 }] of Object.entries(ofGroup))
      tally.add(name, ci95, groupTruth[name].value);
  }
  console.error(sizes, new Date().toISOString());
  return tally;
});
console.log(`## Subgroups

| shown of the group | true | ${GROUP_SIZES.map(([rest, group]) => `${group} subjects, rest ${rest} | mean width`).join(' | ')} |
|---|---|${GROUP_SIZES.map(() => '---|---|').join('')}`);
for (const name of byGroupSize[0].rows.keys()) {
  const cells = byGroupSize.flatMap((tally) => [tally.cover(name), tally.width(name)]);
  console.log(`| ${name} | ${groupTruth[name].value.toFixed(3)} | ${cells.join(' | ')} |`);
}
