// Images become observations: read once, measured, and graded by the run's model.

import {
  type Acquired,
  decodeBytes,
  type ImageRecord,
  type Manifest,
  previewOf,
  readAcquired,
} from '../../data/index.js';
import { listed } from '../../data/table.js';
import { InputError } from '../../errors.js';
import { brightnessByPlace, imageStatistics } from '../../evaluation/drift/index.js';
import type { Observation } from '../../evaluation/monitoring/observation.js';
import type { OpenRun } from '../predict.js';

/** An observation with what finds its image again. */
export interface Observed extends Observation {
  /** Absolute path. */
  readonly path: string;
  /** SHA-256 of the file's content. */
  readonly sha256: string;
  readonly grade: number | null;
}

export interface ObserveOptions {
  readonly skipBad?: boolean;
  readonly onDecode?: (done: number, total: number) => void;
}

/** Images read at once. */
const BATCH = 32;

/**
 * @param records of the manifest, in any order
 * @returns observations in that order, and paths of images that could not be read (only with `skipBad`)
 * @throws InputError naming all images that cannot be read
 */
export async function observe(
  run: OpenRun,
  { file }: Manifest,
  records: readonly ImageRecord[],
  { skipBad = false, onDecode }: ObserveOptions,
): Promise<{ observed: Observed[]; skipped: string[] }> {
  const { imageSize: size, channels } = run.config.training;
  const observed: Observed[] = [];
  const bad: { path: string; reason: string }[] = [];
  const look = async (record: ImageRecord) => {
    const acquired = await readAcquired(record.path);
    const { fit } = run.config.data;
    const [pixels, preview] = await Promise.all([
      decodeBytes(acquired.bytes, { size, channels, fit }),
      previewOf(acquired.bytes),
    ]);
    return { acquired, pixels, preview };
  };
  for (let start = 0; start < records.length; start += BATCH) {
    const part = records.slice(start, start + BATCH);
    const looked = await Promise.allSettled(part.map(look));
    const good = looked.flatMap((one, i) => {
      if (one.status === 'fulfilled') return [{ record: part[i], ...one.value }];
      const { message, cause } = one.reason as Error;
      bad.push({ path: part[i].path, reason: (cause as Error | undefined)?.message ?? message });
      return [];
    });
    // The model runs once more than needed where one image is bad, and no answer is kept.
    const answers = good.length > 0 ? await run.predictPixels(good.map((one) => one.pixels)) : [];
    good.forEach(({ record, acquired, preview }, i) => {
      const { grade, score, probabilities, embedding } = answers[i];
      observed.push({
        image: record.image,
        path: record.path,
        subject: record.subject,
        grade: record.grade,
        sha256: acquired.sha256,
        metadata: metadataOf(record, acquired),
        statistics: imageStatistics(preview),
        places: Float32Array.from(brightnessByPlace(preview)),
        embedding: Float32Array.from(embedding),
        predicted: grade,
        score,
        probabilities: [...probabilities],
      });
    });
    onDecode?.(Math.min(start + BATCH, records.length), records.length);
  }
  if (bad.length > 0 && !skipBad)
    throw new InputError(
      `${file}: ${bad.length} of ${records.length} images are unreadable: ` +
        `${listed(bad.map(({ path, reason }) => `${path} (${reason})`))}; ` +
        'mend or drop them, or go on without them (--skip-bad)',
    );
  return { observed, skipped: bad.map(({ path }) => path) };
}

/** What labels.csv says goes before what the file says. */
function metadataOf(record: ImageRecord, { metadata }: Acquired): Record<string, string> {
  const told = Object.entries(record.attributes).filter(([, value]) => value !== '');
  return {
    ...metadata,
    ...(record.site !== null && { site: record.site }),
    ...Object.fromEntries(told),
  };
}
