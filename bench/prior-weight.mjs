// How much of the shares of the grades should the answer expect of new images (the setting priorWeight)?
//
//   semise benchmark bench/grids/tuning.yaml --tune --only budget=all --datasets DIR --runs runs/all --out all.jsonl --threads 1
//   node bench/prior-weight.mjs runs/all
//
// Of every run, its probabilities on the validation images read again with the shares among its graded training
// images, as a model trained with that setting reads them: macro-F1, quadratically weighted kappa, accuracy and mean
// -log P(the expert's grade), each for weights 0 to 1.

import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import jStat from 'jstat';
import { evaluate } from '../packages/semise/dist/evaluation/evaluate.js';
import { readPredictions } from '../packages/semise/dist/evaluation/prediction.js';
import { gradeOdds } from '../packages/semise/dist/tasks/grade-odds.js';

const [folder] = process.argv.slice(2);
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

function readAgain(rows, counts, weight, byMode) {
  const odds = gradeOdds(counts, weight) ?? counts.map(() => 1);
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
  if (!/-ball-.*-v-/.test(run)) continue;
  const [trained, unseen] = await Promise.all(
    ['run/predictions.csv', 'predictions.csv'].map((file) =>
      readPredictions(join(folder, run, file)).catch(() => []),
    ),
  );
  if (unseen.length === 0) continue;
  const grades = unseen[0].probabilities.length;
  const counts = Array(grades).fill(0);
  for (const { split, grade } of trained) if (split === 'train' && grade !== null) counts[grade]++;
  const figures = WEIGHTS.map((weight) => {
    const rows = readAgain(unseen, counts, weight, BY_MODE.test(run));
    const { macroF1, qwk, accuracy } = evaluate(rows, { grades, draws: 0, seed: 0 });
    const surprise = jStat.mean(rows.map((row) => -Math.log(row.probabilities[row.grade])));
    return [macroF1.value, qwk.value, accuracy.value, surprise].map((v) => v.toFixed(2)).join(', ');
  });
  console.log(`| ${run.split('-v-')[0]} | ${figures.join(' | ')} |`);
}
