// Label quality: how far raters agree, which grades and comparisons are doubtful, what to look at again.

import { dirname, join, resolve } from 'node:path';
import { stringify } from 'csv-stringify/sync';
import { writeJson, writeWhole } from '../atomic.js';
import {
  type ComparisonRow,
  imageFinder,
  type Manifest,
  openImageCache,
  type Rating,
  ratersInColumns,
  readComparisonRows,
  readManifest,
  readRatings,
} from '../data/index.js';
import { listed, readTable } from '../data/table.js';
import { InputError } from '../errors.js';
import { agreement } from '../evaluation/agreement/index.js';
import {
  checkComparisons,
  checkGrades,
  type KnownImage,
  relabelList,
} from '../evaluation/label-quality/index.js';
import { thumbnail } from '../report/examples.js';
import type { Thumbnails } from '../report/labels/cards.js';
import { relabelRows } from '../report/labels/reasons.js';
import { CARDS, type LabelCheck, renderLabels } from '../report/labels/render.js';
import type { Language } from '../report/language.js';
import type { RunConfig } from './config.js';
import { RUN_FILES } from './files.js';
import type { OpenRun } from './predict.js';

/** The files that `writeLabelCheck` writes. */
export const LABEL_FILES = {
  check: 'labels.json',
  relabel: 'relabel.csv',
  page: 'labels.html',
} as const;

/** Images whose pixels are held at a time. */
const BATCH = 256;

export interface CheckLabelsOptions {
  /** A finished run and its folder, to judge grades and comparisons with. */
  readonly run?: { readonly folder: string; readonly opened: OpenRun };
  /** labels.csv; the run's own unless told. Columns `grade_NAME` of several raters are taken for ratings. */
  readonly data?: string;
  /** comparisons.csv; the run's own unless told, or another `data` is given. */
  readonly comparisons?: string;
  /** ratings.csv, see `readRatings`. */
  readonly ratings?: string;
  /** Of intervals and folds; the run's own, or 1, unless told. */
  readonly seed?: number;
  readonly skipBad?: boolean;
  readonly onDecode?: (done: number, total: number) => void;
}

export interface CheckedLabels {
  readonly check: LabelCheck;
  /** Images that could not be read and were left out. */
  readonly skipped: readonly string[];
  /** Where an image lies; as it is named where that is not known. */
  path(image: string): string;
}

/**
 * Looks through whatever labels there are: ratings for agreement, grades and comparisons by a run.
 * @throws InputError if there is nothing to look through, or a file cannot be used
 */
export async function checkLabels(options: CheckLabelsOptions): Promise<CheckedLabels> {
  const { run } = options;
  const own = run?.opened.config;
  const file = options.data ?? own?.data.file;
  const comparisonsFile =
    options.comparisons ?? (options.data === undefined ? own?.data.comparisons : null) ?? null;
  const manifest = file === undefined ? null : await readManifest(file);
  const wide = manifest !== null && ratersInColumns(manifest.attributeNames).length > 1;
  const ratingsFile = options.ratings ?? (wide ? manifest.file : null);
  if (!run && ratingsFile === null && comparisonsFile === null) {
    throw new InputError(
      'nothing to look through: give a run, --ratings ratings.csv, --comparisons comparisons.csv, or ' +
        '--data labels.csv with a column grade_NAME for each of two raters or more',
    );
  }
  const seed = options.seed ?? own?.training.seed ?? 1;
  const ratings = ratingsFile === null ? [] : await ratingsOf(ratingsFile, manifest);
  const answers =
    comparisonsFile === null ? [] : await comparisonAnswers(comparisonsFile, manifest);
  const { known, skipped } =
    run && manifest
      ? await knownImages(run, manifest, answers, options)
      : { known: [], skipped: [] };
  const byName = new Map(known.map((image) => [image.image, image]));
  const records = new Map(manifest?.records.map((record) => [record.image, record]));
  const gradeOf = (image: string) => records.get(image)?.grade ?? null;

  const grades = own ? checkGrades(known, { grades: own.training.grades, seed }) : null;
  const comparisons =
    comparisonsFile === null
      ? null
      : checkComparisons(answers, (image) => {
          const judge = byName.get(image);
          return {
            grade: gradeOf(image),
            probabilities: judge?.probabilities ?? [],
            score: judge?.score ?? null,
          };
        });
  return {
    check: {
      sources: {
        run: run?.folder ?? null,
        data: file ?? null,
        comparisons: comparisonsFile,
        ratings: ratingsFile,
      },
      agreement: ratings.length > 0 ? agreement(ratings, { seed }) : null,
      grades,
      comparisons,
      relabel: relabelList({ grades, comparisons, ratings, gradeOf }),
    },
    skipped,
    path: (image) =>
      records.get(image)?.path ?? resolve(dirname(comparisonsFile ?? ratingsFile ?? ''), image),
  };
}

/** Ratings by the names and subjects of the manifest, where there is one. */
async function ratingsOf(file: string, manifest: Manifest | null): Promise<Rating[]> {
  const ratings = await readRatings(file);
  if (!manifest) return ratings;
  const named = namesOf(
    file,
    manifest,
    ratings.map(({ image }) => image),
  );
  return ratings.map((rating) => {
    const { image, subject } = named(rating.image);
    return { ...rating, image, subject };
  });
}

