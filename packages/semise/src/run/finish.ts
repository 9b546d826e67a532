// The end of a run: the model exported, every image graded, the metrics, the report.

import { readFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { type Engine, RUNTIME_VERSION } from '@semise/autograd';
import { writeJson, writeWhole } from '../atomic.js';
import { describeSplits } from '../data/index.js';
import { assess } from '../evaluation/assess.js';
import { evaluate, type Metrics } from '../evaluation/evaluate.js';
import { type Prediction, writePredictions } from '../evaluation/prediction.js';
import { type SubgroupReport, subgroups } from '../evaluation/subgroups/index.js';
import { fitUncertainty } from '../evaluation/uncertainty.js';
import { embeddingMap } from '../report/embedding-map.js';
import { exampleImages } from '../report/examples.js';
import type { Language } from '../report/language.js';
import { methodIn } from '../report/method-summaries.js';
import { type ReportData, type RunReport, subjectsPerSplit } from '../report/report-data.js';
import { exportEncoder, exportOnnx, finishModel, type ImageAnswer } from '../tasks/index.js';
import { diverged, methodOf, type TrainingConfig, type TrainingState } from '../training/index.js';
import { attributesOf } from './attributes.js';
import { type Calibration, modelFingerprint } from './calibration.js';
import { cardOf } from './card.js';
import { commandLine } from './command-line.js';
import type { RunConfig } from './config.js';
import type { Dataset } from './dataset.js';
import { explainedExamples } from './explain-examples.js';
import { RUN_FILES } from './files.js';
import { isValidation, readHistory, type StepLine } from './history.js';
import { labelSummary } from './label-summary.js';
import { modelMetadata, predictRecords } from './predict.js';
import { storeReport } from './report.js';
import { meanHealthy } from './trained-model.js';

export interface RunResult {
  readonly folder: string;
  readonly config: RunConfig;
  /** On the test split, or null where it has no graded image. */
  readonly test: Metrics | null;
  readonly validation: Metrics | null;
  readonly predictions: readonly Prediction[];
  /** For a report of several runs. */
  readonly report: RunReport;
}

/** Writes everything that a finished run holds. */
export async function finishRun(
  folder: string,
  config: RunConfig,
  dataset: Dataset,
  engine: Engine,
  state: TrainingState,
  language?: Language,
): Promise<RunResult> {
  const { training } = config;
  const finished = await finishModel(training, dataset.training, engine, state);
  const model = { ...finished, baseline: meanHealthy(dataset) };
  const metadata = modelMetadata(config, model);
  const onnx = exportOnnx(model, metadata);
  const { train, validation, test } = dataset.indices;
  const answers: ImageAnswer[] = [];
  const indices = [...train, ...validation, ...test].sort((a, b) => a - b);
  const predictions = await predictRecords(engine, training, onnx, dataset, indices, answers);
  refuseDivergence(training, training.steps, predictions);
  await writeWhole(
    join(folder, RUN_FILES.encoder),
    config.frozen ? await readFile(config.frozen.file) : exportEncoder(model, metadata),
  );
  await writeWhole(join(folder, RUN_FILES.model), onnx);
  await writePredictions(join(folder, RUN_FILES.predictions), predictions);

  const gradedIn = (split: Prediction['split']) =>
    predictions.filter((p) => p.split === split && p.grade !== null);
  const graded = { validation: gradedIn('validation'), test: gradedIn('test') };
  const scored = (part: readonly Prediction[]): Metrics | null =>
    part.length > 0 ? evaluate(part, { grades: training.grades, seed: training.seed }) : null;
  const metrics = { validation: scored(graded.validation), test: scored(graded.test) };
  const print = modelFingerprint(onnx);
  const uncertainty = await writeUncertainty(folder, config, print, graded);
  // The test split's figures stand at the top, where design and readers expect them.
  await writeJson(join(folder, RUN_FILES.metrics), {
    ...(metrics.test ?? {}),
    validation: metrics.validation,
    ...(uncertainty?.test && { uncertainty: uncertainty.test }),
  });

  const answer: RunReport['model'] = {
    file: RUN_FILES.model,
    sha256: print,
    bytes: onnx.length,
    parameters: [...model.weights.values()].reduce((sum, { data }) => sum + data.length, 0),
    input: metadata.input,
  };
  const report = {
    ...(await runReport(folder, config, dataset, predictions, answers, metrics)),
    explanation: await explainedExamples(engine, config, model, dataset, predictions),
    model: answer,
    card: await cardOf(folder),
    uncertainty,
  };
  const shown = { title: titleOf(report.method), created: new Date().toISOString() };
  await storeReport(folder, shown, report);
  // Only now: the chart library takes longer to load than many a command runs.
  const { renderReport } = await import('../report/render.js');
  await writeWhole(
    join(folder, RUN_FILES.report),
    renderReport({ ...shown, runs: [report] }, language),
  );
  return { folder, config, ...metrics, predictions, report };
}

const titleOf = (method: string): ReportData['title'] => ({
  en: `Severity model: ${method}`,
  ja: `重症度モデル：${methodIn(method, 'ja')}`,
});

/**
 * Fits calibration, sets and working point on the validation split, which training has not learned from, writes
 * calibration.json, and measures them on the test split. Undefined where no validation image is graded.
 *
 * @param model SHA-256 of model.onnx @param graded predictions that have a grade
 */
async function writeUncertainty(
  folder: string,
  config: RunConfig,
  model: string,
  { validation, test }: Readonly<Record<'validation' | 'test', readonly Prediction[]>>,
): Promise<RunReport['uncertainty']> {
  const { training, data } = config;
  if (validation.length === 0) return undefined;
  const { grades, seed } = training;
  const uncertainty = fitUncertainty(validation, { grades, seed });
  const calibration: Calibration = {
    semise: config.semise,
    model,
    data: { file: data.file, fingerprint: data.fingerprint, split: 'validation' },
    uncertainty,
  };
  await writeJson(join(folder, RUN_FILES.calibration), calibration);
  return { fitted: uncertainty, test: assess(uncertainty, test, { seed }) };
}

/** @throws TrainingError if the model's answers are not numbers */
export function refuseDivergence(
  config: TrainingConfig,
  step: number,
  predictions: readonly Prediction[],
): void {
  const bad = predictions.find(({ score }) => !Number.isFinite(score));
  if (bad) throw diverged(config, step, `the severity score of ${bad.image} became ${bad.score}`);
}

async function runReport(
  folder: string,
  config: RunConfig,
  dataset: Dataset,
  predictions: readonly Prediction[],
  answers: readonly ImageAnswer[],
  metrics: { validation: Metrics | null; test: Metrics | null },
): Promise<RunReport> {
  const { training } = config;
  const history = await readHistory(join(folder, RUN_FILES.history));
  const steps = history.filter((line): line is StepLine => !isValidation(line));
  const rate = steps.at(-1)?.imagesPerSecond ?? 0;
  const width = answers[0].embedding.length;
  const vectors = new Float32Array(answers.length * width);
  answers.forEach((answer, i) => {
    vectors.set(answer.embedding, i * width);
  });
  const places = embeddingMap(vectors, answers.length, width);
  const paths = new Map(dataset.manifest.records.map((r) => [r.image, r.path]));
  return {
    name: training.method,
    method: methodOf(training, dataset.training).summary,
    config: { ...config.data, ...training, init: config.init },
    seed: training.seed,
    command: commandLine(config),
    data: {
      file: config.data.file,
      fingerprint: config.data.fingerprint,
      counts: gradeCounts(dataset),
      subjects: subjectsPerSplit(
        dataset.manifest.records.map((r, i) => ({ subject: r.subject, split: dataset.splits[i] })),
      ),
      duplicates: dataset.duplicates,
      sites: sitesOf(dataset.manifest.records),
      attributes: [...dataset.manifest.attributeNames],
      skipped: dataset.bad.map(({ path, reason }) => ({ image: path, reason })),
    },
    history: steps.map(({ step, phase, losses }) => ({ step, phase, losses })),
    validation: history
      .filter(isValidation)
      .map(({ step, validation }) => ({ step, ...validation })),
    metrics: {
      validation: metrics.validation ?? undefined,
      test: metrics.test ?? undefined,
    },
    predictions: [...predictions],
    embedding: predictions.map(({ image, grade, score }, i) => ({
      image,
      grade,
      score,
      ...places[i],
    })),
    subgroups: runSubgroups(config, dataset, predictions),
    examples: await exampleImages(predictions, { path: (image) => paths.get(image) ?? image }),
    labels: await labelSummary(config, dataset, predictions, answers),
    timings: {
      seconds: rate > 0 ? (training.steps * training.batch * training.accumulate) / rate : 0,
      imagesPerSecond: rate,
    },
    environment: {
      semise: config.semise,
      node: process.version,
      cpu: `${cpus()[0]?.model ?? 'unknown'}, ${cpus().length} cores`,
      provider: training.provider,
      runtime: RUNTIME_VERSION,
    },
  };
}

/** None where no image names its site. */
function sitesOf(records: Dataset['manifest']['records']): RunReport['data']['sites'] {
  const sites = new Map<string, { images: number; subjects: Set<string> }>();
  for (const { site, subject } of records) {
    if (site === null) continue;
    const known = sites.get(site) ?? { images: 0, subjects: new Set() };
    known.images++;
    known.subjects.add(subject);
    sites.set(site, known);
  }
  return [...sites]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([site, { images, subjects }]) => ({ site, images, subjects: subjects.size }));
}

