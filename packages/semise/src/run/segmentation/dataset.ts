// What a segmentation works on: the manifest, its split, pixels, and masks.

import { deflateRawSync, inflateRawSync } from 'node:zlib';
import {
  assignSplits,
  type BadImage,
  chooseMasked,
  detectChannels,
  type Fit,
  fitMask,
  type ImageCache,
  type Leakage,
  type Manifest,
  openImageCache,
  readManifest,
  readMask,
  type Split,
  spacingOf,
} from '../../data/index.js';
import { InputError } from '../../errors.js';
import type { DuplicateCheck } from '../../report/report-data.js';
import { labelLesions } from '../../tasks/index.js';
import type { SegmentationData } from '../../training/index.js';
import { pixelStatistics } from '../dataset.js';
import { guardSplits } from '../leakage.js';
import { pictureShape } from './picture.js';

export interface SegmentationDatasetOptions {
  readonly file: string;
  readonly maskBudget: number | 'all';
  readonly seed: number;
  readonly workingSize: number;
  readonly fit: Fit;
  readonly skipBad: boolean;
  /** What becomes of pictures that are alike in two splits. */
  readonly leakage: Leakage;
  /** Of the run that the encoder comes from; null: as the images are. */
  readonly channels: 1 | 3 | null;
  /** Subjects whose split is settled: the encoder was trained on some of them. */
  readonly splits: ReadonlyMap<string, Split>;
  readonly onDecode?: (done: number, total: number) => void;
  readonly signal?: AbortSignal;
}

export interface SegmentationDataset {
  readonly manifest: Manifest;
  /** Of each record. */
  readonly splits: readonly Split[];
  readonly cache: ImageCache;
  readonly bad: readonly BadImage[];
  /** The search for pictures that are alike; on resuming it is not made again. */
  readonly duplicates: DuplicateCheck;
  /** Records that could be read, by split. */
  readonly indices: Readonly<Record<Split, readonly number[]>>;
  /** Records with a mask, whether it holds a lesion. */
  readonly lesion: ReadonlyMap<number, boolean>;
  readonly training: SegmentationData;
  /** Classes of a pixel in any mask, background included. */
  readonly classes: number;
  /** Half of the size below which only one in twenty lesions of the seen masks lies; share of the image. */
  readonly leastLesion: number;
  readonly pixels: { mean: number[]; deviation: number[] };
}

/** How many training images the pixel statistics are taken from. */
const STATISTICS = 500;
/** Masks read at once. */
const LANES = 8;

/** @throws InputError for whatever of the user's files cannot be used */
export async function openSegmentationDataset(
  options: SegmentationDatasetOptions,
): Promise<SegmentationDataset> {
  const { file, seed, workingSize, fit } = options;
  const manifest = await readManifest(file);
  const { records } = manifest;
  for (const record of records) spacingOf(manifest, record);
  const masks = await readMasks(manifest, workingSize, fit);
  // Subjects without any grade count as one stratum, if they have a mask to be tested on.
  const strata = records.map(({ subject, grade, mask, split }) => ({
    subject,
    grade: grade ?? (mask ? 0 : null),
    split: options.splits.get(subject) ?? split,
  }));
  const asked = assignSplits({ records: strata }, { seed });
  const paths = { length: records.length, at: (i: number) => records[i].path };
  const cache = await openImageCache(paths, {
    size: workingSize,
    channels: options.channels ?? (await detectChannels(paths)),
    fit,
    skipBad: options.skipBad,
    onProgress: options.onDecode,
    signal: options.signal,
  });
  try {
    const { splits, check } = await guardSplits(manifest, asked, cache, options.leakage);
    const unreadable = new Set(cache.bad.map((b) => b.index));
    const of = (split: Split) =>
      records.flatMap((_, i) => (splits[i] === split && !unreadable.has(i) ? [i] : []));
    const indices = { train: of('train'), validation: of('validation'), test: of('test') };
    const lesion = new Map([...masks].map(([i, mask]) => [i, mask.areas.length > 0]));
    const visible = new Map(
      indices.train.flatMap((i) => {
        const holds = lesion.get(i);
        return holds === undefined ? [] : [[i, holds] as const];
      }),
    );
    const chosen = chooseMasked(manifest, visible, { budget: options.maskBudget, seed });
    const shown = new Set(chosen);
    const areas = chosen.flatMap((i) => masks.get(i)!.areas).sort((a, b) => a - b);
    return {
      manifest,
      splits,
      cache,
      bad: cache.bad,
      duplicates: check,
      indices,
      lesion,
      training: {
        read: (index) => cache.read(index),
        mask: (index) => new Uint8Array(inflateRawSync(masks.get(index)!.fitted)),
        masked: chosen.map((index) => ({ index, lesion: masks.get(index)!.fittedLesion })),
        told: indices.train.flatMap((index) => {
          const { grade } = records[index];
          return grade === null || shown.has(index) ? [] : [{ index, lesion: grade > 0 }];
        }),
        any: indices.train,
      },
      classes: Math.max(2, ...[...masks.values()].map(({ highest }) => highest + 1)),
      leastLesion: areas[Math.floor(0.05 * areas.length)] / 2,
      pixels: pixelStatistics(cache, indices.train.slice(0, STATISTICS)),
    };
  } catch (error) {
    cache.close();
    throw error;
  }
}

interface ReadMask {
  /** At the working size, deflated: masks are mostly nothing. */
  readonly fitted: Buffer;
  readonly fittedLesion: boolean;
  readonly highest: number;
  /** Of each lesion, share of the image. */
  readonly areas: readonly number[];
}

async function readMasks(
  manifest: Manifest,
  size: number,
  fit: Fit,
): Promise<Map<number, ReadMask>> {
  const waiting = manifest.records.flatMap(({ mask, path, line }, i) =>
    mask ? [{ i, mask, path, line }] : [],
  );
  const masks = new Map<number, ReadMask>();
  const lane = async () => {
    for (let next = waiting.pop(); next; next = waiting.pop()) {
      const mask = await readMask(next.mask);
      const image = await pictureShape(next.path).catch(() => mask); // the cache says what is wrong
      if (Math.abs(mask.width / mask.height / (image.width / image.height) - 1) > 0.02) {
        throw new InputError(
          `${manifest.file}:${next.line}: the mask is ${mask.width} x ${mask.height} and its image ${image.width} x ${image.height}; give a mask of the image's own shape`,
        );
      }
      const fitted = fitMask(mask, size, fit);
      masks.set(next.i, {
        fitted: deflateRawSync(fitted, { level: 1 }),
        fittedLesion: fitted.some((c) => c > 0),
        highest: mask.classes.reduce((most, c) => Math.max(most, c), 0),
        areas: labelLesions(mask).lesions.map((l) => l.area / mask.classes.length),
      });
    }
  };
  await Promise.all(Array.from({ length: LANES }, lane));
  return new Map([...masks].sort(([a], [b]) => a - b));
}
