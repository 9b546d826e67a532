// Whether a trained run serves some patients worse than others: its answers on images that it has not
// learned from, by what labels.csv says of the patients.

import { dirname, join, resolve } from 'node:path';
import { type ImageRecord, type Manifest, readManifest } from '../data/index.js';
import { readTable } from '../data/table.js';
import { InputError } from '../errors.js';
import { type Prediction, readPredictions } from '../evaluation/prediction.js';
import {
  type Attributes,
  type SubgroupOptions,
  type SubgroupReport,
  subgroups,
} from '../evaluation/subgroups/index.js';
import { attributesOf } from './attributes.js';
import { type RunConfig, readRunConfig } from './config.js';
import { RUN_FILES } from './files.js';
import { withGradedFile } from './graded-file.js';
import { openRun } from './predict.js';
import { appendToLog, imageFingerprint } from './validation/log.js';

export interface BiasOptions extends Omit<SubgroupOptions, 'grades' | 'seed' | 'learned'> {
  /** labels.csv with grades and attributes: the run's own, unless told. */
  readonly data?: string;
  /** Of intervals and permutations; the run's own, unless told. */
  readonly seed?: number;
}

export interface RunBias extends SubgroupReport {
  /** labels.csv that grades and attributes are from. */
  data: string;
  /** Graded images left out because the run was trained on them. */
  trainedOn: number;
  /** Images that were graded for this; the answers to the others were in the run folder. */
  graded: number;
}

/**
 * Measures the subgroups of a run. Images of its validation and test splits keep the answers of
 * predictions.csv; other images of the file are graded by the model; training images are left out.
 *
 * @throws InputError where the folder holds no finished run, the file cannot be used, or has no graded
 *   image that the run was not trained on
 */
export async function biasOfRun(
  folder: string,
  { data, seed, ...options }: BiasOptions = {},
): Promise<RunBias> {
  const config = await readRunConfig(folder);
  const { grades } = config.training;
  const answers = await readPredictions(join(folder, RUN_FILES.predictions)).catch((error) => {
    if (!(error instanceof InputError)) throw error;
    throw new InputError(
      `${folder}: has no readable predictions.csv; finish it with semise train --resume --out ${folder}`,
    );
  });
  const file = data ?? config.data.file;
  const manifest = await readManifest(file);
  const keyOf = keys(config, manifest);
  const known = new Map(answers.map((p) => [keyOf.answer(p.image), p]));
  const rows = manifest.records.filter((r) => r.grade !== null);
  const high = rows.find((r) => (r.grade as number) >= grades);
  if (high) {
    throw new InputError(
      `${file}:${high.line}: grade ${high.grade}, but the model knows grades 0 to ${grades - 1}; map the grades to the model's scale`,
    );
  }
  const learnedFrom = (r: ImageRecord) => known.get(keyOf.record(r))?.split === 'train';
  const used = rows.filter((r) => !learnedFrom(r));
  if (used.length === 0) {
    throw new InputError(
      `${file}: no graded image that the run was not trained on; give --data with others`,
    );
  }
  const predictions = await answersFor(folder, file, used, (r) => known.get(keyOf.record(r)));
  const report = subgroups(predictions, new Map(used.map((r) => [r.image, attributesOf(r)])), {
    ...options,
    grades,
    seed: seed ?? config.training.seed,
    learned: await learned(folder, config, manifest),
  });
  return {
    ...report,
    data: file,
    trainedOn: rows.length - used.length,
    graded: used.filter((r) => !known.has(keyOf.record(r))).length,
  };
}

/** An image is known by its place, or by its name where the file is the one trained on, moved. */
function keys(config: RunConfig, manifest: Manifest) {
  const moved = manifest.fingerprint === config.data.fingerprint;
  const home = dirname(config.data.file);
  return {
    answer: (image: string) => (moved ? image : resolve(home, image)),
    record: (r: ImageRecord) => (moved ? r.image : r.path),
  };
}

/**
 * The run's answers to these images: those that it has, and new ones, which the run's log tells of
 * (they are no longer unseen).
 */
async function answersFor(
  folder: string,
  file: string,
  rows: readonly ImageRecord[],
  known: (row: ImageRecord) => Prediction | undefined,
): Promise<Prediction[]> {
  const fresh = new Map<string, Prediction>();
  if (rows.some((r) => known(r) === undefined)) {
    const run = await openRun(folder);
    const leaveOut = (r: ImageRecord) => known(r) !== undefined;
    try {
      await withGradedFile(run, { data: file, leaveOut }, async (graded) => {
        for (const prediction of graded.predictions) fresh.set(prediction.image, prediction);
        await appendToLog(folder, {
          event: 'opened',
          date: new Date().toISOString(),
          command: 'bias',
          data: graded.fingerprint,
          site: null,
          limits: null,
          images: graded.rows.map((_, i) => imageFingerprint(graded.pixels(i))).join(''),
        });
      });
    } finally {
      await run.close();
    }
  }
  return rows.map((r) => {
    const { image, subject, grade } = r;
    return { ...(known(r) ?? fresh.get(image)!), image, subject, grade };
  });
}

/** Images whose grade training saw, with what this file or the run's own says of them. */
async function learned(
  folder: string,
  config: RunConfig,
  manifest: Manifest,
): Promise<{ subject: string; grade: number; attributes: Attributes }[]> {
  const rows = await readTable(
    join(folder, RUN_FILES.split),
    ['image', 'subject', 'split', 'grade', 'graded'],
    [],
  );
  const keyOf = keys(config, manifest);
  const said = new Map(manifest.records.map((r) => [keyOf.record(r), r]));
  // The run's own file may be gone: then what it said of training images is not known.
  const own =
    manifest.fingerprint === config.data.fingerprint
      ? manifest
      : await readManifest(config.data.file).catch(() => null);
  const ownSaid = new Map(own?.records.map((r) => [r.image, r]));
  return rows.flatMap(({ values: { image, subject, split, grade, graded } }) => {
    if (split !== 'train' || graded !== '1') return [];
    const record = said.get(keyOf.answer(image)) ?? ownSaid.get(image);
    return record ? [{ subject, grade: Number(grade), attributes: attributesOf(record) }] : [];
  });
}