/** Comparisons by the names of the manifest, where there is one. */
export async function comparisonAnswers(
  file: string,
  manifest: Manifest | null,
): Promise<ComparisonRow[]> {
  const rows = await readComparisonRows(file);
  if (!manifest) return rows;
  const named = namesOf(
    file,
    manifest,
    rows.flatMap(({ moreSevere, lessSevere }) => [moreSevere, lessSevere]),
  );
  return rows.map((row) => ({
    ...row,
    moreSevere: named(row.moreSevere).image,
    lessSevere: named(row.lessSevere).image,
  }));
}

/** @throws InputError naming all images that the manifest does not hold */
function namesOf(file: string, manifest: Manifest, images: readonly string[]) {
  const find = imageFinder(file, manifest);
  const unknown = [...new Set(images)].filter((image) => find(image) === undefined);
  if (unknown.length > 0) {
    throw new InputError(
      `${file}: ${unknown.length} images are not in ${manifest.file}: ${listed(unknown)}; ` +
        `name images as ${manifest.file} does, or drop the rows`,
    );
  }
  return (image: string) => manifest.records[find(image)!];
}

/** What the run says of graded and compared images, and whether its training saw their grades. */
export async function knownImages(
  { folder, opened }: NonNullable<CheckLabelsOptions['run']>,
  manifest: Manifest,
  answers: readonly ComparisonRow[],
  { skipBad, onDecode }: Pick<CheckLabelsOptions, 'skipBad' | 'onDecode'> = {},
): Promise<{ known: KnownImage[]; skipped: string[] }> {
  const { training, data } = opened.config;
  const compared = new Set(
    answers.flatMap(({ moreSevere, lessSevere }) => [moreSevere, lessSevere]),
  );
  const rows = manifest.records.filter(({ grade, image }) => grade !== null || compared.has(image));
  const unknown = rows.find(({ grade }) => grade !== null && grade >= training.grades);
  if (unknown) {
    throw new InputError(
      `${manifest.file}:${unknown.line}: grade ${unknown.grade}, but the model knows grades 0 to ${training.grades - 1}; map the grades to the model's scale`,
    );
  }
  const trained = await trainedOn(folder, opened.config);
  const cache = await openImageCache(
    rows.map(({ path }) => path),
    {
      size: training.imageSize,
      channels: training.channels,
      fit: data.fit,
      skipBad,
      onProgress: onDecode,
    },
  );
  try {
    const bad = new Set(cache.bad.map(({ index }) => index));
    const kept = [...rows.keys()].filter((i) => !bad.has(i));
    const known: KnownImage[] = [];
    for (let start = 0; start < kept.length; start += BATCH) {
      const part = kept.slice(start, start + BATCH);
      const said = await opened.predictPixels(part.map((i) => cache.read(i)));
      part.forEach((i, k) => {
        const { image, path, subject, grade } = rows[i];
        const { probabilities, score, embedding } = said[k];
        const seen = trained.has(path);
        known.push({ image, subject, grade, trained: seen, probabilities, score, embedding });
      });
    }
    return { known, skipped: cache.bad.map(({ path }) => path) };
  } finally {
    cache.close();
  }
}

/** Paths of the images whose grades the run's training saw. */
async function trainedOn(folder: string, config: RunConfig): Promise<Set<string>> {
  const rows = await readTable(
    join(folder, RUN_FILES.split),
    ['image', 'split', 'graded'],
    ['subject', 'grade'],
  );
  return new Set(
    rows
      .filter(({ values }) => values.split === 'train' && values.graded === '1')
      .map(({ values }) => resolve(dirname(config.data.file), values.image)),
  );
}

/** Writes labels.json, relabel.csv and the page into a folder that is there. */
export async function writeLabelCheck(
  folder: string,
  { check, path }: CheckedLabels,
  language: Language,
): Promise<void> {
  await writeJson(join(folder, LABEL_FILES.check), check);
  await writeWhole(
    join(folder, LABEL_FILES.relabel),
    // Spreadsheets take a file without the mark for another encoding.
    stringify(relabelRows(check.relabel, language), { bom: language !== 'en' }),
  );
  const thumbnails = await thumbnailsOf(check.relabel.slice(0, CARDS), path);
  await writeWhole(
    join(folder, LABEL_FILES.page),
    renderLabels(check, thumbnails, new Date().toISOString(), language),
  );
}

/** Thumbnails of the images on a list, and of those that look like them. */
export async function thumbnailsOf(
  list: LabelCheck['relabel'],
  path: (image: string) => string,
  size = 144,
): Promise<Thumbnails> {
  const images = new Set(
    list.flatMap(({ image, comparedWith, nearest }) => [
      image,
      ...(comparedWith === null ? [] : [comparedWith]),
      ...nearest.map((near) => near.image),
    ]),
  );
  const thumbnails: Record<string, string> = {};
  for (const image of images) {
    thumbnails[image] = await thumbnail(path(image), size).catch(() => '');
  }
  return thumbnails;
}
