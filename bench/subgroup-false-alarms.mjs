// How often the subgroup analysis cries wolf, and what it can see: on phantoms, where it is known which
// attribute matters.
//
//   npm run build
//   node bench/subgroup-false-alarms.mjs simulated [--seeds 100]   absent confounders, a few minutes
//   node bench/subgroup-false-alarms.mjs power [--seeds 30]        planted gaps
//   node bench/subgroup-false-alarms.mjs trained --work DIR [--seeds 2] [--only device]   real models
//   node bench/subgroup-false-alarms.mjs table                     writes docs/bias-measured.md
//
// `simulated` and `power` plan phantom cohorts without drawing them; a simulated grader sees the hidden
// severity through its own error of each patient and each image. `trained` draws phantoms into DIR, trains
// a model on each and runs the whole analysis on it; what is in DIR already is taken as it is. Rows go to
// bench/results/subgroups.jsonl, in place of the same ones made before.

import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { parse } from 'csv-parse/sync';
import { planCohort } from '../packages/semise/dist/data/phantom/cohort.js';
import { PHANTOM_DEFAULTS, writePhantom } from '../packages/semise/dist/data/phantom/index.js';
import { findings, subgroups } from '../packages/semise/dist/evaluation/subgroups/index.js';
import { random } from '../packages/semise/dist/random.js';
import { biasOfRun, trainRun } from '../packages/semise/dist/run/index.js';

const RESULTS = new URL('results/subgroups.jsonl', import.meta.url);
const TABLE = new URL('../docs/bias-measured.md', import.meta.url);
const { values: flags, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    seeds: { type: 'string' },
    work: { type: 'string' },
    only: { type: 'string' },
  },
});
const [part] = positionals;

/** The grader's own error, in severities 0..1: of a patient and of an image. */
const OF_PATIENT = 0.08;
const OF_IMAGE = 0.08;
/** Standard deviation of its score among images of one grade: a fifth's width, and both errors. */
const SPREAD = Math.hypot(0.2 / Math.sqrt(12), OF_PATIENT, OF_IMAGE);
const GRADES = 5;

/** Standard normal distribution function (Abramowitz & Stegun 7.1.26). */
function normal(z) {
  const t = 1 / (1 + 0.3275911 * Math.abs(z / Math.SQRT2));
  const tail =
    ((((1.061405429 * t - 1.453152027) * t + 1.421413741) * t - 0.284496736) * t + 0.254829592) *
    t *
    Math.exp((-z * z) / 2);
  return z < 0 ? tail / 2 : 1 - tail / 2;
}

/** A cohort that nobody draws, graded. @param gap added to scores of device B, in SPREADs */
function simulate({ seed, subjects, confounders, gap = 0 }) {
  const plan = planCohort({ ...PHANTOM_DEFAULTS, out: '', seed, subjects, confounders });
  const stream = random(seed, 'simulated grader');
  const ofPatient = new Map();
  const predictions = [];
  const attributes = new Map();
  const learned = [];
  for (const { name, subject, severity, read } of plan) {
    const known = {
      site: `site-${subject.site}`,
      age: String(subject.age),
      sex: subject.sex,
      device: subject.device,
    };
    if (subject.split === 'train') {
      learned.push({ subject: subject.id, grade: read, attributes: known });
      continue;
    }
    if (!ofPatient.has(subject.id)) ofPatient.set(subject.id, stream.normal(0, OF_PATIENT));
    const planted = subject.device === 'B' ? gap * SPREAD : 0;
    const score = severity + ofPatient.get(subject.id) + stream.normal(0, OF_IMAGE) + planted;
    const below = Array.from({ length: GRADES + 1 }, (_, k) =>
      k === 0 ? 0 : k === GRADES ? 1 : normal((k / GRADES - score) / SPREAD),
    );
    predictions.push({
      image: name,
      subject: subject.id,
      split: subject.split,
      grade: read,
      predicted: Math.min(GRADES - 1, Math.max(0, Math.floor(GRADES * score))),
      score,
      probabilities: below.slice(1).map((p, k) => p - below[k]),
    });
    attributes.set(name, known);
  }
  return subgroups(predictions, attributes, { grades: GRADES, seed, draws: 0, learned });
}

