// The reference that batches are compared with: made once, before the first batch, and kept.

import { join, resolve } from 'node:path';
import { z } from 'zod';
import { exists, makeFolder, unwritable } from '../../atomic.js';
import { readColumns, writeColumns } from '../../data/columns.js';
import { readManifest } from '../../data/index.js';
import { InputError } from '../../errors.js';
import { IMAGE_STATISTICS, type ImageStatistics, PLACES } from '../../evaluation/drift/index.js';
import { type MetadataField, watchedMetadata } from '../../evaluation/monitoring/observation.js';
import { readPredictions } from '../../evaluation/prediction.js';
import { fingerprint } from '../dataset.js';
import { RUN_FILES } from '../files.js';
import type { OpenRun } from '../predict.js';
import { VERSION } from '../version.js';
import { monitoringFiles } from './files.js';
import { type Observed, type ObserveOptions, observe } from './observe.js';
import { sampled } from './sample.js';

/** What is fixed before the first batch comes. */
export interface MonitoringSettings {
  /** How often a batch without drift may alarm: half of it by itself, half by the chart over time. */
  readonly falseAlarms: number;
  /** Subjects below which a batch is not judged. */
  readonly minSubjects: number;
}

export const MONITORING_DEFAULTS: MonitoringSettings = { falseAlarms: 0.01, minSubjects: 10 };

export interface Profile extends MonitoringSettings {
  readonly semise: string;
  /** ISO 8601. */
  readonly created: string;
  /** Of the model whose answers the reference holds. */
  readonly model: string;
  /** labels.csv of the reference's images. */
  readonly source: string;
  readonly metadata: readonly MetadataField[];
  readonly observed: readonly Observed[];
}

export interface ProfileOptions extends Partial<MonitoringSettings>, ObserveOptions {
  /** labels.csv of other images than the run's own validation and test images. */
  readonly reference?: string;
  /** Names of the metadata to watch; all that can be watched, unless told. */
  readonly metadata?: readonly string[];
}

/** Subjects that a reference has at least, to say what is usual. */
const FEWEST = 20;

/**
 * Builds the reference from the run's own validation and test images, which training has not seen, or
 * from those of another file, and keeps it in the run folder.
 *
 * @throws InputError if there is one already, if the run's labels.csv has changed since, or if there are
 *   fewer than 20 subjects
 */
export async function buildProfile(
  folder: string,
  run: OpenRun,
  options: ProfileOptions = {},
): Promise<Profile> {
  const files = monitoringFiles(folder);
  if (await exists(files.reference))
    throw new InputError(
      `${files.reference}: there is a reference already; to start anew, move ${files.folder} away`,
    );
  const { falseAlarms, minSubjects } = { ...MONITORING_DEFAULTS, ...definedOf(options) };
  if (!(falseAlarms >= 0.001 && falseAlarms <= 0.2))
    throw new InputError(`falseAlarms ${falseAlarms}: give a share from 0.001 to 0.2`);
  const { data, training } = run.config;
  const source = resolve(options.reference ?? data.file);
  const manifest = await readManifest(source).catch((error) => {
    if (options.reference || !(error instanceof InputError)) throw error;
    throw new InputError(`${error.message}; or give other images as the reference (--init --data)`);
  });
  if (!options.reference && manifest.fingerprint !== data.fingerprint)
    throw new InputError(
      `${source}: has changed since the run was trained; put it back, or give other images as the reference (--init --data)`,
    );
  const records = options.reference
    ? [...manifest.records]
    : await unseen(folder, [...manifest.records]);
  const subjects = new Set(records.map(({ subject }) => subject)).size;
  if (subjects < FEWEST)
    throw new InputError(
      `${source}: ${subjects} subjects for a reference; it needs ${FEWEST} at least: give more images (--init --data)`,
    );
  const { observed } = await observe(run, manifest, sampled(records, training.seed), options);
  const known = new Set(observed.flatMap(({ metadata }) => Object.keys(metadata)));
  const unknown = options.metadata?.find((name) => !known.has(name));
  if (unknown !== undefined)
    throw new InputError(
      `--metadata ${unknown}: no image of the reference has it; there are ${[...known].join(', ')}`,
    );
  const profile: Profile = {
    semise: VERSION,
    created: new Date().toISOString(),
    model: await fingerprint(join(folder, RUN_FILES.model)),
    source,
    falseAlarms,
    minSubjects,
    metadata: watchedMetadata(observed, options.metadata),
    observed,
  };
  await keep(folder, profile);
  return profile;
}

