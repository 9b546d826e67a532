// Do grades come out better where cut points are fitted to what patches say of graded images out of fold?
//
//   semise benchmark bench/grids/tuning.yaml --tune --keep --only method=semise \
//     --datasets DIR --runs runs/kept --out kept.jsonl --threads 1
//   node bench/cross-fitted.mjs runs/kept DIR
//
// Of every kept run, whose network and score are the same either way: macro-F1 and QWK with cut points of both kinds,
// on every image that training had no answer for, neither grade nor comparison: the validation split, and the training
// images whose grades the benchmark hid. That is five to eight times as many as the validation split alone.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { openEngine } from '../packages/autograd/dist/index.js';
import { mean } from '../packages/semise/dist/benchmark/statistics/seeds.js';
import { readManifest } from '../packages/semise/dist/data/index.js';
import { confusionMatrix } from '../packages/semise/dist/evaluation/metrics/confusion.js';
import { macroF1 } from '../packages/semise/dist/evaluation/metrics/macro.js';
import { qwk } from '../packages/semise/dist/evaluation/metrics/qwk.js';
import { openDataset } from '../packages/semise/dist/run/dataset.js';
import { gradeOf } from '../packages/semise/dist/tasks/cut-points.js';
import {
  exportOnnx,
  finishModel,
  gradeImages,
  loadOnnx,
} from '../packages/semise/dist/tasks/index.js';
import { onlyData, readCheckpoint } from '../packages/semise/dist/training/index.js';

const [folder, datasets] = process.argv.slice(2);
if (datasets === undefined) {
  console.error(
    'node bench/cross-fitted.mjs RUNS DATASETS: the runs of semise benchmark --tune --keep',
  );
  process.exit(2);
}
const grid = parse(readFileSync(new URL('grids/tuning.yaml', import.meta.url), 'utf8'));

/** The grade of each image of a data set, by its path: what the benchmark hid from the run. */
async function truth(name) {
  const { records } = await readManifest(join(datasets, grid.datasets[name].labels));
  return new Map(records.map(({ path, grade }) => [path, grade]));
}

const OUTPUTS = ['probabilities', 'grade', 'score', 'embedding'];
const rows = [];
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
  const { training } = config;
  const dataset = await openDataset({ ...config.data, ...training });
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
  await engine.write(onlyData(state));
  const finish = (crossFitted) =>
    finishModel(
      { ...training, settings: { ...training.settings, crossFitted } },
      dataset.training,
      engine,
      state,
    );
  const models = [await finish(false), await finish(true)];
  const runnable = await loadOnnx(engine, exportOnnx(models[1], {}), training, OUTPUTS);
  const answers = await gradeImages(runnable, unseen, pixels);
  await engine.close();
  dataset.cache.close();
  const scored = models.map(({ cuts }) => {
    const predicted = answers.map(({ score }) => gradeOf(score, cuts));
    const confusion = confusionMatrix(unseen.map(gradeAt), predicted, training.grades);
    return [macroF1(confusion), qwk(confusion)];
  });
  rows.push({ run: run.split('-v-')[0], images: unseen.length, scored });
}

const line = (cells) => console.log(`| ${cells.join(' | ')} |`);
const numbers = (scored) => scored.flat().map((value) => value.toFixed(3));
line(['run', 'images', 'macro-F1, in fold', 'QWK', 'macro-F1, out of fold', 'QWK']);
line(Array(6).fill('---'));
for (const { run, images, scored } of rows) line([run, images, ...numbers(scored)]);
const means = [0, 1].map((kind) =>
  [0, 1].map((m) => mean(rows.map(({ scored }) => scored[kind][m]))),
);
line(['mean', '', ...numbers(means)]);