const named = (gaps) => [...new Set(gaps.flatMap(({ attributes }) => attributes))];

/** `subjects` of a row are those judged. */
const key = ({ part, case: name, seed, subjects, gap }) =>
  JSON.stringify(part === 'trained' ? [part, name, seed] : [part, name, subjects, gap]);

/** These rows anew, the others as they are. */
function keep(rows) {
  const made = new Set(rows.map(key));
  const before = existsSync(RESULTS)
    ? readFileSync(RESULTS, 'utf8').trim().split('\n').map(JSON.parse)
    : [];
  const all = [...before.filter((row) => !made.has(key(row))), ...rows];
  writeFileSync(RESULTS, `${all.map((row) => JSON.stringify(row)).join('\n')}\n`);
  table(all);
}

/** One row: over the seeds, how often anything was found, and a gap by device. */
function over(seeds, row, options) {
  let [any, device, below5, tests, subjects] = [0, 0, 0, 0, 0];
  for (let seed = 1; seed <= seeds; seed++) {
    const report = simulate({ ...options, seed });
    const { found } = findings(report);
    if (found.length > 0) any++;
    if (named(found).includes('device')) device++;
    below5 += report.tests.filter(({ p }) => p <= 0.05).length;
    tests += report.tests.length;
    subjects = report.subjects;
  }
  const made = {
    part,
    ...row,
    seeds,
    subjects,
    tests: tests / seeds,
    any,
    device,
    below5: below5 / tests,
  };
  console.error(JSON.stringify(made));
  return made;
}

const ALL = { siteSeverity: true, deviceMarker: true, ageSeverity: true };

function simulated(seeds) {
  for (const [name, confounders] of [
    ['absent', {}],
    ['associated', ALL],
  ]) {
    for (const subjects of [400, 1000])
      keep([over(seeds, { case: name }, { subjects, confounders })]);
  }
}

function power(seeds) {
  for (const subjects of [250, 500, 1000]) {
    for (const gap of [0.5, 0.75, 1])
      keep([over(seeds, { case: 'planted', gap }, { subjects, confounders: {}, gap })]);
  }
}

const STEPS = 600;
const TRAINED = [
  { name: 'none', confounders: {}, sites: 1 },
  { name: 'device', confounders: { deviceMarker: true }, sites: 1 },
  { name: 'age', confounders: { ageSeverity: true }, sites: 1 },
  { name: 'site', confounders: { siteSeverity: true }, sites: 2 },
];

/** Draws a phantom where there is none yet. */
async function drawn(folder, options) {
  const look = { size: 64, difficulty: 1, comparisons: 0, masks: false };
  if (!existsSync(folder)) await writePhantom({ ...look, out: folder, ...options });
  return join(folder, 'labels.csv');
}

/**
 * Other patients, of whom nothing goes with severity: half at device A, half at B with its mark, their lenses
 * yellow with age where those of the training patients were.
 */
async function others(seed, sites, agedLens) {
  const lines = ['image,subject,grade,site,age,sex,device'];
  const name = `others-${sites}${agedLens ? '-aged' : ''}-${seed}`;
  for (const device of ['A', 'B']) {
    const folder = join(flags.work, `${name}-${device}`);
    const stream = 100 * seed + (device === 'A' ? 1 : 2);
    const options = { seed: stream, subjects: 200, sites, device, agedLens };
    for (const row of parse(readFileSync(await drawn(folder, options)), { columns: true })) {
      const { image, subject, grade, site, age, sex } = row;
      const place = join(folder, image);
      lines.push([place, device + subject, grade, site, age, sex, row.device].join());
    }
  }
  const labels = join(flags.work, `${name}.csv`);
  writeFileSync(labels, `${lines.join('\n')}\n`);
  return labels;
}

