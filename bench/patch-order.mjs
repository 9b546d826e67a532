// What the order of patches is worth to the answer, part by part: the same trained networks, finished in several ways.
//
//   semise benchmark bench/grids/tuning.yaml --tune --keep --only method=semise \
//     --datasets DIR --runs runs/kept --out kept.jsonl --threads 1
//   node bench/patch-order.mjs runs/kept DIR [WAY ...]
//
// Of every kept run and way: macro-F1, QWK, Spearman, RPS and calibration error on every image that training had no
// answer for, neither grade nor comparison: the validation split, and the training images whose grades the benchmark
// hid. That is five to eight times as many as the validation split alone.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import jStat from 'jstat';
import { parse } from 'yaml';
import { openEngine } from '../packages/autograd/dist/index.js';
import { readManifest } from '../packages/semise/dist/data/index.js';
import { expectedCalibrationError } from '../packages/semise/dist/evaluation/calibration/error.js';
import { confusionMatrix } from '../packages/semise/dist/evaluation/metrics/confusion.js';
import { macroF1 } from '../packages/semise/dist/evaluation/metrics/macro.js';
import { qwk } from '../packages/semise/dist/evaluation/metrics/qwk.js';
import { ranking } from '../packages/semise/dist/evaluation/metrics/ranking.js';
import { rankedProbabilityScore } from '../packages/semise/dist/evaluation/metrics/rps.js';
import { spearman } from '../packages/semise/dist/evaluation/metrics/spearman.js';
import { DEFAULT_SETTINGS } from '../packages/semise/dist/methods/index.js';
import { openDataset } from '../packages/semise/dist/run/dataset.js';
import {
  exportOnnx,
  finishModel,
  gradeImages,
  loadOnnx,
} from '../packages/semise/dist/tasks/index.js';
import { averagesOf, onlyData, readCheckpoint } from '../packages/semise/dist/training/index.js';
import { learnPatchOrder } from '../packages/semise/dist/training/patch-order/index.js';

const [folder, datasets, ...asked] = process.argv.slice(2);
if (datasets === undefined) {
  console.error(
    'node bench/patch-order.mjs RUNS DATASETS [WAY ...]: the runs of semise benchmark --tune --keep',
  );
  process.exit(2);
}
const WAYS = {
  'network alone': { guide: false },
  'patches by place, a third': { pyramid: false, guessWeight: 1 },
  'patches by place, half': { pyramid: false },
  'pyramid, a third': { guessWeight: 1 },
  'pyramid, half': {},
  'the same, cuts in fold': { crossFitted: false },
  'the same, as sure as of graded images': { crossScaled: false },
};
const ways = Object.entries(WAYS).filter(([way]) => asked.length === 0 || asked.includes(way));
const grid = parse(readFileSync(new URL('grids/tuning.yaml', import.meta.url), 'utf8'));
const OUTPUTS = ['probabilities', 'grade', 'score', 'embedding'];

/** The grade of each image of a data set, by its path: what the benchmark hid from the run. */
async function truth(name) {
  const { records } = await readManifest(join(datasets, grid.datasets[name].labels));
  return new Map(records.map(({ path, grade }) => [path, grade]));
}

const line = (cells) => console.log(`| ${cells.join(' | ')} |`);
const numbers = (scored) => scored.map((value) => value.toFixed(3));
const METRICS = ['macro-F1', 'QWK', 'Spearman', 'RPS', 'ECE'];
line(['run', 'images', 'answer', ...METRICS]);
line(Array(3 + METRICS.length).fill('---'));
const all = new Map(ways.map(([way]) => [way, []]));
for (const run of readdirSync(folder).sort()) {
  const at = join(folder, run, 'run');
  const read = (file) => readFileSync(join(at, file), 'utf8');
  let config;
  try {
    read('metrics.json'); // the run is done
    config = JSON.parse(read('config.json'));
  } catch {
    continue;
  }
  const dataset = await openDataset({ ...config.data, ...config.training });
  const grades = await truth(run.split('-')[0]);
  const { graded, comparisons, read: pixels } = dataset.training;
  const heard = new Set([
    ...graded.map(({ index }) => index),
    ...comparisons.flatMap(({ more, less }) => [more, less]),
  ]);
  const gradeAt = (index) => grades.get(dataset.manifest.records[index].path) ?? null;
  const unseen = [...dataset.indices.train, ...dataset.indices.validation].filter(
    (index) => !heard.has(index) && gradeAt(index) !== null,
  );
  const state = (await readCheckpoint(join(at, 'checkpoint.safetensors'))).tensors;
  const engine = await openEngine();
  const orders = new Map();
  for (const [way, changed] of ways) {
    const settings = { ...DEFAULT_SETTINGS, ...config.training.settings, ...changed };
    const training = { ...config.training, settings };
    if (!orders.has(settings.pyramid)) {
      const wanted = graded.map(({ index }) => index);
      orders.set(
        settings.pyramid,
        await learnPatchOrder(training, dataset.training, engine, wanted),
      );
    }
    const finished = new Map([...state, ...averagesOf(orders.get(settings.pyramid), graded)]);
    await engine.write(onlyData(finished));
    const model = await finishModel(training, dataset.training, engine, finished);
    const runnable = await loadOnnx(engine, exportOnnx(model, {}), training, OUTPUTS);
    const answers = await gradeImages(runnable, unseen, pixels);
    await runnable.release();
    const actual = unseen.map(gradeAt);
    const confusion = confusionMatrix(
      actual,
      answers.map(({ grade }) => grade),
      training.grades,
    );
    const order = spearman(
      actual,
      training.grades,
      ranking(answers.map(({ score }) => score)),
      actual.map(() => 1),
    );
    const probabilities = answers.map((answer) => answer.probabilities);
    const right = answers.map(({ grade }, i) => grade === actual[i]);
    const sureness = answers.map((answer) => answer.probabilities[answer.grade]);
    const scored = [
      macroF1(confusion),
      qwk(confusion),
      order,
      jStat.mean(probabilities.map((each, i) => rankedProbabilityScore(each, actual[i]))),
      expectedCalibrationError(sureness, right),
    ];
    all.get(way).push(scored);
    line([run.split('-v-')[0], unseen.length, way, ...numbers(scored)]);
  }
  await engine.close();
  dataset.cache.close();
}
for (const [way, scored] of all) {
  line([
    'mean',
    '',
    way,
    ...numbers(METRICS.map((_, m) => jStat.mean(scored.map((run) => run[m])))),
  ]);
}
