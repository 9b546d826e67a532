// What keeps few labels from a better macro-F1: the order of unseen images, or the cuts that read grades off it?
//
//   semise benchmark bench/grids/tuning.yaml --tune --keep --only method=semise-unguided,comparisons=0 \
//     --datasets DIR --runs runs/kept --out kept.jsonl --threads 1
//   node bench/reading-limit.mjs runs/kept
//
// Of every kept run: mean and deviation of the score by grade, of the graded training images and of the validation
// images; macro-F1 with the run's own cuts; with cuts halfway between the training grades' means, drawn towards the
// middle of them all to 0.7 of the distance, as unseen grades lie closer; and with the best cuts that a search on
// the same scores finds, chosen with the answers: more than an honest reading can hope for.

import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import jStat from 'jstat';
import { confusionMatrix } from '../packages/semise/dist/evaluation/metrics/confusion.js';
import { macroF1 } from '../packages/semise/dist/evaluation/metrics/macro.js';
import { readPredictions } from '../packages/semise/dist/evaluation/prediction.js';
import { gradeOf } from '../packages/semise/dist/tasks/cut-points.js';

const [folder] = process.argv.slice(2);
if (folder === undefined) {
  console.error(
    'which runs? node bench/reading-limit.mjs FOLDER, of semise benchmark --tune --keep',
  );
  process.exit(2);
}

const macroF1By = (cuts, scores, truth, grades) => {
  const predicted = scores.map((score) => gradeOf(score, { cuts }));
  return macroF1(confusionMatrix(truth, predicted, grades));
};

/** Macro-F1 of the best cuts found by moving one at a time, from the quantiles that the grades' shares give. */
function withBestCuts(scores, truth, grades) {
  const sorted = [...scores].sort((a, b) => a - b);
  const places = sorted.slice(1).map((score, i) => (score + sorted[i]) / 2);
  const under = (k) => truth.filter((grade) => grade < k).length;
  let cuts = Array.from({ length: grades - 1 }, (_, k) => places[Math.max(0, under(k + 1) - 1)]);
  let best = macroF1By(cuts, scores, truth, grades);
  for (let better = true; better; ) {
    better = false;
    for (let k = 0; k < cuts.length; k++) {
      for (const place of places) {
        if (place < (cuts[k - 1] ?? -Infinity) || place > (cuts[k + 1] ?? Infinity)) continue;
        const moved = cuts.with(k, place);
        const value = macroF1By(moved, scores, truth, grades);
        if (value > best + 1e-12) [best, cuts, better] = [value, moved, true];
      }
    }
  }
  return best;
}

/** Cuts halfway between the grades' means, drawn towards the middle of them all. */
function drawnTogether(trained, grades, to) {
  const of = (k) =>
    jStat.mean(trained.filter(({ grade }) => grade === k).map(({ score }) => score));
  const means = Array.from({ length: grades }, (_, k) => of(k));
  const middle = jStat.mean(means);
  return means.slice(1).map((m, k) => middle + to * ((m + means[k]) / 2 - middle));
}

const byGrade = (rows, grades) =>
  Array.from({ length: grades }, (_, k) => {
    const scores = rows.filter(({ grade }) => grade === k).map(({ score }) => score);
    return scores.length === 0
      ? '-'
      : `${jStat.mean(scores).toFixed(2)} ± ${jStat.stdev(scores).toFixed(2)}`;
  }).join(', ');

console.log(`| run | score by grade, training | score by grade, unseen | macro-F1 | cuts drawn together | the best cuts |
|---|---|---|---|---|---|`);
for (const run of readdirSync(folder).sort()) {
  const [trained, unseen] = await Promise.all(
    ['run/predictions.csv', 'predictions.csv'].map((file) =>
      readPredictions(join(folder, run, file)).catch(() => []),
    ),
  );
  if (unseen.length === 0) continue;
  const grades = unseen[0].probabilities.length;
  const [truth, predicted, scores] = ['grade', 'predicted', 'score'].map((of) =>
    unseen.map((row) => row[of]),
  );
  const found = macroF1(confusionMatrix(truth, predicted, grades));
  const together = macroF1By(drawnTogether(trained, grades, 0.7), scores, truth, grades);
  const best = withBestCuts(scores, truth, grades);
  const name = run.split('-v-')[0];
  console.log(
    `| ${name} | ${byGrade(trained, grades)} | ${byGrade(unseen, grades)} | ${found.toFixed(3)} | ${together.toFixed(3)} | ${best.toFixed(3)} |`,
  );
}