async function trained(seeds) {
  if (!flags.work) throw new Error('trained: give --work DIR for phantoms and runs');
  for (let seed = 1; seed <= seeds; seed++) {
    for (const { name, confounders, sites } of TRAINED) {
      if (flags.only && flags.only !== name) continue;
      const options = { seed, subjects: 1000, confounders, sites };
      const data = await drawn(join(flags.work, `${name}-${seed}`), options);
      const run = join(flags.work, `run-${name}-${seed}`);
      if (!existsSync(join(run, 'report.html'))) {
        const settings = { method: 'supervised', batch: 32, viewStrength: 0.3, threads: 1 };
        await trainRun({ data, out: run, steps: STEPS, seed, ...settings });
      }
      const report = await biasOfRun(run, { draws: 300 });
      const free = await biasOfRun(run, {
        data: await others(seed, sites, name === 'age'),
        draws: 300,
      });
      const { found } = findings(report);
      const own = ({ tests }) =>
        tests
          .filter(({ attributes, aspect }) => attributes.join() === name && aspect === 'score')
          .map(({ group, against, value, ci95, p, holm }) => ({
            group,
            against,
            value,
            ci95,
            p,
            holm,
          }));
      const row = {
        part,
        case: name,
        seed,
        steps: STEPS,
        subjects: report.subjects,
        tests: report.tests.length,
        qwk: JSON.parse(readFileSync(join(run, 'metrics.json'), 'utf8')).qwk.value,
        found: found.length,
        by: named(found),
        confounders: report.associations.filter(({ holm }) => holm <= 0.05).map((a) => a.attribute),
        score: own(report),
        others: {
          subjects: free.subjects,
          found: findings(free).found.length,
          by: named(findings(free).found),
          score: own(free),
        },
      };
      console.error(JSON.stringify(row));
      keep([row]);
    }
  }
}

const order = TRAINED.map(({ name }) => name);
const percent = (share) => `${Math.round(100 * share)} %`;

/** Wilson's 95 % interval of a share. */
function wilson(hits, n) {
  const z = 1.96;
  const middle = (hits + (z * z) / 2) / (n + z * z);
  const half = (z / (n + z * z)) * Math.sqrt((hits * (n - hits)) / n + (z * z) / 4);
  return `${percent(Math.max(0, middle - half))} to ${percent(middle + half)}`;
}

function trainedModels(lines) {
  return `
## Trained models

The same supervised network, ${STEPS} steps at 64 px, on phantoms of 1,000 subjects with faint lesions; judged on the
400 subjects of validation and test, and then on 400 others in whom nothing goes with severity (half of them at
device B with its mark). One site, except where the site is the confounder.

| confounder | seed | QWK on test | went with the grade in training | gaps found | score by the confounder | gaps found on the others | score by it there |
|---|---|---|---|---|---|---|---|
${lines.join('\n')}

Each confounder is found, and found again among the others, where being sicker cannot be the reason: the model goes
by the mark, the camera, the yellow of the lens. A model that has not seen the mark in training can take it in its own
way: that is the device found among the others in the rows of age. One or two seeds a row are examples, not a rate.

Age was not found at first. Where it showed in a little haze alone (seed 1), nothing was found by age in either place:
oldest against the rest +0.36 SD, p 0.137. With a lens that yellows half as much as now, oldest against the rest
+0.51 SD, p 0.021: more than chance, but not among 100 tests. So the phantom's age was made plainer, not the test laxer;
a faint confounder is not found in 400 subjects, as the table of what is seen says.

The length of training was changed after a first look. With 200 steps (seed 1) the table read otherwise: without
confounder nothing was found on the model's own data and 8 gaps on the others (by device, age, sex); with the
device's mark 2 gaps were found (by age and device; A against B -0.44 SD, p 0.003) and 2 on the others, where the
device was not among them (-0.03 SD, p 0.62). So a model need not use a confounder that is there, and how it meets a
mark it has never seen depends on its training. The 600 steps were not chosen blindly: no rate can be read off them.
`;
}

