// What the choice of a calibration costs, by simulation: rules that choose among none, temperature and isotonic in
// worlds whose true probabilities are known.
//
//   npm run build && node bench/calibration-choice.mjs > docs/calibration-choice.md
//
// A study draws validation subjects with two images each, lets every rule choose by cross-validation within them,
// and judges what was fitted by the true probabilities of 2,000 fresh subjects. No test split of real images has
// part in it.

import {
  CALIBRATION_METHODS,
  calibrated,
  chosenMethod,
  exceedances,
  fitCalibrator,
  fromExceedances,
  leftOutScores,
  pairedGain,
} from '../packages/semise/dist/evaluation/calibration/index.js';
import { binsOf } from '../packages/semise/dist/evaluation/calibration/reliability.js';
import { rankedProbabilityScore } from '../packages/semise/dist/evaluation/metrics/rps.js';
import { random } from '../packages/semise/dist/random.js';

const STUDIES = Number(process.argv[2] ?? 100);
const FRESH = 2000;
const GRADES = 5;
const SIZES = [50, 150, 500];

/** What the model says where `truth` holds. */
const WORLDS = {
  'well calibrated': ({ truth }) => truth,
  'slightly too sure (sharpened by 1.25)': ({ truth }) => sharpened(truth, 1.25),
  'too sure (sharpened by 2)': ({ truth }) => sharpened(truth, 2),
  'not sure enough (sharpened by 0.5)': ({ truth }) => sharpened(truth, 0.5),
  'too sure of severe grades only': ({ truth, severity }) =>
    sharpened(truth, 1 + Math.max(0, severity)),
  'too severe by a sixth of a grade': ({ severity, width }) => around(severity + 1 / 6, width),
  'too severe by half a grade': ({ severity, width }) => around(severity + 0.5, width),
  'every P(grade > k) bent to its power of 1.7': ({ truth }) =>
    fromExceedances(exceedances(truth).map((p) => p ** 1.7)),
  'noise on every grade': ({ truth }, r) => normalised(truth.map((p) => p * Math.exp(r.normal()))),
};

/** The simplest method within one standard error of the best. */
const within = (score) => (leftOut) => {
  const best = least(score)(leftOut);
  return CALIBRATION_METHODS.find((method) => {
    const { mean, error } = pairedGain(leftOut, method, best, score);
    return method === best || mean <= error;
  });
};
const least = (score) => (leftOut) =>
  CALIBRATION_METHODS.reduce((a, b) => (pairedGain(leftOut, a, b, score).mean > 0 ? b : a));

const RULES = {
  'always none': () => 'none',
  'always temperature': () => 'temperature',
  'always isotonic': () => 'isotonic',
  'least RPS': least('rps'),
  'RPS, one standard error': within('rps'),
  'Brier, one standard error': within('brier'),
  'log loss, one standard error': within('logLoss'),
  "semise's": (leftOut) => chosenMethod(leftOut).method,
};

function normalised(weights) {
  const sum = weights.reduce((total, w) => total + w, 0);
  return weights.map((w) => w / sum);
}

function sharpened(p, by) {
  return normalised(p.map((each) => each ** by));
}

function around(severity, width) {
  return normalised(
    Array.from({ length: GRADES }, (_, k) => Math.exp(-(((k - severity) / width) ** 2) / 2)),
  );
}

function population(seed, world, subjects) {
  const r = random(seed, 'population', world);
  return Array.from({ length: subjects }, (_, s) => {
    const own = (GRADES - 1) * r.uniform() ** 1.5;
    return [0, 1].map((i) => {
      const severity = own + r.normal(0, 0.3);
      const width = r.uniform(0.4, 1);
      const truth = around(severity, width);
      const probabilities = WORLDS[world]({ truth, severity, width }, r);
      const grade = upTo(truth, r.uniform());
      return { image: `${s}-${i}`, subject: `s${s}`, grade, truth, probabilities };
    });
  }).flat();
}

/** The lowest grade up to which there is more than `share`. */
function upTo(p, share) {
  let sum = 0;
  const found = p.findIndex((each) => {
    sum += each;
    return sum > share;
  });
  return found < 0 ? p.length - 1 : found;
}

/** True mean RPS, and the true error of the probability of the model's grade, root mean square over 15 bins. */
function judged(calibrator, fresh) {
  const said = fresh.map(({ probabilities }) => calibrated(calibrator, probabilities));
  const answers = fresh.map(({ probabilities }) => upTo(probabilities, 0.5));
  const confidences = said.map((p, i) => p[answers[i]]);
  const { of } = binsOf(confidences, 15, 'mass');
  const surplus = new Float64Array(15);
  const n = new Float64Array(15);
  let rps = 0;
  fresh.forEach(({ truth }, i) => {
    n[of[i]]++;
    surplus[of[i]] += truth[answers[i]] - confidences[i];
    truth.forEach((p, grade) => {
      rps += p * rankedProbabilityScore(said[i], grade);
    });
  });
  const squares = surplus.reduce((sum, s, b) => sum + (n[b] > 0 ? s ** 2 / n[b] : 0), 0);
  return { rps: rps / fresh.length, confidence: Math.sqrt(squares / fresh.length) };
}

