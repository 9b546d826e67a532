// What a run works on: the manifest, its split, the grades training may see, pixels and comparisons.

import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import {
  assignSplits,
  type BadImage,
  type Comparison,
  chooseGraded,
  detectChannels,
  type Fit,
  type ImageCache,
  imagePaths,
  type Leakage,
  type Manifest,
  openImageCache,
  readComparisons,
  readManifest,
  requireGrades,
  type Split,
} from '../data/index.js';
import { InputError } from '../errors.js';
import type { DuplicateCheck } from '../report/report-data.js';
import type { TrainingData } from '../training/index.js';
import { guardSplits } from './leakage.js';

export interface DatasetOptions {
  readonly file: string;
  readonly comparisons: string | null;
  readonly labelBudget: number | 'all';
  readonly seed: number;
  readonly imageSize: number;
  readonly fit: Fit;
  readonly skipBad: boolean;
  /** What to do with pictures that stand in two splits. */
  readonly leakage: Leakage;
  /** Where decoded images are kept. */
  readonly cache?: string;
  readonly onDecode?: (done: number, total: number) => void;
  readonly signal?: AbortSignal;
}

export interface Dataset {
  readonly manifest: Manifest;
  /** Of each record. */
  readonly splits: readonly Split[];
  /** Whether training may see the record's grade; true for graded validation and test records. */
  readonly graded: readonly boolean[];
  readonly cache: ImageCache;
  readonly bad: readonly BadImage[];
  /** The search for pictures that are alike. */
  readonly duplicates: DuplicateCheck;
  /** Records that could be read, by split. */
  readonly indices: Readonly<Record<Split, readonly number[]>>;
  readonly training: TrainingData;
  readonly pixels: { mean: number[]; deviation: number[] };
}

/** SHA-256 of a file's content, as `Manifest.fingerprint`. @throws InputError if it cannot be read */
export async function fingerprint(file: string): Promise<string> {
  const content = await readFile(file).catch((error: NodeJS.ErrnoException) => {
    throw new InputError(`${file}: cannot be read (${error.code}); put it back`);
  });
  return createHash('sha256').update(content).digest('hex');
}

/** How many training images the pixel statistics are taken from. */
const STATISTICS = 500;

/** @throws InputError for whatever of the user's files cannot be used */
export async function openDataset(options: DatasetOptions): Promise<Dataset> {
  const manifest = await readManifest(options.file, { cache: options.cache });
  requireGrades(manifest);
  const asked = assignSplits(manifest, { seed: options.seed });
  const gradedIn = (splits: readonly Split[]) =>
    chooseGraded(manifest, splits, { budget: options.labelBudget, seed: options.seed });
  gradedIn(asked); // refuses what cannot be trained on before anything is decoded
  const compared = options.comparisons ? await readComparisons(options.comparisons, manifest) : [];
  const paths = imagePaths(manifest);
  const cache = await openImageCache(paths, {
    size: options.imageSize,
    channels: await detectChannels(paths),
    fit: options.fit,
    skipBad: options.skipBad,
    folder: options.cache,
    onProgress: options.onDecode,
    signal: options.signal,
  });
  const { splits, check } = await guardSplits(manifest, asked, cache, options.leakage).catch(
    (error) => {
      cache.close();
      throw error;
    },
  );
  const graded = gradedIn(splits);
  const unreadable = new Set(cache.bad.map((b) => b.index));
  const of = (split: Split) =>
    [...splits.keys()].filter((i) => splits[i] === split && !unreadable.has(i));
  const indices = { train: of('train'), validation: of('validation'), test: of('test') };
  const training = trainingData(manifest, graded, indices.train, cache, compared);
  const seen = new Set(training.graded.map((g) => g.grade));
  if (seen.size < 2) {
    cache.close();
    throw new InputError(
      `${options.file}: the training split shows ${seen.size} grade(s); training needs images of at least 2 grades`,
    );
  }
  return {
    manifest,
    splits,
    graded,
    cache,
    bad: cache.bad,
    duplicates: check,
    indices,
    training,
    pixels: pixelStatistics(cache, indices.train.slice(0, STATISTICS)),
  };
}

/** Comparisons count only where both images are in the training split. */
function trainingData(
  manifest: Manifest,
  graded: readonly boolean[],
  train: readonly number[],
  cache: ImageCache,
  comparisons: readonly Comparison[],
): TrainingData {
  const subjects = new Map<string, number>();
  // Numbered as they are met: of a million patients a training meets a few thousand.
  const subject = (index: number): number => {
    const name = manifest.records[index].subject;
    const known = subjects.get(name) ?? subjects.size;
    subjects.set(name, known);
    return known;
  };
  const inTraining = new Uint8Array(manifest.records.length);
  for (const index of train) inTraining[index] = 1;
  return {
    read: (index) => cache.read(index),
    subject,
    any: train,
    graded: train
      .filter((index) => graded[index])
      .flatMap((index) => {
        const { grade } = manifest.records[index];
        return grade === null ? [] : [{ index, grade, subject: subject(index) }];
      }),
    comparisons: comparisons
      .filter((c) => inTraining[c.moreSevere] && inTraining[c.lessSevere])
      .map((c) => ({ more: c.moreSevere, less: c.lessSevere, weight: c.weight, tie: c.tie })),
  };
}

/** Mean and standard deviation of each channel, in 0..1. */
export function pixelStatistics(cache: ImageCache, indices: readonly number[]) {
  const [channels, height, width] = cache.shape;
  const area = height * width;
  const sums = Array<number>(channels).fill(0);
  const squares = Array<number>(channels).fill(0);
  for (const index of indices) {
    const pixels = cache.read(index);
    for (let c = 0; c < channels; c++) {
      for (let i = c * area; i < (c + 1) * area; i++) {
        const value = pixels[i] / 255;
        sums[c] += value;
        squares[c] += value * value;
      }
    }
  }
  const count = indices.length * area;
  const mean = sums.map((s) => s / count);
  // An all-black set has no spread; any positive number then serves.
  const deviation = squares.map((s, c) => Math.sqrt(Math.max(s / count - mean[c] ** 2, 1e-6)));
  return { mean, deviation };
}