function table(rows) {
  const of = (name) => rows.filter((row) => row.part === name);
  const line = (cells) => `| ${cells.join(' | ')} |`;
  const alarms = of('simulated').map((row) =>
    line([
      row.case === 'absent'
        ? 'none'
        : 'site, device and age, all three; the grader does not use them',
      row.subjects,
      Math.round(row.tests),
      percent(row.below5),
      `${row.any} of ${row.seeds} (${wilson(row.any, row.seeds)})`,
    ]),
  );
  const planted = of('power');
  const gaps = [...new Set(planted.map(({ gap }) => gap))];
  const sizes = [...new Set(planted.map(({ subjects }) => subjects))];
  const seen = sizes.map((size) =>
    line([
      size,
      ...gaps.map((gap) => {
        const row = planted.find((one) => one.subjects === size && one.gap === gap);
        return row ? percent(row.device / row.seeds) : '';
      }),
    ]),
  );
  const size = ([gap]) =>
    gap
      ? `${gap.group} against ${gap.against ?? 'the rest'}: ${gap.value > 0 ? '+' : ''}${gap.value.toFixed(2)} SD, p ${gap.p < 0.001 ? '< 0.001' : gap.p.toFixed(3)}`
      : '';
  const models = of('trained')
    .toSorted((a, b) => order.indexOf(a.case) - order.indexOf(b.case) || a.seed - b.seed)
    .map((row) =>
      line([
        row.case,
        row.seed,
        row.qwk.toFixed(2),
        row.confounders.join(', ') || 'nothing',
        row.by.length > 0 ? `${row.found}: by ${row.by.join(', ')}` : 'none',
        size(row.score),
        row.others.by.length > 0 ? `${row.others.found}: by ${row.others.by.join(', ')}` : 'none',
        size(row.others.score),
      ]),
    );
  writeFileSync(
    TABLE,
    `# Subgroup analysis, measured

Made by \`bench/subgroup-false-alarms.mjs\`; rows in \`bench/results/subgroups.jsonl\`. What the words mean:
[bias.md](bias.md).

## False alarms

Phantom cohorts with a simulated grader that knows the severity, with an error of its own for each patient and
each image, and nothing else. Attributes: site, age, sex, device, and their pairs. A false alarm is a cohort in
which anything at all is found (Holm, 5 %).

| what goes with severity | subjects | tests | tests with p up to 0.05 | cohorts with a false alarm (95 % interval) |
|---|---|---|---|---|
${alarms.join('\n')}

The last rows are no fault of the test and yet a warning: where sicker patients sit at one device, they are a
little sicker within one grade, too, and an honest score says so. See "What a finding says, and
what it does not".

## What is seen

Device B's scores raised by so many standard deviations of images of one grade; half of the subjects have it.
Share of ${planted[0]?.seeds ?? 0} cohorts in which a gap by device was found, among all tests of all attributes:

| subjects | ${gaps.map((gap) => `${gap} SD`).join(' | ')} |
|---|${gaps.map(() => '---|').join('')}
${seen.join('\n')}
${models.length > 0 ? trainedModels(models) : ''}`,
  );
}

if (part === 'simulated') simulated(Number(flags.seeds ?? 100));
else if (part === 'power') power(Number(flags.seeds ?? 30));
else if (part === 'trained') await trained(Number(flags.seeds ?? 2));
else if (part === 'table') table(readFileSync(RESULTS, 'utf8').trim().split('\n').map(JSON.parse));
else {
  console.error('subgroup-false-alarms: simulated, power, trained or table');
  process.exit(2);
}