/** Bootstrap draws of each group, fewer of many images: a first look, `semise bias` is the thorough one. */
const subgroupDraws = (images: number) => Math.min(300, Math.max(100, Math.round(3e5 / images)));
/** Images beyond which only single attributes are looked at, so that a run ends in time. */
const SUBGROUP_PAIRS = 20_000;

/** Groups of patients on validation and test; undefined where nothing tells patients apart. */
function runSubgroups(
  config: RunConfig,
  dataset: Dataset,
  predictions: readonly Prediction[],
): SubgroupReport | undefined {
  const { records } = dataset.manifest;
  const { grades, seed } = config.training;
  const judged = predictions.filter((p) => p.split !== 'train' && p.grade !== null);
  if (judged.length === 0) return undefined;
  const wanted = new Set(judged.map(({ image }) => image));
  const report = subgroups(
    judged,
    new Map(records.flatMap((r) => (wanted.has(r.image) ? [[r.image, attributesOf(r)]] : []))),
    {
      grades,
      seed,
      draws: subgroupDraws(judged.length),
      pairs: judged.length <= SUBGROUP_PAIRS,
      learned: dataset.indices.train.flatMap((i) => {
        const { subject, grade } = records[i];
        return dataset.graded[i] && grade !== null
          ? [{ subject, grade, attributes: attributesOf(records[i]) }]
          : [];
      }),
    },
  );
  return report.divisions.length > 0 ? report : undefined;
}

/** Images by split and grade, those without a grade included. */
function gradeCounts(dataset: Dataset): RunReport['data']['counts'] {
  const { records, grades } = dataset.manifest;
  return describeSplits(dataset.manifest, dataset.splits, dataset.graded).flatMap(({ split }) =>
    [...Array(grades).keys(), null].map((grade) => {
      const rows = records.flatMap((r, i) =>
        dataset.splits[i] === split && r.grade === grade ? [i] : [],
      );
      return {
        split,
        grade,
        images: rows.length,
        subjects: new Set(rows.map((i) => records[i].subject)).size,
        graded: grade === null ? 0 : rows.filter((i) => dataset.graded[i]).length,
      };
    }),
  );
}
