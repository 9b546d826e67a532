// The images of a data set as the benchmark knows them: all grades, the fixed split, and how severe
// each image is to the expert who compares.

import { dirname, join, resolve } from 'node:path';
import { exists, makeFolder } from '../atomic.js';
import {
  assignSplits,
  type ImageRecord,
  imagePaths,
  openImageCache,
  readManifest,
  type Split,
  THUMBNAIL,
} from '../data/index.js';
import { type PhantomOptions, writePhantom } from '../data/phantom/index.js';
import { readTable } from '../data/table.js';
import { InputError } from '../errors.js';
import { guardSplits } from '../run/leakage.js';
import { digest } from './digest.js';
import type { DatasetSpec } from './grid.js';
import { lock } from './lock.js';

/** The split is the same for all seeds: it is drawn with this one (or given by the file). */
export const SPLIT_SEED = 0;

export interface Cohort {
  /** labels.csv. */
  readonly file: string;
  readonly records: readonly ImageRecord[];
  readonly splits: readonly Split[];
  /** What an expert sees of each image: hidden severity or grade, null where nobody knows. */
  readonly severity: readonly (number | null)[];
  /** Number of grades, K. */
  readonly grades: number;
  /** Says which images these are: the file's SHA-256, or what the phantom was drawn with. */
  readonly origin: Readonly<Record<string, unknown>>;
}

/** All grades, no masks; comparisons are drawn by seed (comparisons.ts). */
const OWN = { graded: 'all', comparisons: 0, masks: false } as const;

export interface CohortHooks {
  readonly onDraw?: (done: number, total: number) => void;
  readonly signal?: AbortSignal;
}

/**
 * @param folder of the data sets' paths @param runs where phantoms are drawn, once
 * @returns null where the data set is not there
 * @throws InputError for a labels.csv that cannot be used
 */
export async function openCohort(
  name: string,
  { labels, phantom }: Pick<DatasetSpec, 'labels' | 'phantom'>,
  folder: string,
  runs: string,
  hooks: CohortHooks = {},
): Promise<Cohort | null> {
  if (phantom) {
    const file = await drawnOnce(name, phantom, OWN, runs, hooks);
    const cohort = await readCohort(file, { phantom });
    const rows = await readTable(join(dirname(file), 'truth.csv'), ['image', 'severity'], []);
    const truth = new Map(rows.map(({ values }) => [values.image, Number(values.severity)]));
    // Two healthy images show no difference to anyone.
    const onset = 1 / cohort.grades;
    const seen = (image: string) => {
      const severity = truth.get(image) as number;
      return severity < onset ? 0 : severity;
    };
    return { ...cohort, severity: cohort.records.map(({ image }) => seen(image)) };
  }
  const file = resolve(folder, labels as string);
  return (await exists(file)) ? readCohort(file) : null;
}

async function readCohort(file: string, origin?: Cohort['origin']): Promise<Cohort> {
  const manifest = await readManifest(file);
  const { records, grades, fingerprint } = manifest;
  if (grades < 2) throw new InputError(`${file}: no two grades; a benchmark needs graded images`);
  // Pictures that are alike in two splits are moved into one, before any row is made.
  const cache = await openImageCache(imagePaths(manifest), {
    size: THUMBNAIL,
    channels: 1,
    fit: 'stretch',
    skipBad: true,
  });
  const asked = assignSplits(manifest, { seed: SPLIT_SEED });
  const { splits } = await guardSplits(manifest, asked, cache, 'fix').finally(() => cache.close());
  return {
    file,
    records,
    splits,
    severity: records.map(({ grade }) => grade),
    grades,
    origin: origin ?? { labels: fingerprint },
  };
}

/** The labels.csv of a phantom, drawn where it is not there yet. @param own what the harness wants of it */
export async function drawnOnce(
  name: string,
  phantom: NonNullable<DatasetSpec['phantom']>,
  own: Partial<PhantomOptions>,
  runs: string,
  { onDraw, signal }: CohortHooks = {},
): Promise<string> {
  const options = { ...phantom, ...own };
  const out = join(runs, 'cohorts', `${name}-${digest(options)}`);
  const labels = join(out, 'labels.csv');
  await makeFolder(dirname(out));
  const release = await lock(`${out}.lock`, signal);
  try {
    if (!(await exists(labels))) {
      const onProgress = (done: number, total: number) => {
        signal?.throwIfAborted();
        onDraw?.(done, total);
      };
      await writePhantom({ ...options, out, onProgress });
    }
    return labels;
  } finally {
    await release();
  }
}
