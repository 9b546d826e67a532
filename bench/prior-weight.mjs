// How much of the shares of the grades should the answer expect of new images (the settings priorWeight, gradeShares)?
//
//   semise benchmark bench/grids/tuning.yaml --tune --only budget=all --datasets DIR --runs runs/all --out all.jsonl --threads 1
//   node bench/prior-weight.mjs runs/all
//   semise benchmark bench/grids/tuning.yaml --tune --only budget=10 --datasets DIR --runs runs/ten --out ten.jsonl --threads 1
//   node bench/prior-weight.mjs runs/ten --told
//
// Of every run, its probabilities on the validation images read again with the shares among its
// graded training images, or (--told) with those among the validation images, in whole percent, as a user would tell
// them, as a model trained with that setting reads them: macro-F1, quadratically weighted kappa, accuracy and mean
// -log P(the expert's grade), each for weights 0 to 1.

import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import jStat from 'jstat';
import { evaluate } from '../packages/semise/dist/evaluation/evaluate.js';
import { readPredictions } from '../packages/semise/dist/evaluation/prediction.js';
import { gradeOdds, toldOdds } from '../packages/semise/dist/tasks/grade-odds.js';

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { told: { type: 'boolean', default: false } },
});
const [folder] = positionals;
if (folder === undefined) {
  console.error('which runs? node bench/prior-weight.mjs FOLDER, of semise benchmark --tune');
  process.exit(2);
}
const WEIGHTS = [0, 0.25, 0.5, 0.75, 1];
/** Methods whose grade is the likeliest; of all others it is the median. */
const BY_MODE = /-supervised/;

const median = (probabilities) => {
  let below = 0;
  return probabilities.findIndex((p) => {
    below += p;
    return below > 0.5;
  });
};

function readAgain(rows, odds, byMode) {
  return rows.map((row) => {
    const times = row.probabilities.map((p, grade) => p * odds[grade]);
    const total = times.reduce((sum, p) => sum + p, 0);
    const probabilities = times.map((p) => p / total);
    const mode = probabilities.indexOf(Math.max(...probabilities));
    return { ...row, probabilities, predicted: byMode ? mode : median(probabilities) };
  });
}

console.log(`| run | ${WEIGHTS.join(' | ')} |\n|---|${WEIGHTS.map(() => '---|').join('')}`);
for (const run of readdirSync(folder).sort()) {
  if (!/-v-/.test(run)) continue;
  const [trained, unseen] = await Promise.all(
    ['run/predictions.csv', 'predictions.csv'].map((file) =>
      readPredictions(join(folder, run, file)).catch(() => []),
    ),
  );
  if (unseen.length === 0) continue;
  const grades = unseen[0].probabilities.length;
  const counted = (rows) => {
    const counts = Array(grades).fill(0);
    for (const { grade } of rows) if (grade !== null) counts[grade]++;
    return counts;
  };
  const counts = counted(trained.filter(({ split }) => split === 'train'));
  const percent = counted(unseen).map((n) => Math.max(1, Math.round((100 * n) / unseen.length)));
  const figures = WEIGHTS.map((weight) => {
    const odds = values.told ? toldOdds(percent, weight, counts, 0) : gradeOdds(counts, weight);
    const rows = readAgain(unseen, odds ?? counts.map(() => 1), BY_MODE.test(run));
    const { macroF1, qwk, accuracy } = evaluate(rows, { grades, draws: 0, seed: 0 });
    const surprise = jStat.mean(rows.map((row) => -Math.log(row.probabilities[row.grade])));
    return [macroF1.value, qwk.value, accuracy.value, surprise].map((v) => v.toFixed(2)).join(', ');
  });
  console.log(`| ${run.split('-v-')[0]} | ${figures.join(' | ')} |`);
}
