// What else is different about the external images: how they look, and where they lie in the model's space.

import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { previewOf } from '../../data/index.js';
import {
  IMAGE_STATISTICS,
  type ImageStatistics,
  imageStatistics,
  mmd,
  psi,
  type Sample,
} from '../../evaluation/drift/index.js';
import { holm } from '../../evaluation/multiple-testing.js';
import type { Prediction } from '../../evaluation/prediction.js';
import { random } from '../../random.js';
import type { FeatureDrift, InputDrift } from '../../report/validation/report-data.js';
import type { ImageAnswer } from '../../tasks/index.js';
import { openForRun } from '../graded-file.js';
import type { OpenRun } from '../predict.js';

/** Images of each set that are looked at; of more, a sample of whole subjects. */
const MOST_IMAGES = 1000;
/** Subjects of each set that a comparison of healthy images needs. */
const FEWEST_HEALTHY = 20;

/** An image of either set, with all that is compared. */
interface Seen {
  readonly subject: string;
  readonly grade: number;
  readonly statistics: ImageStatistics;
  readonly score: number;
  readonly embedding: Float32Array;
}

/** Of a set: its graded images, where they lie, and what the model says of them. */
export interface ToCompare {
  readonly predictions: readonly Prediction[];
  readonly answers: readonly ImageAnswer[];
  readonly path: (image: string) => string;
}

/**
 * Compares the external images with those of the run's test split.
 * @returns null where fewer than 2 subjects of the test split are still to be had
 */
export async function inputDrift(
  run: OpenRun,
  test: readonly Prediction[],
  external: ToCompare,
  seed: number,
): Promise<InputDrift | null> {
  const reference = await lookAt(await internalToCompare(run, sampled(test, seed)));
  const chosen = new Set(sampled(external.predictions, seed));
  const kept = external.predictions.flatMap((p, i) => (chosen.has(p) ? [i] : []));
  const other = await lookAt({
    predictions: kept.map((i) => external.predictions[i]),
    answers: kept.map((i) => external.answers[i]),
    path: external.path,
  });
  const subjects = (of: readonly Seen[]) => new Set(of.map((s) => s.subject)).size;
  if (subjects(reference) < 2 || subjects(other) < 2) return null;
  const healthy = [reference, other].map((of) => of.filter((s) => s.grade === 0));
  const embeddings = (of: readonly Seen[]) => sample(of, (s) => s.embedding);
  return {
    internal: { images: reference.length, subjects: subjects(reference) },
    external: { images: other.length, subjects: subjects(other) },
    features: features(reference, other),
    embedding: mmd(embeddings(reference), embeddings(other), { seed }),
    healthyEmbedding: healthy.every((of) => subjects(of) >= FEWEST_HEALTHY)
      ? {
          ...mmd(embeddings(healthy[0]), embeddings(healthy[1]), { seed }),
          internal: healthy[0].length,
          external: healthy[1].length,
        }
      : null,
  };
}

function features(reference: readonly Seen[], other: readonly Seen[]): FeatureDrift[] {
  const rows = [...IMAGE_STATISTICS, 'score' as const].map((feature) => {
    const of = (s: Seen) => (feature === 'score' ? s.score : s.statistics[feature]);
    const { psi: index, expected, p } = psi(sample(reference, of), sample(other, of));
    const [internal, external] = [reference, other].map((set) => median(set.map(of)));
    return { feature, internal, external, psi: index, expected, p };
  });
  const adjusted = holm(rows.map(({ p }) => p));
  return rows.map((row, i) => ({ ...row, holm: adjusted[i] ?? 1 }));
}

const sample = <T>(of: readonly Seen[], value: (seen: Seen) => T): Sample<T> => ({
  values: of.map(value),
  subjects: of.map((s) => s.subject),
});

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return (sorted[(sorted.length - 1) >> 1] + sorted[sorted.length >> 1]) / 2;
}

/** Whole subjects, drawn by the seed, of not many more than `MOST_IMAGES` images. */
function sampled(predictions: readonly Prediction[], seed: number): Prediction[] {
  if (predictions.length <= MOST_IMAGES) return [...predictions];
  const bySubject = new Map<string, number>();
  for (const { subject } of predictions) bySubject.set(subject, (bySubject.get(subject) ?? 0) + 1);
  const chosen = new Set<string>();
  let images = 0;
  for (const subject of random(seed, 'drift sample').shuffle([...bySubject.keys()].sort())) {
    if (images >= MOST_IMAGES) break;
    images += bySubject.get(subject) as number;
    chosen.add(subject);
  }
  return predictions.filter(({ subject }) => chosen.has(subject));
}

/** The model's answers on images of the test split, of those that are still there. */
async function internalToCompare(run: OpenRun, test: readonly Prediction[]): Promise<ToCompare> {
  const path = (image: string) => resolve(dirname(run.config.data.file), image);
  if (test.length === 0) return { predictions: [], answers: [], path };
  const cache = await openForRun(
    run,
    test.map((p) => path(p.image)),
    { skipBad: true },
  ).catch(() => null);
  // All are gone.
  if (cache === null) return { predictions: [], answers: [], path };
  try {
    const bad = new Set(cache.bad.map((b) => b.index));
    const kept = [...test.keys()].filter((i) => !bad.has(i));
    const answers = await run.predictPixels(kept.map((i) => cache.read(i)));
    return { predictions: kept.map((i) => test[i]), answers, path };
  } finally {
    cache.close();
  }
}

async function lookAt({ predictions, answers, path }: ToCompare): Promise<Seen[]> {
  const seen: Seen[] = [];
  for (const [i, { image, subject, grade }] of predictions.entries()) {
    if (grade === null) continue;
    const picture = await readFile(path(image))
      .then(previewOf)
      .catch(() => null);
    if (picture === null) continue;
    const { score, embedding } = answers[i];
    seen.push({ subject, grade, score, embedding, statistics: imageStatistics(picture) });
  }
  return seen;
}
