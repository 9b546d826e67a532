// Every graded real set at hand from labels.csv to the report, with 10 grades a class.
//
//   npm run build && node bench/real-sets.mjs --datasets DIR [--steps 400] [--seed 1] [--sets busi,...] [--threads 2]
//
// DIR holds the sets, a folder each with its labels.csv (they cannot be published with semise). For
// each it runs `semise train`, then `semise predict` on one test image of each grade, whose answers
// must be those of the run, and for the eye sets `semise evaluate` on the other country's images. With
// 400 steps and all sets it writes docs/real-sets.md, else it prints what it would write.

import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { parse } from 'csv-parse/sync';

const SETS = {
  busi: { what: 'breast ultrasound', views: 'ultrasound' },
  knee_oai_kl: { what: 'knee X-ray, Kellgren-Lawrence', views: 'xray' },
  dr_eyepacs: { what: 'diabetic retinopathy', views: 'fundus', external: 'dr_idrid' },
  dr_idrid: { what: 'diabetic retinopathy', views: 'fundus' },
};
const PAGE_STEPS = 400;
const { values: flags } = parseArgs({
  options: {
    datasets: { type: 'string' },
    steps: { type: 'string', default: `${PAGE_STEPS}` },
    seed: { type: 'string', default: '1' },
    threads: { type: 'string', default: `${cpus().length}` },
    sets: { type: 'string', default: Object.keys(SETS).join(',') },
  },
});
if (!flags.datasets) {
  console.error('real-sets: give --datasets DIR, the folder that holds the sets');
  process.exit(2);
}

const main = fileURLToPath(new URL('../packages/semise/dist/cli/main.js', import.meta.url));
const page = new URL('../docs/real-sets.md', import.meta.url);
const work = mkdtempSync(join(tmpdir(), 'semise-real-sets-'));

/** Runs a command. @returns what it printed, and the seconds it took */
function semise(...args) {
  const began = performance.now();
  const { status, stdout } = spawnSync(process.execPath, [main, ...args], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
    maxBuffer: 2 ** 28,
  });
  if (status !== 0) throw new Error(`semise ${args.join(' ')}: exit code ${status}`);
  return { stdout, seconds: (performance.now() - began) / 1000 };
}

const labelsOf = (set) => join(flags.datasets, set, 'labels.csv');
const score = ({ value, ci95 }) =>
  `${value.toFixed(3)} [${ci95.map((bound) => bound.toFixed(2)).join(', ')}]`;
const row = (name, { n, subjects, macroF1, qwk, maee, spearman }, ...more) =>
  `| ${[name, `${n} / ${subjects}`, ...[macroF1, qwk, maee, spearman].map(score), ...more].join(' | ')} |`;

/** That single files get the grade and score that the run wrote down. @returns how many */
function predictSingly(set, run) {
  const predictions = parse(readFileSync(join(run, 'predictions.csv')), { columns: true });
  const test = predictions.filter((p) => p.split === 'test' && p.grade !== '');
  const grades = [...new Set(test.map((p) => p.grade))].sort();
  const chosen = grades.map((grade) => test.find((p) => p.grade === grade));
  for (const { image, predicted, score } of chosen) {
    const { stdout } = semise('predict', run, join(flags.datasets, set, image), '--json');
    const answer = JSON.parse(stdout);
    if (answer.grade !== Number(predicted) || Math.abs(answer.score - Number(score)) > 1e-3)
      throw new Error(`${image}: predict says ${stdout}, the run ${predicted}, ${score}`);
  }
  return chosen.length;
}

const rows = [];
try {
  for (const set of flags.sets.split(',')) {
    const { what, views, external } = SETS[set];
    const run = join(work, set);
    const { steps, seed, threads } = flags;
    const data = labelsOf(set);
    const options = { data, 'label-budget': 10, views, steps, seed, threads, out: run };
    const { seconds } = semise(
      'train',
      '--fix-leakage',
      ...Object.entries(options).flatMap(([name, value]) => [`--${name}`, `${value}`]),
    );
    const singly = predictSingly(set, run);
    const test = JSON.parse(readFileSync(join(run, 'metrics.json'), 'utf8'));
    rows.push(row(`${set}: ${what}`, test, singly, seconds.toFixed(0)));
    if (external) {
      const { stdout, seconds } = semise('evaluate', run, '--data', labelsOf(external), '--json');
      rows.push(
        row(
          `${external}: the same model, another site`,
          JSON.parse(stdout),
          '',
          seconds.toFixed(0),
        ),
      );
    }
    console.error(rows.join('\n'));
  }
} finally {
  rmSync(work, { recursive: true, force: true });
}

const text = `# Real images, 10 grades a class

One run a set (${flags.steps} steps, seed ${flags.seed}, no comparisons): a check that everything works on real images,
not a benchmark, since no rival was run beside it. 95 % intervals over subjects, on the test split (of the external site: on
all its graded images). "Singly" counts the test images, one a grade, that \`semise predict\` graded as the run did. The
sets cannot be published here. Command:

    node bench/real-sets.mjs --datasets DIR

and in it, for each set,

    semise train --data SET/labels.csv --label-budget 10 --fix-leakage --views VIEWS --steps ${flags.steps} --seed ${flags.seed} --out run

with views ${Object.entries(SETS)
  .map(([set, { views }]) => `${views} for ${set}`)
  .join(', ')}, in ${flags.threads} threads on ${cpus()[0].model}. Pictures that are alike
in two splits (breast ultrasound has many) were moved into one split first, by \`--fix-leakage\`.

| set | images / subjects | macro-F1 | QWK | MAEE (1 is perfect) | Spearman | singly | seconds |
|---|---|---|---|---|---|---|---|
${rows.join('\n')}
`;
const whole = Number(flags.steps) === PAGE_STEPS && rows.length === Object.keys(SETS).length + 1;
if (whole) writeFileSync(page, text);
else process.stdout.write(text);