const definedOf = <T extends object>(options: T): Partial<T> =>
  Object.fromEntries(
    Object.entries(options).filter(([, value]) => value !== undefined),
  ) as Partial<T>;

/** Records that the run validated or tested with. */
async function unseen<T extends { readonly image: string }>(
  folder: string,
  records: readonly T[],
): Promise<T[]> {
  const predictions = await readPredictions(join(folder, RUN_FILES.predictions));
  const images = new Set(predictions.filter((p) => p.split !== 'train').map((p) => p.image));
  return records.filter(({ image }) => images.has(image));
}

const rowSchema = z.object({
  image: z.string(),
  path: z.string(),
  sha256: z.string(),
  subject: z.string(),
  grade: z.number().nullable(),
  metadata: z.record(z.string(), z.string()),
  statistics: z.array(z.number()).length(IMAGE_STATISTICS.length),
  predicted: z.number(),
  score: z.number(),
  probabilities: z.array(z.number()),
});

const profileSchema = z.object({
  semise: z.string(),
  created: z.string(),
  model: z.string(),
  source: z.string(),
  falseAlarms: z.number(),
  minSubjects: z.number(),
  metadata: z.array(z.object({ name: z.string(), kind: z.enum(['number', 'category']) })),
  rows: z.array(rowSchema),
});

async function keep(folder: string, { observed, ...profile }: Profile): Promise<void> {
  const files = monitoringFiles(folder);
  const rows = observed.map(({ places, embedding, statistics, ...row }) => ({
    ...row,
    statistics: IMAGE_STATISTICS.map((name) => statistics[name]),
  }));
  const joined = (of: (one: Observed) => Float32Array) =>
    Float32Array.from(observed.flatMap((one) => [...of(one)]));
  try {
    await makeFolder(files.folder);
    await writeColumns(files.reference, { ...profile, rows }, [
      joined(({ places }) => places),
      joined(({ embedding }) => embedding),
    ]);
  } catch (error) {
    throw unwritable(files.reference, error as NodeJS.ErrnoException);
  }
}

/**
 * The reference of a run, null where there is none yet.
 * @throws InputError if it is damaged, or was made with another model
 */
export async function readProfile(folder: string): Promise<Profile | null> {
  const files = monitoringFiles(folder);
  if (!(await exists(files.reference))) return null;
  const stored = await readColumns(files.reference);
  const parsed = profileSchema.safeParse(stored?.content);
  if (!stored || !parsed.success)
    throw new InputError(
      `${files.reference}: damaged, or of another version; move ${files.folder} away and start anew`,
    );
  const { rows, ...profile } = parsed.data;
  if (profile.model !== (await fingerprint(join(folder, RUN_FILES.model))))
    throw new InputError(
      `${files.reference}: made with another model than the run's; move ${files.folder} away and start anew`,
    );
  const [places, embeddings] = stored.columns.map(
    (bytes) => new Float32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 4),
  );
  const width = embeddings.length / rows.length;
  const cells = PLACES * PLACES;
  return {
    ...profile,
    observed: rows.map(({ statistics, ...row }, i) => ({
      ...row,
      statistics: Object.fromEntries(
        IMAGE_STATISTICS.map((name, k) => [name, statistics[k]]),
      ) as unknown as ImageStatistics,
      places: places.subarray(i * cells, (i + 1) * cells),
      embedding: embeddings.subarray(i * width, (i + 1) * width),
    })),
  };
}
