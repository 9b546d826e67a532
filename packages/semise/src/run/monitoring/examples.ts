// Pictures for the page: those of the batch that are furthest off in what moved most, and usual ones of
// the reference beside them.

import { readAcquired } from '../../data/index.js';
import { IMAGE_STATISTICS, type ImageStatistic } from '../../evaluation/drift/index.js';
import type { HistoryEntry } from '../../evaluation/monitoring/entry.js';
import { numberOf } from '../../evaluation/monitoring/observation.js';
import { thumbnail } from '../../report/examples.js';
import type { MonitoringExample } from '../../report/monitoring/data.js';
import type { Observed } from './observe.js';
import type { Profile } from './profile.js';

/** Of each side. */
const SHOWN = 6;
const PIXELS = 144;

/** None where the batch's images had been judged before. */
export async function examplesOf(
  profile: Profile,
  batch: readonly Observed[],
  { drift }: HistoryEntry,
): Promise<MonitoringExample[]> {
  if (!drift) return [];
  const [{ name, family }] = drift.features;
  const kind = profile.metadata.find((field) => field.name === name)?.kind;
  const value = (o: Observed): string | number | null => {
    if (family === 'metadata')
      return kind === 'number' ? numberOf(o.metadata[name]) : (o.metadata[name] ?? '');
    if (IMAGE_STATISTICS.includes(name as ImageStatistic))
      return o.statistics[name as ImageStatistic];
    if (name === 'score') return o.score;
    if (name === 'confidence') return Math.max(...o.probabilities);
    return name === 'grade' ? String(o.predicted) : null;
  };
  const vector = (o: Observed) => (name === 'places' ? o.places : o.embedding);
  const away = oddness(profile.observed, value, vector);
  const shown = (from: MonitoringExample['from'], images: readonly Observed[]) => {
    const subjects = new Set<string>();
    const first = images.filter((o) => !subjects.has(o.subject) && subjects.add(o.subject));
    return Promise.all(
      first.slice(0, SHOWN).map(async (o) => ({
        image: o.image,
        from,
        value: value(o),
        thumbnail: await readAcquired(o.path)
          .then(({ bytes }) => thumbnail(bytes, PIXELS))
          .catch(() => ''),
      })),
    );
  };
  return [
    ...(await shown(
      'batch',
      batch.toSorted((a, b) => away(b) - away(a)),
    )),
    ...(await shown(
      'reference',
      profile.observed.toSorted((a, b) => away(a) - away(b)),
    )),
  ];
}

/** How far an image is from what is usual in the reference. */
function oddness(
  reference: readonly Observed[],
  value: (o: Observed) => string | number | null,
  vector: (o: Observed) => Float32Array,
): (o: Observed) => number {
  const values = reference.map(value);
  if (typeof values[0] === 'number') {
    const sorted = (values as number[]).toSorted((a, b) => a - b);
    const median = sorted[sorted.length >> 1];
    return (o) => Math.abs((value(o) as number) - median);
  }
  if (typeof values[0] === 'string')
    return (o) => {
      const own = value(o);
      return 1 - values.filter((other) => other === own).length / values.length;
    };
  const vectors = reference.map(vector);
  // In deviations of the reference, so that a mark in a corner that is always black counts.
  const mean = vectors[0].map((_, k) => vectors.reduce((sum, v) => sum + v[k], 0) / vectors.length);
  const deviation = mean.map((m, k) =>
    Math.sqrt(vectors.reduce((sum, v) => sum + (v[k] - m) ** 2, 0) / vectors.length + 1e-8),
  );
  return (o) => Math.hypot(...vector(o).map((x, k) => (x - mean[k]) / deviation[k]));
}