const rules = Object.keys(RULES);
const results = SIZES.flatMap((subjects) =>
  Object.keys(WORLDS).map((world) => {
    const fresh = population(0, world, FRESH);
    const none = judged({ method: 'none' }, fresh);
    const sums = Object.fromEntries(
      rules.map((rule) => [rule, { rps: 0, confidence: 0, none: 0, temperature: 0, isotonic: 0 }]),
    );
    for (let study = 1; study <= STUDIES; study++) {
      const graded = population(1000 * subjects + study, world, subjects);
      const leftOut = leftOutScores(graded, study);
      const found = Object.fromEntries(
        CALIBRATION_METHODS.map((method) => [
          method,
          method === 'none' ? none : judged(fitCalibrator(method, graded), fresh),
        ]),
      );
      for (const rule of rules) {
        const method = RULES[rule](leftOut);
        sums[rule][method]++;
        sums[rule].rps += (found[method].rps - none.rps) / STUDIES;
        sums[rule].confidence += (found[method].confidence - none.confidence) / STUDIES;
      }
    }
    console.error(subjects, world);
    return { subjects, world, none, sums };
  }),
);

const mean = (values) => values.reduce((sum, v) => sum + v, 0) / values.length;
const signed = (value, digits) => {
  const text = Math.abs(value).toFixed(digits);
  return Number(text) === 0 ? text : `${value > 0 ? '+' : '−'}${text}`;
};
const row = (cells) => console.log(`| ${cells.join(' | ')} |`);
const head = (cells) => {
  row(cells);
  console.log(`|${'---|'.repeat(cells.length)}`);
};

console.log(`# What the choice of a calibration costs

Made by \`node bench/calibration-choice.mjs\`: ${STUDIES} studies of each world and size, ${GRADES} grades, two images a subject. RPS and
confidence error (of the probability of the model's grade, root mean square) are the true ones on ${FRESH.toLocaleString('en-GB')} fresh
subjects, as change against probabilities left as they are: below 0 is better.

## All worlds together

Mean over worlds, and the world in which a rule does worst.
`);
head(['subjects', 'rule', 'RPS', 'worst', 'confidence error', 'worst']);
for (const subjects of SIZES) {
  for (const rule of rules.slice(1)) {
    const own = results.filter((r) => r.subjects === subjects).map(({ sums }) => sums[rule]);
    row([
      subjects,
      rule,
      signed(mean(own.map((o) => o.rps)), 4),
      signed(Math.max(...own.map((o) => o.rps)), 4),
      signed(mean(own.map((o) => o.confidence)), 3),
      signed(Math.max(...own.map((o) => o.confidence)), 3),
    ]);
  }
}
console.log(`
## World by world

For each rule the change of RPS and of the confidence error, and of 100 studies how many took none / temperature /
isotonic.
`);
const shown = ['least RPS', 'RPS, one standard error', 'log loss, one standard error', "semise's"];
head(['world', 'subjects', 'RPS as it is', 'confidence error as it is', ...shown]);
for (const { subjects, world, none, sums } of results.toSorted(
  (a, b) => Object.keys(WORLDS).indexOf(a.world) - Object.keys(WORLDS).indexOf(b.world),
)) {
  const share = (n) => Math.round((100 * n) / STUDIES);
  row([
    world,
    subjects,
    none.rps.toFixed(4),
    none.confidence.toFixed(3),
    ...shown.map((rule) => {
      const s = sums[rule];
      const taken = CALIBRATION_METHODS.map((m) => share(s[m])).join('/');
      return `${signed(s.rps, 4)}, ${signed(s.confidence, 3)}, ${taken}`;
    }),
  ]);
}
console.log(`
The smallest RPS touches a quarter of the well calibrated models, and takes isotonic curves for a gain of RPS that costs
the probability of the model's grade. One standard error in RPS stops the first, not all of the second. The log
loss does no harm, but never sees what only isotonic curves can mend (too severe by half a grade). semise lets the log
loss decide on the temperature, and RPS and Brier score together on isotonic curves, each by one standard error: of the
gain of RPS as much as the others, and of the harm as little as the log loss, or nearly. With 50 subjects it
leaves more unmended than the smallest RPS does. The rule was picked on a first run of 60 studies of such worlds, not on
real images.`);
